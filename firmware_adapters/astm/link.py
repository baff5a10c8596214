"""The order of sound frames (LIS01-A2 6.3.1.2, 6.5): frame numbers, retransmissions, gaps.

The receiver, live. Everything that is not in the table changes nothing and is not answered.

    state     what comes                                      answer  state      the frame is
    any       ENQ                                             ACK     opened
    any       EOT, or 30 s of silence                         -       neutral
    any       a frame with a bad checksum, or too long        NAK     as it was  rejected: checksum, too_long
    neutral   a frame numbered 0 or 1 that begins a message   ACK     within     accepted (the ENQ was lost)
    opened    a frame numbered 0 or 1                         ACK     within     accepted
    within    the same frame again                            ACK     within     a retransmission: nothing new in it
    within    the frame numbered last + 1 modulo 8            ACK     within     accepted
    any       any other sound frame                           NAK     as it was  rejected: sequence

A frame in the middle of a transfer whose ENQ this decoder never saw is refused: the records before it went to a process
that is gone. After six refusals the analyzer ends the transfer and sends the whole message again.

Passive, a sound frame is never condemned for its number: whoever sat on the line took it. But where numbers are
missing, so is text, and `Gap` says what is known of it, so that no record is joined over the hole and no result is
given to the sample of an order that was lost in it. Some analyzers number their frames as they please: where no byte is
missing between two frames, the records may show that none is (see `message.Transcript`).
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from firmware_adapters.astm.frames import ETX, Frame
from firmware_adapters.astm.records import has_record_start, starts_message

CHILD_RECORDS = b"RCMS"
PARENT_RECORDS = b"HPOL"
LONGEST_SEAM = 4
LONGEST_REST = 4096
_CLOSED_REST = re.compile(rb"\x03[0-9A-Fa-f]{2}[\r\n]*\Z")


class Place(StrEnum):
    """Place of a sound frame in its transfer."""

    NEXT = "next"
    REPEAT = "repeat"
    OUT_OF_ORDER = "sequence"


@dataclass(frozen=True, slots=True)
class Gap:
    """Text is missing before this frame. `ends_record`: whether what was lost ended a record (None: none of it was
    seen). `keeps_parents`: it held results, comments and vendor records only, so that the order above still holds.
    `numbers`: how many frame numbers, modulo 8, were left out between two frames with no byte between them."""

    ends_record: bool | None
    keeps_parents: bool
    numbers: int | None = None


@dataclass(slots=True)
class _Lost:
    """Facts about the frames that were refused since the last good one. `rest` holds the bytes outside frames since the
    last of them: where a damaged byte closed a frame early, they are that frame's own."""

    count: int = 0
    last: int = -1
    numbers: set[int] = field(default_factory=set)
    has_only_children: bool = True
    was_closed: bool = True
    was_at_line_end: bool = True
    rest: bytearray = field(default_factory=bytearray)

    @property
    def ends_record(self) -> bool:
        """Return True when the last of the refused frames ended a record."""
        if not self.rest:
            return self.was_closed or self.was_at_line_end
        return self.was_at_line_end or _CLOSED_REST.search(self.rest) is not None

    @property
    def keeps_parents(self) -> bool:
        return self.has_only_children and self.ends_record

    def take(self, raw: bytes, field_delimiter: str) -> None:
        """Count one more refused frame. Its bytes are believed only as far as they call for more care."""
        self.has_only_children = self.count == 0 or self.keeps_parents
        raw = _closed(raw)
        self.count += 1
        # The second byte is the frame number, "0" to "7"; in a refused frame it may itself be damaged.
        self.last = raw[1] - 0x30 if len(raw) > 1 else -1
        self.numbers.add(self.last)
        self.was_closed = len(raw) > 4 and raw[-3] == ETX
        self.was_at_line_end = len(raw) > 4 and raw[-4:-3] in (b"\r", b"\n")
        self.rest.clear()
        # Cut at ETX or ETB: the checksum behind them is no record.
        records = raw[2:].partition(b"\x03")[0].partition(b"\x17")[0].splitlines()
        self.has_only_children &= all(
            record[:1] in CHILD_RECORDS and has_record_start(record, field_delimiter) for record in records if record
        )

    def take_rest(self, data: bytes, field_delimiter: str) -> None:
        self.rest += data[: LONGEST_REST - len(self.rest)]
        records = re.split(rb"[\r\n]", self.rest)
        self.has_only_children &= len(self.rest) < LONGEST_REST and not any(
            record[:1] in PARENT_RECORDS and has_record_start(record, field_delimiter) for record in records if record
        )


