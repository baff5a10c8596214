"""The settings of a new profile of the family `line`, shown and asked for a step at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firmware_adapters.line.grammar import Grammar, Pattern, Settings
from process.language import t
from shian.adapters.dialog import Dialog
from shian.adapters.line_shapes import charsets_of, columns_of, delimiter_of, lines_of, shapes_of
from shian.adapters.sentinels import of_texts
from shian.adapters.written_times import time_formats
from shian.failures import CannotError

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


def line_settings(data: bytes, wanted: Wanted, dialog: Dialog) -> tuple[str, dict[str, Any]]:
    """Return the charset and `[settings]`. Raises CannotError."""
    delimiter = delimiter_of(data)
    lines = lines_of(data)
    dialog.say(t(f"{len(lines)} lines, each ended by {delimiter!r}", f"{len(lines)} 行，行尾为 {delimiter!r}"))
    if not lines:
        raise CannotError(t("there are no lines in the capture", "抓取文件中没有文本行"))
    charset = _charset(lines, wanted, dialog)
    texts = [line.decode(charset, "replace") for line in lines]
    for text in texts[:5]:
        dialog.say(f"  {text}")
    settings: dict[str, Any] = {"delimiter": delimiter}
    item = wanted.item or dialog.ask(t("what is measured (item)", "检测项目（item）"), "value")
    rows = [_row(row, item, wanted.unit) for row in _rows(texts, wanted, dialog)]
    longest = max(map(len, lines))
    if longest > _LONGEST:
        settings["max_length"] = min(2 * longest, 1024)
    settings |= _times(rows, texts, wanted, dialog)
    return charset, settings | {"line": rows}


def _times(
    rows: Sequence[dict[str, Any]], texts: Sequence[str], wanted: Wanted, dialog: Dialog
) -> dict[str, Sequence[str]]:
    """Return `time_formats` for what stands in the groups `date` and `time` of the lines, where the usual ones do not
    read it. Raises CannotError."""
    written = [
        " ".join(filter(None, (fields.get(name, "").strip() for name in ("date", "time"))))
        for fields in _fields(rows, texts)
    ]
    usual = Grammar().time_formats
    forms = time_formats(written, wanted.time_formats or usual, dialog)
    return {"time_formats": forms} if tuple(forms) != usual else {}


def marks_for_no_value(settings: Mapping[str, Any], data: bytes, charset: str, dialog: Dialog) -> list[str]:
    """Return the words of the lines' values that are taken as not available."""
    texts = [line.decode(charset, "replace") for line in lines_of(data)]
    values: dict[str, list[str]] = {}
    for fields in _fields(settings["line"], texts):
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


def _fields(rows: Sequence[dict[str, Any]], texts: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yield the groups of each line by the first row that takes it."""
    patterns = []
    for row in rows:
        try:
            patterns.append(Pattern.model_validate(row).compiled)
        except ValueError:  # told with its place when the profile is tried
            continue
    for text in texts:
        found = next(filter(None, (pattern.fullmatch(text) for pattern in patterns)), None)
        if found:
            yield found.groupdict("")


def _row(row: dict[str, Any], item: str, unit: str | None) -> dict[str, Any]:
    has_item = "item" in row or "item" in row.get("columns", ()) or "(?P<item>" in row.get("pattern", "")
    return row | ({} if has_item else {"item": item}) | ({"unit": unit} if unit else {})


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


def _rows(texts: Sequence[str], wanted: Wanted, dialog: Dialog) -> list[dict[str, Any]]:
    if wanted.patterns:
        return [{"pattern": pattern} for pattern in wanted.patterns]
    columns = columns_of(texts)
    shapes = shapes_of(texts)
    if wanted.columns or (columns and ("value" in columns.names or not shapes)):
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
        number = {"number": "decimal_comma"} if columns and columns.has_comma else {}
        return [{"columns": [name.strip() for name in said.split(",")], "separator": separator} | number]
    if not shapes:
        raise CannotError(
            t(
                "in no line is it clear which number is the value: give --pattern",
                "无法确定行中哪个数是结果：请用 --pattern 指定",
            )
        )
    is_labelled = len({shape.item for shape in shapes}) > 1
    rows = []
    for shape in shapes:
        dialog.say(t(f"{shape.lines} lines like: {shape.sample}", f"{shape.lines} 行形如：{shape.sample}"))
        dialog.say(f"    {shape.pattern}")
        if shape.unit == shapes[0].unit:
            is_taken = dialog.agree(t(f"take {shape.sample!r}", f"采用 {shape.sample!r}"))
            item = shape.item if is_labelled else ""
        else:  # Something else is measured there, and only a person knows what.
            item = dialog.ask(t("another unit: item, or - to leave it out", "单位不同：项目名称，- 表示忽略"), "-")
            is_taken = item != "-"
        if is_taken:
            number = {"number": "decimal_comma"} if shape.has_comma else {}
            rows.append({"pattern": shape.pattern} | ({"item": item} if item else {}) | number)
    return rows
