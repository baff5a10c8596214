"""Frames of the DY-6200 and DY-6400. All begin with 6A; none has a check.

    6A 5A A5 69       hello, echoed by the tester, which then sends the end mark
    6A 5B A4 69       read: the records follow, then the end mark
    6A 99 x 8         the end mark
    13 bytes          a record of the DY-6200: 6A, number LE16, value LE16 / 100, item, verdict, BCD yy MM dd HH mm ss
    9 bytes           a record of the DY-6400: 6A, value BCD / 10 (two bytes), kind, BCD yy MM dd, number LE16

A command is 6A, a code, its complement, 69. **Code 5D erases the memory: it is not in this code.**

There is no check, so plausibility decides (`_faults`):
- DY-6200: the verdict is 1 to 4, the time is BCD and a real one;
- DY-6400: the value is BCD, the date is BCD and a real one.
A time of zeros alone is one: a clock that was never set costs no result (flag `bad_time`).
A candidate with one fault that stands where a record is due (behind a record, a command, the end mark, or at the very
beginning) with a head right behind it is a record too: neither an impossible day nor an erased one (FF, flag
`bad_time`) nor a verdict that is not documented (flag `unknown_verdict`) costs a result. Elsewhere one with one fault
is rejected (`record`), one with more is noise. The end mark and commands look like no record: 99 is no verdict and no
month, and 69 in the place of the value comes with a number that is a complement. A record that is plausible is one even
if it begins as a command does.

Behind a record comes a head (6A): the next record, a command, the end mark. So where two plausible records overlap
(noise `6A xx` before a record, whose bytes then pass for one two places early), the one that no head follows gives way
to the one within it that a head follows, and where none follows either, to one whose year is likelier. When nothing
more comes, the first one stands if its year is likely, else it is rejected.

Nine bytes that pass for a record of the DY-6400 and are the first of thirteen that are one of the DY-6200, with a head
right behind those, are a record of the other model, and rejected.
"""

import re
from typing import Literal

from firmware_adapters.asking import exactly
from firmware_adapters.clocks import Coding, Moment, bcd_number, six_bytes
from firmware_adapters.framing import FOREIGN, Broken, Found, Judgement, Mark, More, Stateless, Whole

Model = Literal["6200", "6400"]

HEAD = 0x6A
HELLO, READ = b"\x6a\x5a\xa5\x69", b"\x6a\x5b\xa4\x69"
END = b"\x6a" + b"\x99" * 8
REQUESTS = (exactly("hello", HELLO), exactly("read", READ))
SIZES: dict[Model, int] = {"6200": 13, "6400": 9}
_COMMAND = 4
_LIKELY_YEARS = range(2009, 2061)
_NO_DIGITS = 2  # a time that is no BCD counts as two faults
_ENOUGH = 5  # bytes of a record that make it one that was cut short


def time_of(record: bytes | bytearray, model: Model) -> Moment:
    return six_bytes(_time_bytes(record, model), Coding.BCD)


def _time_bytes(record: bytes | bytearray, model: Model) -> bytes | bytearray:
    return record[7:13] if model == "6200" else record[4:7]


def _faults(head: bytearray, model: Model) -> int:
    """Count the rules that the first bytes of a record break, as far as they are there."""
    digits = _time_bytes(head, model)
    has_digits = bcd_number(digits) is not None if digits else True
    if model == "6200":
        other = len(head) > 6 and not 1 <= head[6] <= 4
    else:
        other = len(head) > 1 and bcd_number(head[1:3]) is None
    if not has_digits:
        return _NO_DIGITS + other
    is_no_time = len(head) >= SIZES[model] and any(digits) and time_of(head, model).at is None
    return int(other) + int(is_no_time)


def _is_command(head: bytearray) -> bool:
    return len(head) >= _COMMAND and head[1] ^ head[2] == 0xFF and head[3] == 0x69


