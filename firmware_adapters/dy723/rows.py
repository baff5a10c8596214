"""Rows of the DY-723PC, GB2312 text:

    host     %D2012-01-01D2012-01-31~
    tester   R,no,hole,item,abs,value,unit,verdict,time,check,  ...  FINISH

Rules
- A row is `R,` and nine fields, each ended by a comma (the last one also by a line end). It is found by counting
  fields: FINISH may be the name of an item. GB2312 has no comma within a hanzi.
- How the check field is made is not documented, so it is kept and not tested, and plausibility decides: number and hole
  are digits (letters may stand before them) or a word for a control or blank, the fields are text in the profile's
  charset (one may be cut within a hanzi, flag `cut_name`), the item is not empty, the time has the form of one (an
  impossible day is flagged: a clock that is wrong costs no result). Else the row is rejected (`record`), and the next
  one is looked for within it.
- A row has at most 200 bytes, and no control characters.
- Line ends, FINISH between rows, and the host's request in a capture are passed over.
"""

import re
from dataclasses import dataclass
from datetime import date

from firmware_adapters.asking import Request
from firmware_adapters.clocks import Moment, is_written, written
from firmware_adapters.fields import joined, padded_text, role_of
from firmware_adapters.framing import FOREIGN, Broken, Judgement, Mark, More, Stateless, Whole
from wire.terms import Role

END = b"FINISH"
FIELDS = 9
LONGEST = 200
_REQUEST = rb"%D\d{4}-\d\d-\d\dD\d{4}-\d\d-\d\d~"
_REQUEST_SIZE = 24
REQUESTS = (Request("days", re.compile(_REQUEST)),)
_ROW = re.compile(rb"R(?:,[^,\x00-\x1f]*){8},[^,\x00-\x1f]*(?:,|(?=[\r\n]))")
_BEGUN = re.compile(rb"R(?:,[^,\x00-\x1f]*){0,9}")
_NUMBER = re.compile(r"[A-Za-z-]{0,8}\d{1,12}", re.ASCII)
_HOLE = re.compile(r"[A-Za-z]?\d{1,3}", re.ASCII)


def request(first: date, last: date) -> bytes:
    return f"%D{first:%Y-%m-%d}D{last:%Y-%m-%d}~".encode()


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of a row, as they are written."""

    number: str
    hole: str
    item: str
    absorbance: str
    value: str
    unit: str
    verdict: str
    moment: Moment
    check: str
    flags: tuple[str, ...] = ()


def read_row(data: bytes | bytearray, charset: str) -> Row | str:
    """Read a row. Return the reason instead where it is none."""
    fields = [padded_text(field, charset) for field in bytes(data).split(b",")[1 : FIELDS + 1]]
    flags = joined(*(flags for _, flags in fields))
    number, hole, item, absorbance, value, unit, verdict, time, check = (text for text, _ in fields)
    if "bad_name" in flags:
        return f"no text in {charset}"
    if not _is_called(number, _NUMBER) or not _is_called(hole, _HOLE):
        return "no number, or no hole"
    if not item:
        return "no item"
    moment = written(time)
    if moment.at is None and not is_written(time):
        return "no time"
    return Row(number, hole, item, absorbance, value, unit, verdict, moment, check, flags)


def _is_called(name: str, form: re.Pattern[str]) -> bool:
    return form.fullmatch(name) is not None or role_of(name) is not Role.SAMPLE


class RowGrammar(Stateless):
    """Grammar of rows; the rules stand in the module's text."""

    heads = re.compile(rb"[RF%\r\n]")

    def __init__(self, charset: str) -> None:
        self._charset = charset

    def judge(self, buffer: bytearray, _offset: int, /) -> Judgement:
        match buffer[:1]:
            case b"R":
                return self._judge_row(buffer)
            case b"F":
                return _judge_mark(buffer, buffer.startswith(END), END.startswith(buffer), len(END), "end")
            case b"%":
                is_whole = re.match(_REQUEST, buffer) is not None
                return _judge_mark(buffer, is_whole, len(buffer) < _REQUEST_SIZE, _REQUEST_SIZE, "host")
            case _:
                return Mark(1, "space")

    def _judge_row(self, buffer: bytearray) -> Judgement:
        if found := _ROW.match(buffer, 0, LONGEST):
            row = read_row(found[0], self._charset)
            return Broken("record", found.end(), row) if isinstance(row, str) else Whole(found.end(), "row")
        begun = _BEGUN.match(buffer, 0, LONGEST)
        size = begun.end() if begun else 0
        is_ours = buffer.startswith(b"R,")
        if size == len(buffer) < LONGEST:
            return More(is_ours=is_ours)
        if not is_ours:
            return FOREIGN
        return Broken("too_long" if size >= LONGEST else "record", size, "no whole row")


def _judge_mark(buffer: bytearray, is_whole: bool, is_begun: bool, size: int, kind: str) -> Judgement:
    if is_whole:
        return Mark(size, kind)
    return More(is_ours=False) if is_begun and len(buffer) < size else FOREIGN
