"""The lines of a ticket that hold no value, as patterns of its block: start, end, and what is told beside. Pure."""

import re
from collections.abc import Iterable, Sequence

from shian.adapters import written_times
from shian.adapters.line_columns import field_of
from shian.adapters.line_kinds import form
from shian.adapters.line_patterns import literal, plain

EMPTY = r"[ \t]*"
LABELLED = re.compile(r"(?P<label>[^\d:=：]{1,24}?)(?P<mark>[ \t]*[:=：][ \t]*)(?P<text>\S.*?)[ \t]*")
# A label without a mark: `Sample ID     S-0011`, and nothing else in the line.
_SPACED = re.compile(r"(?P<label>[^\W\d](?:[ \t]?[^\s\d:=：])*)(?P<mark>[ \t]{2,})(?P<text>\S(?:[ \t]?\S)*)[ \t]*")
_BESIDE = re.compile(r"[ \t]{2,}(?=[^\d\s:=：][^\d:=：]{0,23}[ \t]*[:=：])")
_DURATION = re.compile(
    r"elapsed|duration|drying|incubat|run ?time|用时|耗时|时长|干燥时间|烘干|反应时间|孵育", re.IGNORECASE
)
MOST_HEADINGS = 4


def family(line: str) -> str:
    """Return the label of a line, or its form without its letters."""
    found = LABELLED.fullmatch(line) or _SPACED.fullmatch(line)
    return found["label"].strip() if found else _loose(line)


def _loose(line: str) -> str:
    return "".join(
        part if part[:1] == "<" else re.sub(r"[^\W\d_]+", "a", part)
        for part in re.split(r"(<date>|<time>|<clock>)", form(line))
    )


def are_dated(lines: Iterable[str]) -> bool:
    """Return True where a time in a line of its own is that of a date in another: 1:20 beside a date with a time is a
    dilution."""
    kinds = [{name for name, _, _ in written_times.spans_of(line)} for line in lines]
    return any("date" in names for names in kinds) and not any({"date", "time"} <= names for names in kinds)


def the_timed(groups: Sequence[Sequence[str]]) -> int:
    """Return the number of the first lines with a time of day that is no duration, or -1."""
    clocks = (
        number
        for number, (line, *_) in enumerate(groups)
        if any(name == "clock" for name, _, _ in written_times.spans_of(line)) and not _DURATION.search(line)
    )
    return next(clocks, -1)


def start_of(texts: Sequence[str], *, is_dated: bool) -> str:
    kinds = list(dict.fromkeys(text.strip() for text in texts))
    if 1 < len({_loose(text) for text in kinds}) <= MOST_HEADINGS and not any(re.search(r"\d", text) for text in kinds):
        return "|".join(context_of([text], 0, is_dated=is_dated) for text in kinds)
    return context_of(texts, 0, is_dated=is_dated) if texts[0].strip() else EMPTY


def end_of(texts: Sequence[str]) -> str:
    return re.sub(r"\?P<\w+>", "?:", context_of(texts, 0, is_dated=False))


def context_of(texts: Sequence[str], place: int | str, *, is_dated: bool) -> str:
    """Write the pattern of lines at one place. A part that changes is kept beside, under the name of its place. Two
    labels in a line are two parts."""
    texts = [text for text in texts if text.strip()]
    beside = [_BESIDE.split(text.strip(" \t")) for text in texts]
    if len(beside[0]) > 1 and len({len(parts) for parts in beside}) == 1:
        columns = zip(*beside, strict=True)
        is_dated = is_dated or {"date", "time"} <= {name for name, _, _ in written_times.spans_of(texts[0])}
        parts = [context_of(column, f"{place}_{number}", is_dated=is_dated) for number, column in enumerate(columns, 1)]
        return _blanks_before(texts[0]) + r"[ \t]{2,64}".join(parts)
    found = LABELLED.fullmatch(texts[0]) or _SPACED.fullmatch(texts[0])
    has_moment = any(True for _ in written_times.spans_of(texts[0]))
    tail = r"[ \t]{0,16}"
    if len(set(texts)) == 1 and not has_moment and not re.search(r"\d", texts[0]):
        return literal(texts[0].strip(" \t")).join((_blanks_before(texts[0]), tail))
    if found and not has_moment and len({_loose(text) for text in texts} | {""}) > 1:
        mark = found["mark"].strip()
        behind = [text.partition(mark)[2] if mark else text.strip()[len(found["label"]) :] for text in texts]
        name = field_of(found["label"], behind)
        name = name if name and name != "unit" else f"text_{place}"
        if len(set(texts)) > 1 or name != f"text_{place}":
            head = literal(found["label"].lstrip() + found["mark"].rstrip()) + ("" if mark else r"[ \t]{2,64}")
            return rf"{_blanks_before(texts[0])}{head}[ \t]{{0,16}}(?P<{name}>\S.{{0,60}}?){tail}"
    pattern = plain(texts[0].strip(" \t"))
    if is_dated:
        pattern = pattern.replace("(?P<clock>", "(?P<time>")
    if len({form(text) for text in texts}) > 1:
        pattern = rf"(?P<text_{place}>{_letters(texts[0].strip())})"
    elif len(set(texts)) == 1:
        pattern = re.sub(r"\?P<number_\d+>", "?:", pattern)
    else:
        pattern = re.sub(r"\?P<number_(\d+)>", rf"?P<number_{place}_\1>", pattern)
    return f"{_blanks_before(texts[0])}{pattern}{tail}"


def _letters(text: str) -> str:
    parts = re.findall(r"[^\W\d_]+|\d+|[^\w]|_", text)
    return "".join(
        r"\p{L}+" if part[0].isalpha() else "[0-9]+" if part[0].isdigit() else re.escape(part) for part in parts
    )


def _blanks_before(text: str) -> str:
    return r"[ \t]{0,32}" if text[:1] in " \t" else ""