class RecordGrammar(Stateless):
    """Grammar of records; the rules stand in the module's text."""

    heads = re.compile(rb"\x6a")

    def __init__(self, model: Model) -> None:
        self._model: Model = model
        self._size = SIZES[model]
        self._due = 0  # where a record or a mark begins, if no byte was lost

    def took(self, frame: Found) -> None:
        self._due = frame.offset + len(frame.data)

    def lost(self, end: int) -> None:
        self._due = end

    def judge(self, buffer: bytearray, offset: int, /) -> Judgement:
        head = buffer[: self._size]
        faults = _faults(head, self._model)
        if not faults:
            return self._judge_unfaulted(head, buffer)
        if _is_command(head):
            return Mark(_COMMAND, "host")
        if END.startswith(head[: len(END)]):
            return Mark(len(END), "end") if len(head) >= len(END) else More(is_ours=False)
        if len(head) < _COMMAND:
            return More(is_ours=False)
        if len(head) < self._size:
            return More(is_ours=len(head) >= _ENOUGH and faults == 1)
        is_erased = faults == _NO_DIGITS and not _time_bytes(head, self._model).strip(b"\xff")
        is_odd = is_erased or (faults == 1 and self._is_readable(head))
        return self._judge_odd(buffer, offset, faults) if is_odd else self._judge_bad(faults)

    def _judge_bad(self, faults: int) -> Judgement:
        return Broken("record", self._size, "not a plausible record") if faults == 1 else FOREIGN

    def _is_readable(self, record: bytearray) -> bool:
        """Return True when the record's one fault leaves a number that can be read."""
        return self._model == "6200" or bcd_number(record[1:3]) is not None

    def _judge_odd(self, buffer: bytearray, offset: int, faults: int) -> Judgement:
        """Judge a whole candidate with one fault: it is a record if everything around it says so."""
        # Only where a record is due: elsewhere this head is more likely a byte of data.
        if offset != self._due:
            return self._judge_bad(faults)
        for place in range(1, self._size):
            rival = buffer[place : place + self._size]
            if rival and rival[0] == HEAD and not _faults(rival, self._model):
                return self._judge_bad(faults) if len(rival) == self._size else More(size=self._size)
        whole = Whole(self._size, "record")
        if len(buffer) == self._size:
            return More(size=self._size, otherwise=whole if offset else None)
        return whole if buffer[self._size] == HEAD else self._judge_bad(faults)

    def _judge_unfaulted(self, head: bytearray, buffer: bytearray) -> Judgement:
        if len(head) == self._size:
            return self._judge_other_model(buffer) or self._judge_overlap(buffer)
        return More(is_ours=len(head) >= _ENOUGH and not _is_command(head), size=self._size)

    def _judge_other_model(self, buffer: bytearray) -> Judgement | None:
        """Judge whether the candidate is the shorter part of a longer record; None: it is not."""
        longer = SIZES["6200"]
        # The first bytes of a 6200's record may pass for a whole record of the shorter model.
        other = buffer[:longer]
        if self._size == longer or other[self._size : self._size + 1] == bytes((HEAD,)) or _faults(other, "6200"):
            return None
        if len(other) < longer:
            return More(size=self._size, otherwise=Whole(self._size, "record"))
        if len(buffer) == longer:
            return More(size=longer)
        return Broken("record", longer, "a record of the other model") if buffer[longer] == HEAD else None

    def _is_likely(self, record: bytearray) -> bool:
        at = time_of(record, self._model).at
        return at is not None and at.year in _LIKELY_YEARS

    def _judge_overlap(self, buffer: bytearray) -> Judgement:
        """Judge a whole record at the head: one that begins within it may fit better into the run."""
        whole = Whole(self._size, "record")
        for place in range(1, self._size):
            rival = buffer[place : place + self._size]
            if rival[0] != HEAD or _faults(rival, self._model):
                continue
            if len(buffer) > self._size and buffer[self._size] == HEAD:
                return whole
            end = place + self._size
            if len(buffer) <= end:
                return More(size=self._size, otherwise=whole if self._is_likely(buffer) else None)
            if buffer[end] == HEAD or self._is_likely(rival) > self._is_likely(buffer):
                return Mark(_COMMAND, "host") if _is_command(buffer) and place >= _COMMAND else FOREIGN
        return whole
