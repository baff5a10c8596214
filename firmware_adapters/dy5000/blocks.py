"""Blocks of the DY-5000:

    host     s yymmddyymmdd                                            first and last day, digits
    tester   s  (some bytes)  wells of 11 bytes  unit 10, time 6, item 20 (GB2312)  e

There is no length, no count and no check, and `e` (65) occurs in data. So a block is read from its end: an `e` is the
end when the bytes before it are plausible:
- an item that is text and not empty, a unit that is text or empty, a time that is a moment (six bytes, binary or BCD,
  or the six digits yymmdd);
- before them cells of 11 bytes, of which the last ones are wells: hole 1 to 96, two fields of five characters that are
  numbers, bounds, dashes, a word for none or blank; a cell of zeros, spaces or FF is a well that was not used. Three
  quarters of the cells from the first well on are wells, at least one is used. If all are, and the unit is not empty,
  the time need not be a moment: a clock that is wrong costs no result (flag `bad_time`).
The bytes before the first well, at most 32, are the head: it is not decoded as wells (a vendor's driver does). A
block has at most 1200 bytes. The wells of a block that are not plausible are rejected (`record`) one by one.

Doubts. The facts give a well's width and not its fields. A hole, a concentration and an absorbance of five characters
each fill it exactly, and that is how the sister DY-5800 writes them: so this layout is read unless the profile lays a
well out in another way (`well`). An `s` within the head, or in a cell that is no well, begins the block anew: the wells
of a block that was cut must not get the item of the next one.
"""

import re
from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from firmware_adapters.asking import Request
from firmware_adapters.clocks import Coding, Moment, six_bytes, written
from firmware_adapters.fields import padded_text
from firmware_adapters.framing import FOREIGN, Broken, Judgement, Mark, More, Stateless, Whole

START, END = 0x73, 0x65
CELL, TAIL = 11, 36
LONGEST, _LONGEST_HEAD = 1200, 32
_SHORTEST = 1 + CELL + TAIL + 1
_MOST_HOLES = 96
REQUESTS = (Request("days", re.compile(rb"s\d{12}")),)
_ASKED = re.compile(rb"s\d\d(?:0[1-9]|1[0-2])[0-3]\d\d\d(?:0[1-9]|1[0-2])[0-3]\d")
_ASKED_SIZE = 13
# The last word is 无效 in GB2312.
_NUMBER = re.compile(rb"[\x00 ]*(?:[<>+-]?[\d.]*|[-.]*|NA|OVER|\xce\xde\xd0\xa7)[\x00 ]*")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