@dataclass(slots=True)
class Order:
    """The frame numbers of one line. Pure: the caller answers."""

    is_passive: bool
    ignores_numbers: bool = False
    is_open: bool = False
    _last: Frame | None = None
    _lost: _Lost = field(default_factory=_Lost)

    def open(self) -> None:
        """Begin a transfer: ENQ came."""
        self.close()
        self.is_open = True

    def close(self) -> None:
        """End the transfer: EOT came, or there is nothing more to hope for."""
        self.is_open = False
        self._last = None
        self._lost = _Lost()

    def lose(self, raw: bytes, field_delimiter: str) -> None:
        """Count a frame that was refused."""
        self._lost.take(raw, field_delimiter)

    def stray(self, data: bytes, field_delimiter: str) -> None:
        """Take bytes outside frames."""
        if self._lost.count:
            self._lost.take_rest(data, field_delimiter)

    def place(self, frame: Frame) -> Place:
        """Return the place of a sound frame. Change nothing."""
        last = self._last
        if last is not None and frame.number == last.number and frame.raw == last.raw:
            return Place.REPEAT
        if self.is_passive:
            return Place.NEXT
        # Without ENQ only the beginning of a message opens a transfer: in its middle patient and order are missing.
        if not self.is_open and not starts_message(frame.text):
            return Place.OUT_OF_ORDER
        return Place.NEXT if self.ignores_numbers or self._follows(frame) else Place.OUT_OF_ORDER

    def advance(self, frame: Frame) -> Gap | None:
        """Take a frame whose place is NEXT and return the gap before it, if there is one."""
        gap = self._gap_before(frame)
        self.is_open = True
        self._last = frame
        self._lost = _Lost()
        return gap

    def _follows(self, frame: Frame) -> bool:
        if self._last is None:
            return frame.number in (0, 1)
        return self._last.number is not None and frame.number == (self._last.number + 1) % 8

    def _gap_before(self, frame: Frame) -> Gap | None:
        lost = self._lost
        if self.ignores_numbers:
            is_whole = not self.is_passive or lost.count == 0 or lost.numbers == {frame.number}
        else:
            # The numbers count modulo 8: after seven refused frames the right number may be one of the next round.
            is_whole = self._follows(frame) and lost.count < 7
        if is_whole:
            return None
        if lost.count == 0:
            return Gap(None, keeps_parents=False, numbers=self._missing_before(frame) if self._adjoins(frame) else None)
        # Each lost frame was seen once, or the same ones again.
        is_explained = self._missing_before(frame) in (lost.count % 8, len(lost.numbers))
        adjoins = frame.number is not None and (frame.number - lost.last) % 8 == 1
        return Gap((is_explained or adjoins) and lost.ends_record, is_explained and lost.keeps_parents)

    def _adjoins(self, frame: Frame) -> bool:
        """Return True when nothing but line ends and answers fits between the last frame and this one."""
        return self._last is not None and frame.offset - self._last.offset - len(self._last.raw) <= LONGEST_SEAM

    def _missing_before(self, frame: Frame) -> int | None:
        """Return the number of frames between the last good one and this, modulo 8, as far as their numbers tell."""
        before = self._last.number if self._last else 0 if self.is_open else None
        if before is None or frame.number is None:
            return None
        return (frame.number - before - 1) % 8


def _closed(raw: bytes) -> bytes:
    """Return a frame that was never closed with an ETX before its last two digits where its checksum says that an ETX
    stood there and was damaged; any other frame as it is."""
    whole = raw.rstrip(b"\r\n")
    if len(whole) < 5 or not re.fullmatch(rb"[0-9A-Fa-f]{2}", whole[-2:]):
        return raw
    # The checksum covers everything behind STX up to ETX, so it tells that the byte before its digits was an ETX.
    is_it = (sum(whole[1:-3]) + ETX) & 0xFF == int(whole[-2:], 16)
    return whole[:-3] + bytes((ETX,)) + whole[-2:] if is_it else raw
