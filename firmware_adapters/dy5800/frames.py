"""Records of the DY-5800: text fields of fixed width between `P` and `X`, about 162 bytes, no check.

    from the head   P, hole 3, sample 7, item 20, unit 10
    (some bytes that are not documented)
    before the tail concentration 5, absorbance 5, date 6, time, user 10, name 10, X

The middle and the width of the time are not documented, so the record is read from both ends: the first X 150 to 175
bytes behind the P with a plausible tail before it is the end. X may occur in any field and ends nothing by itself.

Plausible is
- a hole with a digit, a sample, an item and a unit in the profile's charset, the item not empty;
- a date yymmdd and a time of 4, 5, 6 or 8 characters (HHMM, HH:MM, HHMMSS, HH:MM:SS); a user and a name without control
  characters. The width that gives a real moment wins, whatever is written for the concentration and the absorbance.
  If none does, those must be numbers, bounds, dashes or a word for none, and the digits of the time are kept with the
  flag `bad_time`: a clock that is wrong costs no result.
A candidate with a plausible head and no such tail is rejected (`record`); without a plausible head it is noise.

A record that was cut and the one behind it must not be read as one: an end does not count when a plausible head stands
before it by the length of the latest good record (162 bytes at first), and the candidate is longer than that.
"""

import re
from dataclasses import dataclass

from firmware_adapters.clocks import Moment, written
from firmware_adapters.fields import padded_text
from firmware_adapters.framing import FOREIGN, Broken, Found, Judgement, More, Whole

HEAD, TAIL = 0x50, 0x58
USUAL, SHORTEST, LONGEST = 162, 150, 175
_HEAD_SIZE = 41
_FIXED_HEAD = re.compile(rb"P(?=[ -~\x00]{0,2}\d)[ -~\x00]{3}[ -~\x00\x81-\xfe]{7}")
# The last word is 无效 in GB2312.
_NUMBER = re.compile(rb"[\x00 ]*(?:[<>+-]?[\d.]{1,5}|[-.]{0,5}|NA|OVER|\xce\xde\xd0\xa7)[\x00 ]*")
_TEXT = re.compile(rb"[^\x01-\x1f\x7f]*")
_TIMES = {
    6: re.compile(rb"\d{6}"),
    8: re.compile(rb"\d\d:\d\d:\d\d"),
    5: re.compile(rb"\d\d:\d\d"),
    4: re.compile(rb"\d{4}"),
}
_CONTROLS = re.compile(rb"[\x01-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a record as bytes; the time read."""

    hole: bytes
    sample: bytes
    item: bytes
    unit: bytes
    middle: bytes
    concentration: bytes
    absorbance: bytes
    moment: Moment
    user: bytes
    name: bytes


def read_fields(record: bytes | bytearray) -> Fields | None:
    """Read the fields of a record; None if the tail is not plausible."""
    user, name = bytes(record[-21:-11]), bytes(record[-11:-1])
    if _CONTROLS.search(user + name):
        return None
    impossible: Fields | None = None
    for width, pattern in _TIMES.items():
        at = len(record) - 21 - width
        day, time = bytes(record[at - 6 : at]), bytes(record[at : at + width])
        numbers = bytes(record[at - 16 : at - 11]), bytes(record[at - 11 : at - 6])
        if not (day.isdigit() and pattern.fullmatch(time)) or at - 16 < _HEAD_SIZE:
            continue
        moment = _moment(day.decode(), time.decode().replace(":", ""))
        rule = _NUMBER if moment.at is None else _TEXT
        if not all(map(rule.fullmatch, numbers)):
            continue
        head = bytes(record[1:4]), bytes(record[4:11]), bytes(record[11:31]), bytes(record[31:41])
        fields = Fields(*head, bytes(record[41 : at - 16]), *numbers, moment, user, name)
        if moment.at is not None:
            return fields
        impossible = impossible or fields
    return impossible


def _moment(day: str, time: str) -> Moment:
    clock = ":".join(filter(None, (time[:2], time[2:4], time[4:6])))
    return written(f"{day[:2]}-{day[2:4]}-{day[4:]} {clock}")


class PushGrammar:
    """Grammar of pushed records; the rules stand in the module's text."""

    def __init__(self, charset: str) -> None:
        self._charset = charset
        self._usual = USUAL

    def skip(self, buffer: bytearray, _offset: int, /) -> int:
        found = buffer.find(HEAD)
        return len(buffer) if found < 0 else found

    def judge(self, buffer: bytearray, _offset: int, /) -> Judgement:
        if len(buffer) < _HEAD_SIZE:
            is_possible = len(buffer) < 11 or _FIXED_HEAD.match(buffer) is not None
            return More(is_ours=len(buffer) >= 11, size=USUAL) if is_possible else FOREIGN
        if not self._is_head(buffer, 0):
            return FOREIGN
        end = self._end(buffer)
        if end:
            return Whole(end, "record")
        return Broken("record", self._usual, "no end") if len(buffer) >= LONGEST else More(size=self._usual)

    def _is_head(self, buffer: bytearray, at: int) -> bool:
        if not _FIXED_HEAD.match(buffer, at):
            return False
        (_, sample_flags), (item, item_flags), (_, unit_flags) = (
            padded_text(bytes(buffer[at + first : at + last]), self._charset)
            for first, last in ((4, 11), (11, 31), (31, 41))
        )
        is_text = bool(item) and "bad_name" not in sample_flags + item_flags + unit_flags
        return is_text and not _CONTROLS.search(buffer, at + 11, at + 41)

    def _end(self, buffer: bytearray) -> int:
        """Return the size of the record at the head of the buffer, 0 if there is none (yet)."""
        at = buffer.find(TAIL, SHORTEST - 1, LONGEST)
        while at >= 0:
            if read_fields(buffer[: at + 1]) is not None and not self._has_better(buffer, at + 1):
                return at + 1
            at = buffer.find(TAIL, at + 1, LONGEST)
        return 0

    def _has_better(self, buffer: bytearray, size: int) -> bool:
        """Return True when a record of the usual length ends in the same place."""
        begin = size - self._usual
        return begin > 0 and self._is_head(buffer, begin)

    def took(self, frame: Found) -> None:
        self._usual = len(frame.data)

    def lost(self, end: int) -> None:
        """Keep the usual length."""

    def gave_up(self, offset: int) -> None:
        """Keep the usual length."""