class WellLayout(BaseModel):
    """Layout of a well: the place of each field, counted from its first byte."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hole_at: int = Field(default=0, ge=0, lt=CELL)
    value_at: int = Field(default=1, ge=0, lt=CELL)
    value_size: int = Field(default=5, ge=1, le=CELL)
    absorbance_at: int = Field(default=6, ge=0, lt=CELL)
    absorbance_size: int = Field(default=5, ge=0, le=CELL)

    def value(self, cell: bytes) -> bytes:
        return cell[self.value_at : self.value_at + self.value_size]

    def absorbance(self, cell: bytes) -> bytes:
        return cell[self.absorbance_at : self.absorbance_at + self.absorbance_size]

    def is_well(self, cell: bytes) -> bool:
        """Return True when the cell is a well. Eleven digits are none: they are the days that were asked for, in the
        head."""
        numbers = self.value(cell), self.absorbance(cell)
        return not cell.isdigit() and 1 <= cell[self.hole_at] <= _MOST_HOLES and all(map(_NUMBER.fullmatch, numbers))

    def is_empty(self, cell: bytes) -> bool:
        return not cell.strip(b"\0") or not cell.strip(b" ") or not cell.strip(b"\xff")

    def is_used(self, cell: bytes) -> bool:
        """Return True when the well was used. One that was not carries blanks."""
        return not self.is_empty(cell) and bool((self.value(cell) + self.absorbance(cell)).strip(b"\0 "))


@dataclass(frozen=True, slots=True)
class Block:
    """Block of one plate. `cells` run from the first well on, `cells_at` is their place in the block."""

    cells: tuple[bytes, ...]
    cells_at: int
    unit: str
    item: str
    moment: Moment
    flags: tuple[str, ...] = ()


def request(first: date, last: date) -> bytes:
    return f"s{first:%y%m%d}{last:%y%m%d}".encode()


def read_block(data: bytes, charset: str, coding: Coding, layout: WellLayout) -> Block | None:
    """Read a block; None if it is not plausible. The cheap look comes first: this is asked for every `e`."""
    area = data[1 : -TAIL - 1]
    # Counted from the end, where the wells are: the head before them has any length.
    lead = len(area) % CELL
    first = _first_well(area, lead, layout)
    if first is None:
        return None
    tail = data[-TAIL - 1 : -1]
    (unit, unit_flags), (item, item_flags) = padded_text(tail[:10], charset), padded_text(tail[16:], charset)
    moment = _moment(tail[10:16], coding)
    flags = unit_flags + item_flags
    if "bad_name" in flags or not item or _has_controls(tail[:10] + tail[16:]):
        return None
    cells = [area[at : at + CELL] for at in range(first, len(area), CELL)]
    wells = [_is_cell(cell, layout) for cell in cells]
    is_enough = 4 * sum(wells) >= 3 * len(wells) and any(map(layout.is_used, cells))
    # Without a good time the other signs must be beyond doubt.
    if moment.at is None:
        is_enough = is_enough and all(wells) and bool(unit)
    return Block(tuple(cells), 1 + first, unit, item, moment, flags) if is_enough else None


def _first_well(area: bytes, lead: int, layout: WellLayout) -> int | None:
    """Return where the wells begin; None where the head before them would be too long."""
    places = range(lead, min(len(area), _LONGEST_HEAD + 1), CELL)
    return next((at for at in places if _is_cell(area[at : at + CELL], layout)), None)


def _is_cell(cell: bytes, layout: WellLayout) -> bool:
    return layout.is_well(cell) or layout.is_empty(cell)


def _moment(data: bytes, coding: Coding) -> Moment:
    if not data.isdigit():
        return six_bytes(data, coding)
    moment = written(data.decode())
    return Moment(moment.at, moment.text, (*moment.flags, "date_only"), moment.parts)


def _has_controls(texts: bytes) -> bool:
    return _CONTROLS.search(texts.replace(b"\0", b" ").decode("latin-1")) is not None


@dataclass(slots=True)
class _Look:
    """Sight of the candidate at `offset`, so that a byte more costs no second look at those before it: there is no end
    before `searched`; `begins` says whether wells begin, once enough bytes are there to say it for good."""

    offset: int = -1
    searched: int = 0
    begins: bool | None = None


class BlockGrammar(Stateless):
    """Grammar of blocks; the rules stand in the module's text."""

    heads = re.compile(rb"s")

    def __init__(self, charset: str, coding: Coding, layout: WellLayout) -> None:
        self._charset = charset
        self._coding = coding
        self._layout = layout
        self._look = _Look()

    def read(self, data: bytes | bytearray) -> Block | None:
        return read_block(bytes(data), self._charset, self._coding, self._layout)

    def judge(self, buffer: bytearray, offset: int, /) -> Judgement:
        if buffer[:2] == b"se":
            return Mark(2, "empty")
        if len(buffer) <= _ASKED_SIZE:
            return More(is_ours=False)
        if _ASKED.match(buffer) and buffer[_ASKED_SIZE] == START:
            return Mark(_ASKED_SIZE, "host")
        if self._look.offset != offset:
            self._look = _Look(offset, _SHORTEST - 1)
        # An "e" occurs in data: the first one that makes a plausible block is the end.
        end = buffer.find(END, self._look.searched, LONGEST)
        while end >= 0:
            if (block := self.read(buffer[: end + 1])) is not None:
                return self._judge_block(buffer, block, end + 1)
            end = buffer.find(END, end + 1, LONGEST)
        self._look.searched = max(self._look.searched, min(len(buffer), LONGEST))
        if len(buffer) < LONGEST:
            return More(is_ours=self._layout_begins(buffer), size=None)
        return Broken("record", LONGEST, "no plausible end") if self._layout_begins(buffer) else FOREIGN

    def _judge_block(self, buffer: bytearray, block: Block, size: int) -> Judgement:
        """Judge a plausible block. It is none where another one begins within it."""
        if START in buffer[1 : block.cells_at]:
            return FOREIGN
        for place, cell in enumerate(block.cells):
            if START in cell and not self._layout.is_well(cell):
                return Broken("record", block.cells_at + place * CELL + cell.index(START), "another block begins")
        return Whole(size, "block")

    def _layout_begins(self, buffer: bytearray) -> bool:
        """Return True when two wells follow each other behind a head that is not too long."""
        if self._look.begins is None:
            begins = self._two_wells(buffer)
            if not begins and len(buffer) < 1 + _LONGEST_HEAD + 2 * CELL:
                return False
            self._look.begins = begins
        return self._look.begins

    def _two_wells(self, buffer: bytearray) -> bool:
        for at in range(1, _LONGEST_HEAD + 2):
            cells = bytes(buffer[at : at + CELL]), bytes(buffer[at + CELL : at + 2 * CELL])
            if all(len(cell) == CELL and self._layout.is_well(cell) and self._layout.is_used(cell) for cell in cells):
                return True
        return False
