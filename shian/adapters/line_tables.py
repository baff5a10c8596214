"""Tables in the lines of an unknown device that `line_columns` does not cut: titles above columns of blanks, cells in
quotes, a number with its unit in one cell, a second row of titles with the units, other lines above and below. Pure.

A title stands above every cell: nothing is taken from a table whose titles are more or fewer than its cells."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from shian.adapters import written_times
from shian.adapters.line_columns import SEPARATORS, field_of, is_bare, titled, value_places
from shian.adapters.line_patterns import NUMBER, form_of_number, literal
from shian.adapters.line_shapes import STATISTICS, WORDS, Shape, slug
from wire.units import pattern, unit_of

_LEAST, _MOST_CELLS = 3, 24
_ENOUGH = 0.8
_MOST_TITLES = 60
_WITH_UNIT = re.compile(rf"(?P<number>{NUMBER})(?P<gap>[ \t]?)(?P<unit>{pattern()})")
_MOMENT = re.compile(rf"(?:{written_times.DATE.pattern})[ \t]{{1,4}}(?:{written_times.TIME.pattern})", re.IGNORECASE)
_VALUE = r"(?:[<>≤≥＜＞]=?[ \t]{0,4})?[+-]?[ \t]{0,4}[0-9]{1,12}(?:[.,][0-9]{1,8})?"
_BRACKETS = "()[]（） "
_NAME = re.compile(r"[a-z]\w{0,23}", re.ASCII)

Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class Tables:
    """The shape of each line that is a row of a table, the titles above them, and the lines that sum them up."""

    shapes: Mapping[str, Shape]
    headings: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Cut:
    """A way to cut a line into cells: at a separator, or, where it is empty, at blanks; `least` of them. `is_joined`:
    a date and the time behind it are one cell."""

    separator: str
    least: int = 1
    is_joined: bool = False

    def cells(self, line: str) -> Cells:
        if self.separator:
            return [cell.strip() for cell in _split(line, self.separator)]
        cells: list[str] = []
        at = 0
        text = line.strip()
        moment = _MOMENT.search(text) if self.is_joined else None
        for found in re.finditer(rf"[ \t\u3000]{{{self.least},}}|$", text):
            if moment and moment.start() < found.start() < moment.end():
                continue
            cells.append(text[at : found.start()])
            at = found.end()
        return cells

    @property
    def between(self) -> str:
        mark = re.escape(self.separator)
        return rf"[ \t]{{0,32}}{mark}[ \t]{{0,32}}" if self.separator else rf"[ \t\x{{3000}}]{{{self.least},64}}"

    def any_text(self, *, is_quoted: bool) -> str:
        """Write the pattern of any text in a cell."""
        if is_quoted or self.separator:
            return '[^"]*?' if is_quoted else rf"[^{re.escape(self.separator)}]*?"
        return r"\S+" if self.least == 1 else r"\S+(?:[ \t]\S+){0,8}"


def _split(line: str, separator: str) -> list[str]:
    """Cut a line, not within quotes."""
    quoted = rf'[ \t]*"[^"]*"[ \t]*(?={re.escape(separator)}|$)'
    return re.findall(rf"(?:^|(?<={re.escape(separator)}))({quoted}|[^{re.escape(separator)}]*)", line)


def tables_in(lines: Sequence[str]) -> Tables:
    """Return the table with the most rows; nothing where another part of the proposals cuts its rows as well."""
    every = list(dict.fromkeys(line for line in lines if line.strip()))
    best, most = Tables({}), 0
    rows_of: dict[tuple[_Cut, int], list[str]] = {}
    for titles, cut, headings in islice(_titles_in(every), _MOST_TITLES):
        kind = (cut, len(titles))
        if kind not in rows_of:
            rows_of[kind] = [line for line in every if _is_row(line, titles, cut)]
        sums = [line for line in rows_of[kind] if STATISTICS.fullmatch(_unquoted(cut.cells(line)[0]))]
        rows = [line for line in rows_of[kind] if line not in headings and line not in sums]
        is_above = rows and (every.index(headings[-1]) < every.index(rows[0]) or lines.count(headings[0]) > 1)
        is_above = is_above and (bool(cut.separator) or _stands_above(headings[0], titles, rows, lines))
        if is_above and len(rows) >= max(_LEAST, most + 1) and (shape := _shape(titles, rows, cut)):
            if cut.separator and not sums and _is_plain(rows, headings, cut, lines):
                return Tables({})
            best, most = Tables(dict.fromkeys(rows, shape), tuple(headings), tuple(sums)), len(rows)
    return best


def _stands_above(heading: str, titles: Cells, rows: Sequence[str], lines: Sequence[str]) -> bool:
    """Return True for words that are set as titles of columns, and a row, perhaps behind a rule, comes below them each
    time. END OF REPORT and FOOD SAFETY OFFICE are three words as well."""
    is_set = re.search(r"\S(?:[ \u3000]{2,}|\t)\S", heading) or any(titled(title)[1] for title in titles)
    said = [line for line in lines if re.search(r"\w", line)]
    below = {following for line, following in pairwise(said) if line == heading}
    return bool(is_set) and below <= {*rows}


def _titles_in(lines: Sequence[str]) -> Iterator[tuple[Cells, _Cut, list[str]]]:
    """Yield titles of columns, how the rows below are cut, and the lines that they stand in."""
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        for separator in SEPARATORS:
            titles: Cells = [_unquoted(cell) for cell in _Cut(separator).cells(line)]
            if not _are_enough(titles) or not is_bare(line.replace('"', ""), separator) or not _are_titles(titles):
                continue
            units = [_unquoted(cell) for cell in _Cut(separator).cells(following)]
            if len(units) == len(titles) and _are_units(units):
                bare = [unit.strip(_BRACKETS) for unit in units]
                both = [f"{title} ({unit})" if unit else title for title, unit in zip(titles, bare, strict=True)]
                yield both, _Cut(separator), [line, following]
            else:
                yield titles, _Cut(separator), [line]
        if re.search(r"\d", re.sub(r"[^\W\d]+\d+", "", line)) or any(mark in line for mark in ";|:："):
            continue
        for titles in (_Cut("", 1).cells(line), _Cut("", 2).cells(line)):
            if _are_enough(titles) and _are_titles(titles):
                yield from ((titles, cut, [line]) for cut in (_Cut(""), _Cut("", is_joined=True), _Cut("", 2)))


def _are_enough(titles: Cells) -> bool:
    """Return True for three titles and more, and for two that say their units."""
    return _LEAST <= len(titles) <= _MOST_CELLS or (len(titles) == 2 and all(titled(title)[1] for title in titles))


def _are_titles(cells: Cells) -> bool:
    """Return True for words: no numbers, and none of the words that stand in place of one."""
    return all(
        re.search(r"[^\W\d]|[%#°]", cell) and not re.match(r"\d", cell) and not re.search(r"\d[.,]\d", cell)
        for cell in cells
    ) and not any(map(WORDS.fullmatch, cells))


def _are_units(cells: Cells) -> bool:
    said = [cell.strip(_BRACKETS) for cell in cells if cell.strip()]
    return bool(said) and all(unit_of(cell) for cell in said)


def _is_row(line: str, titles: Cells, cut: _Cut) -> bool:
    cells = [_unquoted(cell) for cell in cut.cells(line)]
    if cut.separator:
        return len(cells) == len(titles) and any(re.search(r"\d", cell) for cell in cells)
    return len(cells) == len(titles) and any(
        re.fullmatch(NUMBER, cell) or _WITH_UNIT.fullmatch(cell) or WORDS.fullmatch(cell) for cell in cells
    )


def _is_plain(rows: Sequence[str], headings: Sequence[str], cut: _Cut, lines: Sequence[str]) -> bool:
    """Return True for nothing but a row of titles and rows of plain cells."""
    of_kind = sum(line in rows or line in headings for line in lines)
    has_units = any(_WITH_UNIT.fullmatch(cell) for row in rows for cell in cut.cells(row))
    is_quoted = any('"' in line for line in rows)
    return len(headings) == 1 and not is_quoted and not has_units and of_kind >= _ENOUGH * len(lines)


def _unquoted(cell: str) -> str:
    return cell[1:-1].strip() if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def _shape(titles: Cells, rows: Sequence[str], cut: _Cut) -> Shape | None:
    """Return the shape of the rows, or None where no column is clearly one of values."""
    written = [list(column) for column in zip(*map(cut.cells, rows), strict=True)]
    cells = [[_unquoted(cell) for cell in column] for column in written]
    if any(title in column for title, column in zip(titles, cells, strict=True)):
        return None  # a row of its own: Pb ND mg/kg
    if not cut.separator and any(
        all(column) and _are_units(column) and field_of(title) != "unit"
        for title, column in zip(titles, cells, strict=True)
    ):
        return None  # FOOD SAFETY OFFICE above Pb 0.25 mg/kg
    glued = {place for place, column in enumerate(cells) if _has_units(column)}
    numbers = [[_number_of(cell) for cell in column] for column in cells]
    values = value_places(numbers, titles, glued)
    forms = {form for place in values for cell in numbers[place] if (form := form_of_number(cell.lstrip("<> +-")))}
    if not values or len(forms) > 1:
        return None
    names = _names(titles, cells, values)
    parts = [_cell(names[place], column, place in values, place in glued, cut) for place, column in enumerate(written)]
    (title, unit), *others = [titled(titles[place]) for place in values]
    items = tuple(
        (names[place].partition("_")[2], slug(name)) for place, (name, _) in zip(values[1:], others, strict=True)
    )
    units = tuple(
        (names[place].partition("_")[2], said)
        for place, (_, said) in zip(values[1:], others, strict=True)
        if said and place not in glued
    )
    pattern = rf"[ \t\x{{3000}}]{{0,64}}{cut.between.join(parts)}[ \t]{{0,64}}"
    return Shape(
        pattern, rows[0], len(rows), title, next(iter(forms), ""), items=items, units=units, is_titled=True,
        unit_said="" if values[0] in glued else unit,
    )  # fmt: skip


def _has_units(column: Cells) -> bool:
    """Return True where every number has its unit behind it in the cell."""
    said = [cell for cell in column if re.search(r"\d", cell)]
    return len(said) >= len(column) / 2 and bool(said) and all(map(_WITH_UNIT.fullmatch, said))


def _number_of(cell: str) -> str:
    found = _WITH_UNIT.fullmatch(cell)
    return found["number"] if found else cell


def _names(titles: Cells, cells: Sequence[Cells], values: Sequence[int]) -> list[str]:
    names = [""] * len(titles)
    dates = [place for place, column in enumerate(cells) if _are(column, written_times.DATE)]
    times = [place for place, column in enumerate(cells) if _are(column, written_times.TIME)]
    for place, (title, column) in enumerate(zip(titles, cells, strict=True)):
        name = field_of(title, column)
        name = name if name and name != "unit" else slug(title)
        if place in values:
            called = slug(titled(title)[0])
            called = called if _NAME.fullmatch(called) else f"v{place + 1}"
            name = "value" if place == values[0] else f"value_{called}"
        elif place in dates[:1]:
            name = "date"
        elif place in times[:1] and place not in dates:
            name = "time" if dates else "clock"
        elif name in ("date", "time", "value", "check", "groups", "each") or not _NAME.fullmatch(name):
            name = f"column_{place + 1}"
        names[place] = f"column_{place + 1}" if name in names else name
    for place, column in enumerate(cells):
        if place - 1 in values and all(column) and _are_units(column):
            names[place] = names[place - 1].replace("value", "unit", 1)
    return names


def _are(column: Cells, form: re.Pattern[str]) -> bool:
    return any(column) and all(form.match(cell) for cell in column)


def _cell(name: str, column: Cells, is_value: bool, is_glued: bool, cut: _Cut) -> str:
    """Write the pattern of a column's cells."""
    is_quoted = all(cell[:1] == '"' == cell[-1:] for cell in column)
    cells = [_unquoted(cell) for cell in column]
    if is_value:
        made = _value(name, cells, is_glued=is_glued)
    elif name in ("date", "time", "clock"):
        made = _moment(name, cells[0])
    else:
        made = f"(?P<{name}>{cut.any_text(is_quoted=is_quoted)})"
    return rf'"[ \t]{{0,32}}{made}[ \t]{{0,32}}"' if is_quoted else made


def _value(name: str, cells: Cells, *, is_glued: bool) -> str:
    """Write the pattern of a number, or of one of the words that stand in its place, perhaps with its unit."""
    words = dict.fromkeys(cell for cell in cells if cell and not re.fullmatch(NUMBER, _number_of(cell)))
    value = f"(?P<{name}>{'|'.join([_VALUE, *map(re.escape, words)])}){'' if all(cells) else '?'}"
    if not is_glued:
        return value
    found = [unit["unit"] for cell in cells if (unit := _WITH_UNIT.fullmatch(cell))]
    units = "|".join(map(re.escape, dict.fromkeys(found)))
    return f"{value}[ \\t]?(?P<{name.replace('value', 'unit', 1)}>{units}){'' if len(found) == len(cells) else '?'}"


def _moment(name: str, text: str) -> str:
    """Write the pattern of a date, of a time, or of both."""
    parts: list[str] = []
    at = 0
    for kind, begin, end in written_times.spans_of(text):
        called = name if kind == "clock" else kind
        parts += [literal(text[at:begin]), f"(?P<{called}>{written_times.pattern_of(text[begin:end])})"]
        at = end
    return "".join([*parts, literal(text[at:])])
