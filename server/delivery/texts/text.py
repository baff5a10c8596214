"""A message for people: a title, lines, the word that a rapid test is a screening, and links. Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from server.delivery.channel import Language, Notice
from server.delivery.texts.facts import facts_of
from wire.said import fill
from wire.words import SCREENING, Term, Terms, terms

_MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class Text:
    """Text in one language. `links`: what to follow, with its words."""

    language: Literal["zh", "en"]
    title: str
    lines: tuple[str, ...]
    notice: str
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Templates:
    """Templates of the texts, by their tables."""

    title: Terms
    line: Terms
    digest: Terms
    link: Terms


@cache
def shipped() -> Templates:
    """Read the templates that a district begins with."""
    table = tomllib.loads((files("server.delivery.texts") / "texts.toml").read_text("utf-8"))
    return Templates(**{name: terms(table[name]) for name in ("title", "line", "digest", "link")})


def texts_of(notice: Notice, language: Language, templates: Templates | None = None) -> tuple[Text, ...]:
    """Return the message in each language that is asked for."""
    made = templates or shipped()
    languages = {"zh": (True,), "en": (False,), "both": (True, False)}[language]
    return tuple(_text(notice, made, chinese=chinese) for chinese in languages)


def _text(notice: Notice, templates: Templates, *, chinese: bool) -> Text:
    alert = notice.alert
    facts = facts_of(alert, chinese=chinese, link=notice.link)
    if notice.others:
        title = _filled(templates.title["digest"], {**facts, "count": str(1 + len(notice.others))}, chinese=chinese)
        lines = _listed(notice, templates, chinese=chinese)
    else:
        title = _filled(templates.title["alert"], facts, chinese=chinese)
        lines = [_filled(line, facts, chinese=chinese) for line in templates.line.values()]
    is_test = any(one.rule == "failed_test" for one in (alert, *notice.others))
    links = ((templates.link["alert"].text(chinese=chinese), notice.link),) if notice.link else ()
    return Text(
        "zh" if chinese else "en",
        title,
        tuple(filter(None, lines)),
        SCREENING.text(chinese=chinese) if is_test else "",
        links,
    )


def _listed(notice: Notice, templates: Templates, *, chinese: bool) -> list[str]:
    alerts = (notice.alert, *notice.others)
    lines = [
        _filled(templates.digest["line"], {**facts_of(alert, chinese=chinese), "number": str(number)}, chinese=chinese)
        for number, alert in enumerate(alerts[:_MOST_LISTED], 1)
    ]
    if len(alerts) > _MOST_LISTED:
        lines.append(_filled(templates.digest["more"], {"count": str(len(alerts) - _MOST_LISTED)}, chinese=chinese))
    return lines


def _filled(template: Term, facts: Mapping[str, str], *, chinese: bool) -> str:
    return " ".join(fill(template, facts, chinese=chinese).split())


def plain(texts: tuple[Text, ...], most_bytes: int) -> str:
    """Return plain UTF-8 text of `most_bytes` at most: the title, the notice and the links stay whole before lines."""
    share = most_bytes // len(texts) - 2
    return "\n\n".join(_plain(text, share) for text in texts)


def _plain(text: Text, most_bytes: int) -> str:
    ends = [text.notice, *(words.replace("{link}", address) for words, address in text.links)]
    kept = "\n".join(filter(None, ends))
    room = most_bytes - len(kept.encode()) - 1
    said = cut("\n".join((text.title, *text.lines)), max(room, most_bytes // 4))
    return cut("\n".join(filter(None, (said, kept))), most_bytes)


def cut(text: str, most_bytes: int) -> str:
    """Return as much of the text as fits into so many bytes of UTF-8, never half a character."""
    if len(text.encode()) <= most_bytes:
        return text
    return text.encode()[: max(0, most_bytes - 3)].decode("utf-8", "ignore") + "…"
