"""The settings of a new profile of the family `line`, shown and asked for a step at a time."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any

from firmware_adapters.escpos.lexer import Lexer, Printed
from firmware_adapters.escpos.settings import Settings as PrinterSettings
from firmware_adapters.line.grammar import Grammar, Pattern, Settings
from firmware_adapters.line.patterns import compile_pattern
from firmware_adapters.profile import Profile
from process.language import t
from shian.adapters.dialog import Dialog
from shian.adapters.line_block_draft import BlockDraft, moments_in, names_of, row_of, unit_of_first
from shian.adapters.line_blocks import MOST_LINES, Block, Found, all_lines, blocks_of
from shian.adapters.line_columns import SEPARATORS, Columns, columns_of, is_bare
from shian.adapters.line_kinds import Kinds, form, unit_above
from shian.adapters.line_patterns import literal, plain
from shian.adapters.line_shapes import STATISTICS, Shape, charsets_of, delimiter_of, lines_of, shapes_of
from shian.adapters.sentinels import of_texts
from shian.adapters.written_times import time_formats
from shian.failures import CannotError

_PAGE = re.compile(r"\bpage[ :：]*\d+(?:[ /]+(?:of )?\d+)?|第?[ ]?\d+[ ]?页", re.IGNORECASE)
_COUNT = re.compile(r"n|count|number|个数|次数|数量", re.IGNORECASE)
_MOST_IGNORED = 24
_ENOUGH = 0.8
_MOST_BYTES = 1024  # of a line
_LONGEST = Settings.model_fields["max_length"].default


@dataclass(frozen=True, slots=True)
class Wanted:
    """Wishes from the command line. A None is asked for, or proposed with --yes."""

    charset: str | None = None
    separator: str | None = None
    columns: str | None = None
    patterns: Sequence[str] = ()
    item: str | None = None
    unit: str | None = None
    time_formats: Sequence[str] = ()
    places: Sequence[str] = ()


@dataclass(slots=True)
class Made:
    """The part of the profile that is ready: `[settings]` and `[items]`."""

    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    items: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])


@dataclass(frozen=True, slots=True)
class Drafted:
    """Proposal from the lines of a capture: charset, `[settings]` and `[items]`."""

    charset: str
    settings: dict[str, Any]
    items: dict[str, dict[str, str]]
    not_available: Sequence[str] = ()


def line_settings(data: bytes, wanted: Wanted, dialog: Dialog) -> Drafted:
    """Propose for lines of text. Raises CannotError."""
    delimiter = delimiter_of(data)
    lines = lines_of(data)
    dialog.say(t(f"{len(lines)} lines, each ended by {delimiter!r}", f"{len(lines)} 行，行尾为 {delimiter!r}"))
    if too_long := [line for line in lines if len(line) > _MOST_BYTES]:
        dialog.warn(t(f"{len(too_long)} lines are longer than {_MOST_BYTES} bytes: LEFT OUT",
                      f"有 {len(too_long)} 行超过 {_MOST_BYTES} 字节：未纳入"))  # fmt: skip
    lines = [line for line in lines if len(line) <= _MOST_BYTES]
    if not lines:
        raise CannotError(t("there are no lines in the capture", "抓取文件中没有文本行"))
    charset = _charset(lines, wanted, dialog)
    texts = [line.decode(charset, "replace") for line in lines]
    every = [line.decode(charset, "replace") for line in all_lines(data, delimiter) if len(line) <= _MOST_BYTES]
    settings: dict[str, Any] = {"delimiter": delimiter}
    longest = max(map(len, lines))
    if longest > _LONGEST:
        settings["max_length"] = min(2 * longest, _MOST_BYTES)
    made = grammar_of(texts, every, wanted, dialog)
    not_available = marks_for_no_value(made.settings, texts, dialog)
    return Drafted(charset, settings | made.settings, made.items, not_available)


def printed_settings(data: bytes, base: Profile, wanted: Wanted, dialog: Dialog) -> Drafted:
    """Propose for what a printer is sent: its commands are taken out, and what it prints are the lines."""
    charset = wanted.charset or base.charset
    lexer = Lexer(base.settings_as(PrinterSettings), charset)
    found_in = chain(lexer.feed(data), lexer.give_up("truncated"))
    every = list(islice((found.text for found in found_in if isinstance(found, Printed)), MOST_LINES))
    texts = [text for text in every if text.strip() and len(text) <= _MOST_BYTES]
    dialog.say(t(f"{len(texts)} printed lines", f"{len(texts)} 行打印内容"))
    if not texts:
        raise CannotError(t("there are no lines in the capture", "抓取文件中没有文本行"))
    made = grammar_of(texts, every, wanted, dialog)
    kept = {key: value for key, value in base.settings.items() if key not in ("line", "block", "ignore", "simulate")}
    not_available = marks_for_no_value(made.settings, texts, dialog)
    return Drafted(charset, kept | made.settings, made.items, not_available)


def grammar_of(texts: Sequence[str], every: Sequence[str], wanted: Wanted, dialog: Dialog) -> Made:
    """Propose the grammar and the items of lines; `every` are all of them, the empty ones too. Raises CannotError."""
    for text in texts[:5]:
        dialog.say(f"  {text}")
    item = wanted.item or dialog.ask(t("what is measured (item)", "检测项目（item）"), "value")
    kinds = Kinds(texts)
    is_said = bool(wanted.columns or wanted.patterns)
    found = Found((), ()) if is_said else blocks_of(every, kinds)
    # A table whose titles come again is a table, though it has as many rows each time.
    found = Found((), ()) if any(map(_is_table, found.blocks)) else found
    unit = wanted.unit or ("" if is_said or kinds.table.shapes else unit_above(texts, kinds))
    wanted = replace(wanted, item=item, unit=unit)
    made = Made()
    blocks = []
    for block in found.blocks:
        draft = BlockDraft(block, item, unit or None, wanted.places, dialog, is_main=block is found.blocks[0])
        blocks += [one] if (one := draft.settings(made.items)) else []
    if blocks:
        made.settings["block"] = blocks
        texts = [every[place] for place in found.others]
        rows = _rows_beside(texts, kinds, wanted, dialog, made) if texts else []
    else:
        if wanted.places:
            raise CannotError(t("--place: no ticket repeats in the capture", "--place：抓取文件中没有重复的票据"))
        rows = [_row(row, item, unit) for row in _rows(texts, kinds, wanted, dialog, made)]
    below = _below(texts, made)
    # Whoever wants no block has something in mind with its lines.
    if not found.blocks or blocks:
        ignored = _ignored(below, rows, dialog)
        made.settings["ignore"] = [*made.settings.get("ignore", ()), *ignored]
    if not made.settings.get("ignore"):
        made.settings.pop("ignore", None)
    written = [moment for block in blocks for moment in moments_in(block, every)]
    written += [_moment(fields) for fields in _fields(rows, below)]
    made.settings |= _times(written, wanted, dialog)
    made.settings |= {"line": rows} if rows else {}
    return made


def _is_table(block: Block) -> bool:
    """Return True where the first line has titles for the cells of all others."""
    title, *rows = block.lines
    mark = next((mark for mark in SEPARATORS if title.count(mark) > 1), "")
    cells = {row.count(mark) for row in rows if row.strip()} if mark else set[int]()
    return cells == {title.count(mark)} and is_bare(title, mark)


def _below(texts: Sequence[str], made: Made) -> list[str]:
    """Return the lines without the headings above them."""
    headings = [compile_pattern(heading) for heading in made.settings.get("headings", ())]
    return [text for text in texts if not any(heading.fullmatch(text) for heading in headings)]


def _rows_beside(
    texts: Sequence[str], kinds: Kinds, wanted: Wanted, dialog: Dialog, made: Made
) -> list[dict[str, Any]]:
    """Return rows for lines with a value that stand in no ticket."""
    shapes = _without_statistics(shapes_of(texts, kinds), dialog, made)
    names = names_of(shapes)
    rows = []
    for shape in shapes:
        said = dialog.ask(
            t(f"{shape.sample!r} stands in no ticket: item, or - to leave it out",
              f"{shape.sample!r} 不属于任何票据：项目名称，- 表示忽略"),
            names[shape] or wanted.item or "",
        )  # fmt: skip
        if said != "-":
            rows.append(_row(row_of(shape, said, made.items), said, wanted.unit))
    return rows


def _ignored(texts: Sequence[str], rows: Sequence[dict[str, Any]], dialog: Dialog) -> list[str]:
    """Return patterns of lines that come again and again and say nothing: no value, no date, nothing behind a label."""
    patterns = _patterns(rows)
    left = [text for text in texts if not any(pattern.fullmatch(text) for pattern in patterns)]
    counts = Counter(map(form, left))
    says_nothing = {text: not re.search(r"[:=：]\s*\S|\d", _PAGE.sub("", text)) for text in left}
    kept: dict[str, str] = {}
    for text in left:
        is_rule = not re.search(r"\w", text)
        if says_nothing[text] and (counts[form(text)] > 1 or is_rule) and text.strip():
            pattern = re.sub(r"\(\?P<\w+>", "(?:", plain(text.strip(" \t")))
            kept.setdefault(f"[ \\t]{{0,32}}{pattern}[ \\t]{{0,32}}", text)
    ignored = list(kept)[:_MOST_IGNORED]
    for pattern in ignored:
        dialog.say(t(f"passed over, it says nothing: {kept[pattern]}", f"不含信息，略过：{kept[pattern]}"))
    return ignored


def _moment(fields: Mapping[str, str]) -> str:
    return " ".join(filter(None, (fields.get(name, "").strip() for name in ("date", "time"))))


def _times(written: Sequence[str], wanted: Wanted, dialog: Dialog) -> dict[str, Sequence[str]]:
    """Return `time_formats` for what stands in the groups `date` and `time`, where the usual ones do not read it.
    Raises CannotError."""
    usual = Grammar().time_formats
    forms = time_formats(written, wanted.time_formats or usual, dialog)
    return {"time_formats": forms} if tuple(forms) != usual else {}


def marks_for_no_value(settings: Mapping[str, Any], texts: Sequence[str], dialog: Dialog) -> list[str]:
    """Return the words of the lines' values that are taken as not available."""
    values: dict[str, list[str]] = {}
    rows = [*settings.get("line", ()), *(row for block in settings.get("block", ()) for row in block.get("row", ()))]
    for fields in _fields(rows, texts):
        for name, text in fields.items():
            if name == "value" or name.startswith("value_"):
                values.setdefault(f"{name} {fields.get('item', '')}", []).append(text)
    marks = dict.fromkeys(mark for written in values.values() for mark in of_texts(written))
    return [mark for mark in marks if dialog.agree(taken_as_no_value(mark))]


