"""Blocks in the lines of an unknown device: a printed ticket that comes again and again. Its rows are told by their
text, or by their place where they look alike. Proposals only, and pure: a person says what stands at a place."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, permutations

from firmware_adapters.astm.values import parse_number
from firmware_adapters.line.patterns import compile_pattern
from shian.adapters import written_times
from shian.adapters.line_columns import field_of
from shian.adapters.line_context import (
    EMPTY,
    LABELLED,
    MOST_HEADINGS,
    are_dated,
    context_of,
    end_of,
    family,
    start_of,
    the_timed,
)
from shian.adapters.line_kinds import form
from shian.adapters.line_shapes import BEFORE_A_LINE, WORDS, Shape, shape_of

_LONGEST = 60
MOST_LINES = 4000
_ENOUGH = 0.8
_CALIBRATION = re.compile(r"calib|校准|校正|标定|\bslope\b", re.IGNORECASE)
_CONTROL = re.compile(r"质控|\bqc\b|\bcontrol\b|对照", re.IGNORECASE)
_BLANK = re.compile(r"\bblank\b|空白", re.IGNORECASE)
_MOST_KINDS = 6
_MOST_STARTS = 60
_ENDS = {"\r\n": rb"\r\n", "\r": rb"\r", "\n": rb"\n", "any": rb"\r\n|\n\r|\r|\n"}

Kind = Callable[[str], Shape | None]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a block. `place` is 0 where its text tells it from the others; `item` is proposed, `-` for none;
    `left_out` is the pattern of a line that is passed over."""

    shape: Shape
    place: int
    item: str
    left_out: str


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that came `count` times, as the profile describes them. `lines`: the first of them. `until_start`: nothing
    but the next start ends it. `firsts`: the first line of each."""

    start: str
    end: str | None
    size: int
    context: tuple[str, ...]
    rows: tuple[Row, ...]
    lines: tuple[str, ...]
    count: int
    until_start: bool = False
    firsts: tuple[str, ...] = ()

    @property
    def role(self) -> str:
        """Return what its heading says that it is: a control or a blank; else a sample."""
        return role_of(self.lines[0])

    @property
    def is_calibration(self) -> bool:
        """Return True for a ticket that tells how the box was set, and nothing of a sample."""
        return _CALIBRATION.search(self.lines[0]) is not None


@dataclass(frozen=True, slots=True)
class Found:
    """The blocks of a capture, the one with the most tickets first, and the numbers of the lines that are in none."""

    blocks: tuple[Block, ...]
    others: tuple[int, ...]


def role_of(text: str) -> str:
    """Return what a heading or a label says that it is about."""
    return "control" if _CONTROL.search(text) else "blank" if _BLANK.search(text) else "sample"


def all_lines(data: bytes, delimiter: str) -> list[bytes]:
    """Return all lines of data, the empty ones as well, without their ends and the noise before them."""
    parts = re.split(_ENDS[delimiter], data) if delimiter in _ENDS else []
    return [part.lstrip(BEFORE_A_LINE) for part in parts[: -1 if parts and not parts[-1] else None]][:MOST_LINES]


def block_of(lines: Sequence[str], kind: Kind = shape_of) -> Block | None:
    """Return the block that nearly all lines are made of, or None. The first that fits the whole capture is taken, else
    the first that fits."""
    forms = [form(line) for line in lines]
    counts = Counter(forms)
    values = _values(lines, kind)
    frequent = {found for found, _ in counts.most_common(_MOST_STARTS)}
    starts = [found for found in dict.fromkeys(forms) if counts[found] > 1 and found in frequent and found]
    fitting = []
    for start in [*starts, ""]:
        places = [place for place, form in enumerate(forms) if form == start]
        if start and any(lines[place] in values for place in places):
            continue
        parts = _tickets(lines) if not start else [lines[a:b] for a, b in pairwise([*places, len(lines)])]
        found = _block(parts, values, kind) if len(parts) > 1 else None
        if found:
            if start and not places[0] and len(parts[-1]) == len(parts[0]):
                return found
            fitting.append(found)
    return fitting[0] if fitting else None


def blocks_of(lines: Sequence[str], kind: Kind = shape_of) -> Found:
    """Return one block that all lines are made of, else several kinds of ticket, which may come in any order. Lines in
    none are left over. Nothing is found where not even half of the values stand in a ticket."""
    block = block_of(lines, kind)
    several = _several(lines, kind)
    # Tickets of two kinds that come in a regular order look like one long ticket as well.
    if block and not (not several.others and sum(one.count for one in several.blocks) > block.count + 1):
        return Found(tuple(_by_role(block)), ())
    return Found(tuple(part for one in several.blocks for part in _by_role(one)), several.others)


def _by_role(block: Block) -> list[Block]:
    """Return a block for each heading, where some say that they are of a control or a blank, and others do not."""
    headings = Counter(text.strip() for text in block.firsts)
    parts = [
        replace(block, start=start_of([text], is_dated=False), lines=(text, *block.lines[1:]), count=count)
        for text, count in headings.most_common()
    ]
    if len({part.role for part in parts}) < 2 or any(re.search(r"\d", text) for text in headings):
        return [block]
    return sorted(parts, key=lambda part: part.role != "sample")


def _several(lines: Sequence[str], kind: Kind) -> Found:
    values = _values(lines, kind)
    left = list(range(len(lines)))
    blocks: list[Block] = []
    while len(blocks) < _MOST_KINDS and (found := _bounded([lines[place] for place in left], values, kind)):
        block, covered = found
        blocks.append(block)
        left = [place for number, place in enumerate(left) if number not in covered]
    missed = [place for place in left if lines[place] in values]
    if not blocks or 2 * len(missed) > sum(line in values for line in lines):
        return Found((), tuple(range(len(lines))))
    ranked = sorted(blocks, key=lambda block: (block.is_calibration, block.role != "sample", -block.count))
    return Found(tuple(ranked), tuple(place for place in left if lines[place].strip()))


def _bounded(lines: Sequence[str], values: set[str], kind: Kind) -> tuple[Block, set[int]] | None:
    """Return the block between two lines that always come in pairs that covers most lines, with the places that it
    covers."""
    forms = [form(line) for line in lines]
    places: dict[str, list[int]] = {}
    for place, found in enumerate(forms):
        places.setdefault(found, []).append(place)
    says = {found: bool(re.search(r"[^\W\d_]", found)) and lines[at[0]] not in values for found, at in places.items()}
    many = sorted((found for found in places if found and len(places[found]) > 1), key=lambda f: -len(places[f]))
    best: tuple[Block, set[int]] | None = None
    most = 0.0
    for start in many[:_MOST_STARTS]:
        if any(lines[place] in values for place in places[start]):
            continue
        for end in dict.fromkeys(forms[places[start][0] + 1 : places[start][0] + _LONGEST]):
            spans = _spans(places[start], places[end], len(forms))
            if len(spans) < _ENOUGH * len(places[start]) or len(spans) < 2:
                continue
            spans = _with_headings(lines, spans, values)
            orders = Counter(tuple(forms[a:b]) for a, b in spans)
            (order, count), *_ = orders.most_common(1)
            # A heading that comes twice within a ticket is that of another.
            if any(times > 1 and says[found] for found, times in Counter(order).items()):
                continue
            covered = {place for a, b in spans for place in range(a, b)}
            parts = [lines[a:b] for a, b in spans]
            merit = len(covered) * count / len(parts)
            if merit > most and (block := _by_text([*parts, parts[-1]], values, kind)):
                best, most = (replace(block, count=len(parts)), covered), merit
    return best


def _with_headings(lines: Sequence[str], spans: list[tuple[int, int]], values: set[str]) -> list[tuple[int, int]]:
    """Return the tickets with the heading before each: QC above one, SAMPLE above the others."""
    ends = {end for _, end in spans}
    heads = [lines[begin - 1] if begin else "" for begin, _ in spans]
    are_headings = all(head.strip() and not re.search(r"\d", head) and head not in values for head in heads)
    if not are_headings or len(set(heads)) > MOST_HEADINGS or any(begin in ends for begin, _ in spans):
        return spans
    return [(begin - 1, end) for begin, end in spans]


def _spans(starts: Sequence[int], ends: Sequence[int], size: int) -> list[tuple[int, int]]:
    """Return where each ticket begins and ends. One whose end does not come before the next start has lost it."""
    spans = []
    for place, following in pairwise([*starts, size]):
        at = bisect_right(ends, place)
        if at < len(ends) and ends[at] < following and ends[at] - place < _LONGEST:
            spans.append((place, ends[at] + 1))
    return spans


def _values(lines: Sequence[str], kind: Kind) -> set[str]:
    """Return the lines with a value: a number with a unit or a point, where there are any, else any number."""
    shapes = {line: shape for line in dict.fromkeys(lines) if (shape := kind(line))}
    clear = {
        line
        for line, shape in shapes.items()
        if shape.unit or shape.each or shape.is_titled or re.search(r"\d[.,]\d|[<>]", line) or WORDS.search(line)
    }
    return clear or set(shapes)


def _tickets(lines: Sequence[str]) -> list[list[str]]:
    """Cut lines at the empty ones. Each ticket has an empty line as its start."""
    tickets: list[list[str]] = [[""]]
    for line in lines:
        if line.strip():
            tickets[-1].append(line)
        elif len(tickets[-1]) > 1:
            tickets.append([line])
    return [ticket for ticket in tickets if len(ticket) > 1]


def _block(parts: Sequence[Sequence[str]], values: set[str], kind: Kind) -> Block | None:
    whole, *others = Counter(map(len, parts)).most_common()
    # The last one may be cut, and one line may have been lost in the middle of a long capture.
    of_size = [part for part in parts if len(part) == whole[0]]
    is_fixed = len(of_size) > 1 and len(of_size) >= _ENOUGH * (len(parts) - 1) and 1 < whole[0] <= _LONGEST
    columns = [list(column) for column in zip(*of_size, strict=True)]
    if not is_fixed or not all(_is_of_one_kind(column) for column in columns):
        return _by_text(parts, values, kind) if others and parts[0][0].strip() else None
    places = [place for place, column in enumerate(columns) if place and values & set(column)]
    shapes = {place: _common(columns[place], kind) for place in places}
    if not shapes or (len(places) == len(columns) - 1 and columns[0][0].strip() and len(places) < 2):
        return None
    patterns = [shape.pattern for shape in shapes.values()]
    if len(set(patterns)) == len(patterns):
        return _by_text(of_size, values, kind) if columns[0][0].strip() else None
    is_told = sum(_names_an_item(column) for column in columns) > 1 or any(s.is_titled for s in shapes.values())
    if is_told and (found := _by_text(of_size, values, kind)):
        return found
    return _by_place(columns, shapes, of_size)


def _names_an_item(column: Sequence[str]) -> bool:
    found = LABELLED.fullmatch(column[0])
    return found is not None and field_of(found["label"]) == "item"


def _by_place(columns: Sequence[Sequence[str]], shapes: dict[int, Shape], parts: Sequence[Sequence[str]]) -> Block:
    timed = the_timed(columns) if are_dated(column[0] for column in columns) else -1
    main = next(iter(shapes.values())).unit
    masses = {place: shape for place, shape in shapes.items() if not shape.item and shape.unit == main}
    names = {place: shape.item for place, shape in shapes.items()} | _names(
        {place: [_number(shape, text) for text in columns[place]] for place, shape in masses.items()}
    )
    rows = [
        Row(shape, place, "-" if shape.unit != main else names.get(place, ""), _passed_over(shape))
        for place, shape in shapes.items()
    ]
    others = dict.fromkeys(
        context_of(column, place, is_dated=place == timed)
        for place, column in enumerate(columns)
        if place and place not in shapes and any(text.strip() for text in column)
    )
    start = start_of(columns[0], is_dated=timed == 0)
    return Block(start, None, len(columns) - 1, tuple(others), tuple(rows), tuple(parts[0]), len(parts))


def _by_text(parts: Sequence[Sequence[str]], values: set[str], kind: Kind) -> Block | None:
    """Return a block whose rows say themselves what they are; there may be more of them or fewer."""
    whole = [list(part) for part in (parts[:-1] if len(parts) > 2 else parts)]
    stripped = [_without_empty_end(part) for part in whole]
    has_empty_end = all(len(part) > len(kept) for part, kept in zip(whole, stripped, strict=True))
    has_end = _has_end(stripped, values)
    is_same_size = len({len(part) for part in whole}) == 1
    has_gaps = any(not line.strip() for part in stripped for line in part)
    is_ended_by_row = not has_end and not is_same_size and _is_ended_by_row(stripped, values)
    has_mark = has_end or is_same_size or is_ended_by_row or (has_empty_end and not has_gaps)
    lines = [line for part in stripped for line in part[1:] if line.strip()]
    rows = [shape for line in lines if line in values and (shape := kind(line))]
    inner = [line for part in stripped for line in part[1 : -1 if has_end else None]]
    plains = [line for line in inner if line.strip() and line not in values]
    if not rows or (not has_mark and not _begins_alike(stripped, values)):
        return None
    is_dated = are_dated(line for part in stripped for line in part)
    groups: dict[str, list[str]] = {}
    for line in plains:
        groups.setdefault(family(line), []).append(line)
    # Lines that come now and then belong to the ticket only where two marks hold it together.
    if not (has_end or is_ended_by_row) and any(len(group) < _ENOUGH * len(stripped) / 2 for group in groups.values()):
        return None
    timed = the_timed([[part[0] for part in stripped], *groups.values()]) if is_dated else -1
    context = [context_of(group, n, is_dated=n == timed) for n, group in enumerate(groups.values(), 1)]
    firsts = [part[0] for part in stripped]
    end = end_of([part[-1] for part in stripped]) if has_end else EMPTY if has_empty_end and not has_gaps else None
    if is_ended_by_row:
        end = "|".join(dict.fromkeys(_passed_over(shape) for part in stripped if (shape := kind(part[-1]))))
    has_moment = any(written_times.DATE.search(line) for line in firsts)
    if not (context or has_end or has_moment or re.search(r"\d", firsts[0])):
        return None  # lines that say all by themselves
    unique = {shape.pattern: shape for shape in reversed(rows)}
    kept = tuple(Row(shape, 0, shape.item, _passed_over(shape)) for shape in reversed(unique.values()))
    size = len(whole[0]) - 1 if end is None and is_same_size else 0
    longest = max(whole, key=len)
    start = start_of(firsts, is_dated=timed == 0)
    contexts = tuple(dict.fromkeys(context))
    return Block(start, end, size, contexts, kept, tuple(longest), len(parts), not has_mark, tuple(firsts))


def _has_end(parts: Sequence[Sequence[str]], values: set[str]) -> bool:
    """Return True when all end with a line of one kind that says nothing and stands nowhere else in them."""
    last = {form(part[-1]) for part in parts}
    return len(last) == 1 and all(
        len(part) > 1 and part[-1] not in values and [form(line) for line in part].count(form(part[-1])) == 1
        for part in parts
    )


def _is_ended_by_row(parts: Sequence[Sequence[str]], values: set[str]) -> bool:
    """Return True when each ends with its only value, under the same label."""
    return (
        all(len(part) > 1 and [line in values for line in part].index(True) == len(part) - 1
            if any(line in values for line in part) else False for part in parts)
        and len({_label(part[-1]) for part in parts}) == 1
    )  # fmt: skip


def _label(line: str) -> str:
    return WORDS.sub("#", form(line)).partition("#")[0].strip()


def _begins_alike(parts: Sequence[Sequence[str]], values: set[str]) -> bool:
    """Return True when each is one line with what is told of its values, and then its values."""
    return all(len(part) > 1 and all(line in values for line in part[1:] if line.strip()) for part in parts) and any(
        re.search(r"\d", part[0]) for part in parts
    )


def _passed_over(shape: Shape) -> str:
    return re.sub(r"\?P<\w+>", "?:", shape.pattern)


def _without_empty_end(part: Sequence[str]) -> list[str]:
    kept = list(part)
    while len(kept) > 1 and not kept[-1].strip():
        kept.pop()
    return kept


def _is_of_one_kind(column: Sequence[str]) -> bool:
    (_, most), *_ = Counter(map(family, column)).most_common(1)
    return most >= _ENOUGH * len(column)


def _common(column: Sequence[str], kind: Kind) -> Shape:
    """Return the most frequent shape of a place."""
    shapes = [shape for text in column if (shape := kind(text))]
    (pattern, _), *_ = Counter(shape.pattern for shape in shapes).most_common(1)
    return next(shape for shape in shapes if shape.pattern == pattern)


def _number(shape: Shape, text: str) -> float | None:
    found = compile_pattern(shape.pattern).fullmatch(text)
    written = (found.groupdict("").get("value", "") if found else "").replace(" ", "").replace(",", ".")
    return parse_number(written)


def _names(values: dict[int, list[float | None]]) -> dict[int, str]:
    """Name what the numbers themselves prove: a value that another one repeats, and gross = tare + net, where the tare
    is the one that changes less. Nothing is named that would be a guess."""
    # With nothing tared, gross and net are equal, and neither repeats the other.
    is_tared = not any(set(numbers) == {0.0} for numbers in values.values())
    repeated = {
        place: "-"
        for place, numbers in values.items()
        if is_tared and len(set(numbers)) > 1 and any(values[other] == numbers for other in values if other < place)
    }
    left = [place for place in values if place not in repeated]
    for gross, tare, net in permutations(left, 3):
        sums = list(zip(values[gross], values[tare], values[net], strict=True))
        is_sum = all(
            None not in numbers and abs((numbers[0] or 0) - (numbers[1] or 0) - (numbers[2] or 0)) < 1e-6
            for numbers in sums
        )
        if is_sum and len(set(values[tare])) < len(set(values[net])) and any(values[tare]):
            return repeated | {gross: "gross", tare: "tare", net: "net"}
    return repeated
