"""A message for people: a title, lines, the word that a rapid test is a screening, and links. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import structlog
from prometheus_client import Counter

from server.delivery.channel import Language, Notice
from server.delivery.message import DRILL_NOTICE, DRILLS_AMONG, OF_A_TEST, TEST, AlertFacts, drill_first, is_drill
from server.delivery.texts.facts import facts_of, one_line
from server.delivery.texts.templates import Templates, filler, shipped
from wire.said import fill
from wire.words import SCREENING, Term

log = structlog.get_logger()
FAILED = Counter("shian_server_texts_failed_total", "Messages for which a text of the district's own failed")
_MOST_LISTED = 50
_DIGESTS = frozenset({"daily", "weekly"})


@dataclass(frozen=True, slots=True)
class Text:
    """Text in one language. `links`: what to follow, with its words. `late`: the part of the title that says how late
    the news is; empty: it is not."""

    language: Literal["zh", "en"]
    title: str
    lines: tuple[str, ...]
    notice: str
    links: tuple[tuple[str, str], ...]
    late: str = ""


def texts_of(notice: Notice, language: Language, templates: Templates | None = None) -> tuple[Text, ...]:
    """Return the message in each language that is asked for."""
    made = templates or notice.templates or shipped()
    languages = {"zh": (True,), "en": (False,), "both": (True, False)}[language]
    return tuple(_safe_text(notice, made, chinese=chinese) for chinese in languages)


def _safe_text(notice: Notice, templates: Templates, *, chinese: bool) -> Text:
    """Return the message by the district's texts; by the shipped ones, and a word about it, where these fail. They were
    checked at the start: a message is never lost by what the check did not think of."""
    if not templates.source:
        return _text(notice, templates, chinese=chinese)
    try:
        return _text(notice, templates, chinese=chinese)
    except (KeyError, ValueError, IndexError, TypeError, AttributeError) as exc:
        FAILED.inc()
        log.error("text_failed", file=templates.source, alert=str(notice.alert.id), error=repr(exc)[:300])
        text = _text(notice, shipped(), chinese=chinese)
        return replace(text, lines=(*text.lines, filler(templates).text(chinese=chinese)))


def _text(notice: Notice, templates: Templates, *, chinese: bool) -> Text:
    alert = notice.alert
    facts = {**_facts(alert, templates, chinese=chinese, link=notice.link), "by": one_line(notice.by)}
    facts = {**facts, "why": one_line(notice.why)}
    title_of = templates.title.get(notice.occasion, templates.title["alert"])
    if notice.others or notice.occasion in _DIGESTS:
        template = title_of if notice.occasion in _DIGESTS else templates.title["digest"]
        title = _filled(template, {**facts, "count": str(1 + len(notice.others))}, chinese=chinese)
        lines = _listed(notice, templates, chinese=chinese)
    else:
        title = _filled(title_of, facts, chinese=chinese)
        lines = [_filled(line, facts, chinese=chinese) for line in templates.line.values()]
    told = (alert, *notice.others)
    is_test = any(one.rule == "failed_test" for one in told)
    drills = [is_drill(one) for one in told]
    # Real alerts among them are not to be taken for a drill.
    if all(drills):
        title = drill_first(title, chinese=chinese)
    answer = "confirm" if alert.rule == TEST else "acknowledge"
    addresses = ((answer, notice.acknowledge), ("alert", notice.link))
    return Text(
        "zh" if chinese else "en",
        title,
        tuple(filter(None, lines)),
        notice_of(is_test=is_test, is_drill=all(drills), has_drills=any(drills), chinese=chinese),
        tuple((templates.link[name].text(chinese=chinese), address) for name, address in addresses if address),
        facts["late"],
    )


def notice_of(*, is_test: bool, is_drill: bool, chinese: bool, has_drills: bool = False) -> str:
    """Return what must stand whole in a message: that it is a drill, or has drills among real alerts, and that a rapid
    test is a screening."""
    drill = DRILL_NOTICE if is_drill else DRILLS_AMONG
    words = [term for term, is_so in ((drill, is_drill or has_drills), (SCREENING, is_test)) if is_so]
    return "\n".join(term.text(chinese=chinese) for term in words)


def _facts(alert: AlertFacts, templates: Templates, *, chinese: bool, link: str = "") -> Mapping[str, str]:
    """Return the facts of the alert, with the words for news that comes late."""
    facts = facts_of(alert, chinese=chinese, link=link)
    return {**facts, "late": _filled(_late(alert, templates), facts, chinese=chinese)}


def _late(alert: AlertFacts, templates: Templates) -> Term:
    return templates.late["test" if alert.rule in OF_A_TEST else "other"]


def late_of(alert: AlertFacts) -> Term:
    """Return the words for news that comes late; empty ones where it came soon."""
    late = _late(alert, shipped())
    english, chinese = (_filled(late, facts_of(alert, chinese=is_zh), chinese=is_zh) for is_zh in (False, True))
    return Term(english, chinese)


def _listed(notice: Notice, templates: Templates, *, chinese: bool) -> list[str]:
    alerts = (notice.alert, *notice.others)
    template = templates.digest["period" if notice.occasion in _DIGESTS else "line"]
    lines = [
        _line(template, alert, number, templates, chinese=chinese)
        for number, alert in enumerate(alerts[:_MOST_LISTED], 1)
    ]
    if len(alerts) > _MOST_LISTED:
        lines.append(_filled(templates.digest["more"], {"count": str(len(alerts) - _MOST_LISTED)}, chinese=chinese))
    return lines


def _line(template: Term, alert: AlertFacts, number: int, templates: Templates, *, chinese: bool) -> str:
    """Return the line of one alert among others; whoever reads it must see a drill, and a result that is void."""
    facts = {**_facts(alert, templates, chinese=chinese), "number": str(number)}
    texts = (template, templates.digest["void"]) if alert.voided else (template,)
    line = " ".join(_filled(text, facts, chinese=chinese) for text in texts)
    return drill_first(line, chinese=chinese) if is_drill(alert) else line


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