def taken_as_no_value(mark: str) -> str:
    return t(
        f"{mark} stands far from all other values: take it as not available",
        f"{mark} 远离其他所有值：视为无有效值（not_available）",
    )


def _fields(rows: Sequence[dict[str, Any]], texts: Sequence[str]) -> Iterator[Mapping[str, str]]:
    """Yield the groups of each line by the first row that takes it."""
    patterns = _patterns(rows)
    for text in texts:
        for pattern in patterns:
            if found := pattern.fullmatch(text):
                yield from pattern.parts(found.groupdict(""))
                break


def _patterns(rows: Sequence[dict[str, Any]]) -> list[Pattern]:
    """Return the rows that can be used; the others are told with their place when the profile is tried."""
    patterns = []
    for row in rows:
        try:
            patterns.append(Pattern.model_validate(row))
        except ValueError:
            continue
    return patterns


def _row(row: dict[str, Any], item: str, unit: str | None) -> dict[str, Any]:
    patterns = row.get("pattern", "") + row.get("each", "")
    has_item = "item" in row or "item" in row.get("columns", ()) or "(?P<item>" in patterns
    return row | ({} if has_item else {"item": item}) | ({"unit": unit} if unit and "unit" not in row else {})


def _charset(lines: Sequence[bytes], wanted: Wanted, dialog: Dialog) -> str:
    if wanted.charset:
        return wanted.charset
    possible = charsets_of(lines)
    if list(possible) == ["ascii"]:
        return "ascii"
    dialog.say(t("not plain ASCII; the same line in each charset:", "含非 ASCII 字符；同一行按各字符集显示："))
    for charset, text in possible.items():
        dialog.say(f"  {charset:8} {text}")
    return dialog.choose(t("which charset is right", "哪个字符集正确"), list(possible), "--charset")


