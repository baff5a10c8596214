"""The templates of messages: those that are shipped, and over them a district's own file, checked at the start.

A district's file has the same tables as texts.toml, and only what it wants otherwise:

    [line]
    value = { en = "Measured: {value} {unit}", zh = "检测值：{value} {unit}" }
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from process.language import t
from process.settings import SettingsError
from process.toml_lines import line_of
from wire.words import Term, Terms, terms, vocabularies

_PLACE = re.compile(r"\{([^{}]*)\}")
_FACT = re.compile(r"(\w+)(?::(\w+))?")
# Facts that a text may name beside those that the shipped texts name.
_MORE = frozenset({"device", "sample", "commodity", "item", "unit", "stall", "vendor", "supplier", "lot", "link"})
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Templates:
    """Templates of the texts, by their tables. `source`: the file that changed some of them; empty: as shipped."""

    title: Terms
    line: Terms
    digest: Terms
    link: Terms
    late: Terms = field(default_factory=dict)
    source: str = ""


TABLES = tuple(each.name for each in fields(Templates) if each.name != "source")


@cache
def shipped() -> Templates:
    """Read the templates that a district begins with."""
    table = tomllib.loads((files("server.delivery.texts") / "texts.toml").read_text("utf-8"))
    return _made({name: terms(table.get(name, {})) for name in TABLES})


@cache
def facts() -> frozenset[str]:
    """Return the facts that a text may name: those of the shipped texts, and some more (facts.py)."""
    texts = [text for name in TABLES for term in getattr(shipped(), name).values() for text in term]
    return _MORE.union(*(_PLACE.findall(text) for text in texts))


def read(path: Path | None) -> Templates:
    """Return the shipped templates with those of the district's file over them. Raises SettingsError, which names the
    line of each mistake."""
    if path is None:
        return shipped()
    try:
        text = path.read_text("utf-8")
        document = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise SettingsError(f"{path}: {exc}") from exc
    mistakes = [_placed(path, text, keys, words) for keys, words in _mistakes(document)]
    if mistakes:
        raise SettingsError("\n".join(mistakes))
    known = shipped()
    tables = {name: {**getattr(known, name), **terms(document.get(name, {}))} for name in TABLES}
    return _made(tables, str(path))


def _made(tables: Mapping[str, Terms], source: str = "") -> Templates:
    return Templates(tables["title"], tables["line"], tables["digest"], tables["link"], tables["late"], source)


def _mistakes(document: Mapping[str, Any]) -> Iterator[tuple[list[str], str]]:
    for table, texts in document.items():
        if table not in TABLES or not isinstance(texts, dict):
            yield [table], t(f"there are the tables {', '.join(TABLES)}", f"可用的表：{'、'.join(TABLES)}")
            continue
        known: Terms = getattr(shipped(), table)
        for name, text in texts.items():
            # A district may have lines of its own; other tables have the names that the server asks for.
            if table != "line" and name not in known:
                names = ", ".join(known)
                yield [table, name], t(f"there is no such text; there are {names}", f"没有这个文本，可用：{names}")
            yield from (([table, name], words) for words in _of_text(text))


def _of_text(text: Any) -> Iterator[str]:
    is_text = isinstance(text, dict) and set(text) == {"en", "zh"}
    if not is_text or not all(isinstance(part, str) for part in text.values()):
        yield t("a text has `en` and `zh`", "文本须有 en 和 zh")
        return
    for language, sentence in text.items():
        if len(sentence) > _LONGEST:
            yield t(f"{language}: longer than {_LONGEST} characters", f"{language}：超过 {_LONGEST} 个字符")
        for place in _PLACE.findall(sentence):
            found = _FACT.fullmatch(place)
            if found is None or found[1] not in facts():
                names = ", ".join(sorted(facts()))
                yield t(
                    f"{language}: there is no fact {{{place}}}; there are {names}",
                    f"{language}：没有 {{{place}}}，可用：{names}",
                )
            elif found[2] and found[2] not in vocabularies():
                yield t(f"{language}: there is no vocabulary {found[2]}", f"{language}：没有词表 {found[2]}")
        if set(_PLACE.sub("", sentence)) & {"{", "}"}:
            yield t(f"{language}: a brace without its other", f"{language}：花括号不成对")


def _placed(path: Path, text: str, keys: list[str], words: str) -> str:
    line = line_of(text, keys)
    return f"{path}:{line}: {'.'.join(keys)}: {words}" if line else f"{path}: {'.'.join(keys)}: {words}"


def filler(templates: Templates) -> Term:
    """Return the sentence that a message has at its end when a text of the district's file could not be used."""
    return Term(f"(a text of {templates.source} failed; this is the shipped one)", "（本区文本出错，此为默认文本）")
