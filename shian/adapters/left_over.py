"""Lines and numbers that a new profile leaves over, told by file and line, so that nothing is lost in silence. Pure."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from firmware_adapters.contract import FrameRejected, Output, Reading
from firmware_adapters.escpos.lexer import Lexer, Printed
from firmware_adapters.escpos.settings import Settings as PrinterSettings
from firmware_adapters.profile import Profile
from process.language import t
from shian.adapters import written_times
from shian.adapters.line_shapes import UNKNOWN_UNIT, labelled_numbers, numbers_with_unit
from wire.units import pattern

_MOST_SHOWN = 3
_MOST_LINES = 20_000
_LONGEST = 60
_MOST_BYTES = 1024
_WITH_POINT = re.compile(r"(?<![\w.])\d+\.\d+(?![.,]?\d)")
_RATIO = re.compile(rf"(?<!\w){pattern()}(?![\w/])")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the capture, from 1, and where it begins in the device's bytes."""

    number: int
    offset: int
    text: str


def lines_in(data: bytes, profile: Profile) -> list[Line]:
    """Return the lines of a device, or what its printer prints."""
    if profile.family == "escpos":
        lexer = Lexer(profile.settings_as(PrinterSettings), profile.charset)
        printed = (found for found in (*lexer.feed(data), *lexer.give_up("truncated")) if isinstance(found, Printed))
        numbered = enumerate(printed, 1)
        return [Line(number, found.offset, found.text) for number, found in numbered if found.raw][:_MOST_LINES]
    lines, at = [], 0
    for number, part in enumerate(re.split(rb"(?<=\n)|(?<=\r)(?!\n)", data, maxsplit=_MOST_LINES), 1):
        lines.append(Line(number, at, part[:_MOST_BYTES].decode(profile.charset, "replace").strip("\r\n")))
        at += len(part)
    return lines


def words_about(outputs: Iterable[Output], lines: Sequence[Line], file: str) -> Iterator[str]:
    """Yield what must be said: lines that no pattern takes, numbers with a unit that no reading has, values whose unit
    is not known."""
    starts = [line.offset for line in lines]
    read: dict[int, list[Reading]] = defaultdict(list)
    refused: list[Line] = []
    for output in outputs:
        if isinstance(output, Reading | FrameRejected) and (place := bisect_right(starts, output.offset) - 1) >= 0:
            if isinstance(output, Reading):
                read[place].append(output)
            elif output.data:
                refused.append(lines[place])
    if refused:
        shown = _shown(((line, line.text) for line in refused), file)
        yield t(f"lines that NO PATTERN TAKES: {shown}", f"没有规则能匹配的行：{shown}")
    passed = list(_passed_over(lines, read, {line.number for line in refused}))
    if passed:
        shown = _shown(passed, file)
        yield t(
            f"{len(passed)} numbers with a unit or a label are IN NO READING: {shown}",
            f"有 {len(passed)} 个带单位或标签的数值未进入任何读数：{shown}",
        )
    if read and all(_says_nothing(lines[place], readings) for place, readings in read.items()):
        yield t("NO COLUMN AND NO PART OF THE LINES IS THE VALUE: say --columns or --pattern",
                "没有任何一列或一段被当作结果值：请用 --columns 或 --pattern 指定")  # fmt: skip
    unknown = [(lines[place], said) for place, readings in read.items() for said in _unknown(lines[place], readings)]
    if unknown:
        shown = _shown(unknown, file)
        yield t(f"a UNIT THAT IS NOT KNOWN, say --unit: {shown}", f"单位无法识别，请用 --unit 指定：{shown}")


def _passed_over(
    lines: Sequence[Line], read: dict[int, list[Reading]], refused: set[int]
) -> Iterator[tuple[Line, str]]:
    for place, line in enumerate(lines):
        if line.number in refused:
            continue
        values = "\n".join(reading.value_text for reading in read.get(place, ()))
        moments = list(written_times.spans_of(line.text))
        said = [(number, begin, f"{number} {unit}") for number, unit, begin in numbers_with_unit(line.text)]
        if place in read:
            told = {begin for _, begin, _ in said}
            labelled = labelled_numbers(line.text)
            said += [(number, begin, f"{label} {number}") for number, label, begin in labelled if begin not in told]
            told |= {begin for _, begin, _ in said}
            said += [(number, begin, f"{number} {unit}") for number, unit, begin in _unknown_units(line.text, told)]
        for number, begin, text in said:
            is_moment = any(first <= begin < last for _, first, last in moments)
            # NO3 is a name, and 1,3 may be two columns.
            is_name = "." not in number and line.text[:begin][-1:].isalpha()
            if number.rpartition(",")[2] not in values and not is_moment and not is_name:
                yield line, text


def _says_nothing(line: Line, readings: Sequence[Reading]) -> bool:
    """Return True where the text of a value is the whole line."""
    return all(reading.value is None and reading.value_text.strip() == line.text.strip() for reading in readings)


def _unknown_units(line: str, told: Container[int]) -> Iterator[tuple[str, str, int]]:
    """Yield each other number with a point before what can only be a unit, with that and where the number begins."""
    for found in _WITH_POINT.finditer(line):
        unit = UNKNOWN_UNIT.match(line, found.end())
        if unit and found.start() not in told:
            yield found[0], unit[1], found.start()


def _unknown(line: Line, readings: Sequence[Reading]) -> Iterator[str]:
    for reading in readings:
        at = line.text.find(reading.value_text) if reading.value_text and not reading.unit else -1
        if at >= 0 and (found := UNKNOWN_UNIT.match(line.text, at + len(reading.value_text))):
            yield f"{reading.value_text} {found[1]}"
        elif at >= 0 and (named := _RATIO.search(line.text)):
            yield f"{reading.value_text} ... {named[0]}"


def _shown(found: Iterable[tuple[Line, str]], file: str) -> str:
    """Show the first of each kind, by file and line."""
    kinds: dict[str, str] = {}
    for line, text in found:
        kind = re.sub(r"\d+", "0", text)
        kinds.setdefault(kind, f"{file}:{line.number}: {text.strip()[:_LONGEST]}")
    more = f" (+{len(kinds) - _MOST_SHOWN})" if len(kinds) > _MOST_SHOWN else ""
    return "; ".join(list(kinds.values())[:_MOST_SHOWN]) + more