def _rows(texts: Sequence[str], kinds: Kinds, wanted: Wanted, dialog: Dialog, made: Made) -> list[dict[str, Any]]:
    is_named = wanted.item not in (None, "value")
    if wanted.patterns:
        return [{"pattern": pattern} for pattern in wanted.patterns]
    columns = None if (kinds.groups or kinds.table.shapes or kinds.check) and not wanted.columns else columns_of(texts)
    shapes = shapes_of(texts, kinds)
    # 0.350kg is a value with its unit, which a column of numbers would not be.
    with_unit = sum(shape.lines for shape in shapes if shape.unit)
    is_cut = (
        columns is not None
        and ("value" in columns.names or not shapes)
        and (columns.has_unit or with_unit < _ENOUGH * columns.lines)
        and not (columns.is_of_words and any(shape.unit_before for shape in shapes))
    )
    if wanted.columns or is_cut:
        return [_row_of_columns(texts, columns, wanted, dialog, made)]
    if not shapes:
        raise CannotError(
            t(
                "in no line is it clear which number is the value: give --pattern",
                "无法确定行中哪个数是结果：请用 --pattern 指定",
            )
        )
    shapes = _without_statistics(shapes, dialog, made)
    if kinds.table.headings:
        _tell_left_out(kinds.table.sums, dialog)
        # What else has a number is told as a line that no pattern takes.
        shapes = [shape for shape in shapes if shape.is_titled]
        sums = [rf'[ \t"]{{0,64}}{word}[^\w].{{0,400}}' for word in _words(kinds)]
        made.settings["headings"] = [*map(literal, kinds.table.headings), *sums]
    names = names_of(shapes)
    rows = []
    for shape in shapes:
        dialog.say(t(f"{shape.lines} lines like: {shape.sample}", f"{shape.lines} 行形如：{shape.sample}"))
        dialog.say(f"    {shape.pattern}")
        if shape.unit == shapes[0].unit or not shape.unit:
            is_taken = dialog.agree(t(f"take {shape.sample!r}", f"采用 {shape.sample!r}"))
            item = names[shape]
        else:  # Something else is measured there, and only a person, or a label, knows what.
            proposed = names[shape] or "-"
            item = dialog.ask(t("another unit: item, or - to leave it out", "单位不同：项目名称，- 表示忽略"), proposed)
            is_taken = item != "-"
        if is_taken:
            rows.append(row_of(shape, wanted.item or item if is_named and shape.items else item, made.items))
    return rows


def _without_statistics(shapes: Sequence[Shape], dialog: Dialog, made: Made) -> list[Shape]:
    """Return the kinds of line without those that sum others up: a mean of several samples is the result of none."""
    sums = [shape for shape in shapes if _is_statistics(shape)]
    sums += [shape for shape in shapes if sums and _COUNT.fullmatch(shape.label)]
    if not sums or len(sums) == len(shapes):
        return list(shapes)
    made.settings["ignore"] = [re.sub(r"\(\?P<\w+>", "(?:", shape.pattern) for shape in sums]
    _tell_left_out([shape.sample for shape in sums], dialog)
    return [shape for shape in shapes if shape not in sums]


def _tell_left_out(lines: Sequence[str], dialog: Dialog) -> None:
    for line in lines:
        dialog.warn(t(f"it sums other lines up, and is LEFT OUT: {line}", f"为其他行的统计值，未纳入：{line}"))


def _words(kinds: Kinds) -> list[str]:
    """Return the words with which the lines below a table begin that sum it up."""
    words = (re.search(r"\w+(?:\.\w\.?)?", line) for line in kinds.table.sums)
    return list(dict.fromkeys(re.escape(word[0]) for word in words if word))


def _is_statistics(shape: Shape) -> bool:
    names = [shape.label.split(" ")[0].split(";")[0], *(called for _, called in shape.items)]
    return all(STATISTICS.fullmatch(name) for name in names)


def _row_of_columns(
    texts: Sequence[str], columns: Columns | None, wanted: Wanted, dialog: Dialog, made: Made
) -> dict[str, Any]:
    separator = wanted.separator or (columns.separator if columns else ",")
    if columns:
        dialog.say(
            t(
                f"{columns.lines} of {len(texts)} lines have {len(columns.names)} columns cut by {separator!r}:",
                f"{len(texts)} 行中有 {columns.lines} 行按 {separator!r} 分为 {len(columns.names)} 列：",
            )
        )
        for name, cell in zip(columns.names, columns.sample.split(separator), strict=False):
            dialog.say(f"  {name:12} {cell}")
    proposed = ",".join(columns.names) if columns else ""
    said = wanted.columns or dialog.ask(
        t("names of the columns (value, unit, item, sample_number, commodity ...; - leaves one out)",
          "各列名称（value、unit、item、sample_number、commodity 等；- 表示忽略）"),
        proposed,
    )  # fmt: skip
    names = [name.strip() for name in said.split(",")]
    row: dict[str, Any] = {"columns": names, "separator": separator}
    if columns:
        row |= {"number": columns.number} if columns.number else {}
        has_item = columns.item and wanted.item == "value" and "item" not in names and columns.others
        row |= {"item": columns.item} if has_item else {}
        if columns.unit and "unit" not in names and not wanted.unit:
            item = "" if "item" in names else row.get("item", wanted.item or "")
            row |= unit_of_first(item, columns.unit, made.items, has_others=bool(columns.others))
        for name, title, unit in columns.others:
            if f"value_{name}" in names:
                made.items[name] = {"code": title} | ({"unit": unit} if unit else {})
        if columns.headings:
            made.settings["headings"] = [literal(heading) for heading in columns.headings]
    return row
