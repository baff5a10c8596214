"""Accepted frames -> records -> the readings of a message (LIS01-A2 6.3.1, LIS02-A2 6).

The unit of acceptance is the message: its readings come out when its L record is complete, so that the caller has them
on disk before the frame that completed it is acknowledged. A message that never gets its L gives its complete results
when it ends (EOT, ENQ, a new H, silence, the end of the input), flagged `message_incomplete`; the record that was
being received is rejected.

Doubts
- ETX without CR: the record is over by the standard, but a device may cut with ETX. It waits: if the next frame begins
  a record it was whole, else the texts are joined. An L is complete at once, since the answer depends on it.
- LF between records, where CR should be: taken as an end only before what looks like a record.
- A device that never sends an L is acknowledged before its message ends. The quirk `no_terminator` gives its results
  frame by frame instead.
- After a gap (see `link.Gap`) text is dropped up to the next record's end unless it is known to begin a record.
- A gap in the frame numbers alone is none where the records go on: the last was ended, the next begins with the number
  that its kind has reached. For a result that is not enough where one to three frames are missing, as after a loss,
  unless two frames of this transfer that follow one another had the same number: then the numbers say nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from firmware_adapters.astm.link import Gap
from firmware_adapters.astm.records import (
    PADDING,
    Delimiters,
    Record,
    declared_delimiters,
    has_record_start,
    parse_record,
    starts_message,
)
from firmware_adapters.astm.results import Context, ResultReader
from firmware_adapters.astm.siblings import Waiting, with_times
from firmware_adapters.astm.transfers import Transfers
from firmware_adapters.contract import Concluded, FrameRejected, Output, Reading
from firmware_adapters.copies import Copies
from firmware_adapters.profile import Profile

MAX_RECORD = 1024 * 1024
MAX_WAITING = 1024 * 1024
JOINED = "record"
MAX_COMMENT = 1000
MAX_TESTS = 1000
PARENTS = "HPOL"
LIKELY_LOSS = (1, 2, 3)
SAME_NUMBER = 7


class _Counts:
    """Counts of the records of each kind, below the record of the level above."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._previous = ""

    def took(self, record: Record) -> None:
        number = record.text(2)
        if record.kind in PARENTS:
            held = PARENTS[: PARENTS.index(record.kind)]
            self._last = {kind: last for kind, last in self._last.items() if kind in (*held, record.kind)}
        self._last[record.kind] = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0
        self._previous = record.kind

    def goes_on(self, record: Record) -> bool:
        """Return True when `record` is the next of its kind. A comment counts from the record that it belongs to."""
        is_first = record.kind not in self._last or (record.kind == "C" and self._previous != "C")
        return record.text(2) == str(1 if is_first else self._last[record.kind] + 1)


@dataclass(slots=True)
class _Unfinished:
    """The record whose end has not come. `is_cut`: a part of it is missing. `is_closed`: by ETX, without CR."""

    offset: int = 0
    pieces: list[bytes] = field(default_factory=list)
    size: int = 0
    is_cut: bool = False
    is_closed: bool = False

    def take(self, piece: bytes, offset: int) -> None:
        if not self.pieces:
            self.offset = offset
        if piece:
            self.pieces.append(piece)
            self.size += len(piece)


class Transcript:
    """The texts of accepted frames in, readings and rejected records out."""

    def __init__(self, profile: Profile, reader: ResultReader) -> None:
        self._charset = profile.charset
        self._reader = reader
        self._is_eager = profile.has_quirk("no_terminator")
        self._delimiters = Delimiters()
        self._context = Context()
        self._unfinished = _Unfinished()
        self._waiting: list[Waiting] = []
        self._order = 0
        self._waiting_size = 0
        self._hangs_on_result = False
        self._tests: set[str] = set()
        self._counts = _Counts()
        self._numbers_lie = False
        self._copies = Copies()
        self._transfers = Transfers()
        self.is_answered = True

    @property
    def field_delimiter(self) -> str:
        return self._delimiters.field

    def add(self, text: bytes, offset: int, *, is_last: bool, gap: Gap | None) -> Iterator[Output]:
        """Add the text of the next frame; `is_last` when ETX closed it."""
        if gap is not None:
            yield from self._bear(gap, text)
        elif self._unfinished.is_closed and has_record_start(text, self.field_delimiter):
            yield from self._finish()
        self._unfinished.is_closed = False
        *ended, rest = text.split(b"\r")
        for piece in ended:
            self._unfinished.take(piece, offset)
            yield from self._finish()
        self._unfinished.take(rest, offset)
        if self._unfinished.size > MAX_RECORD:
            yield from self._drop("too_long")
            self._unfinished.is_cut = True
        if is_last and self._unfinished.is_cut:
            yield from self._finish()
        elif is_last and self._unfinished.pieces:
            yield from self._close()
        if self._is_eager:
            yield from self._release()

    def begin(self) -> Iterator[Output]:
        """Begin a transfer."""
        if self._transfers.begin():
            yield Concluded()

    def conclude(self) -> Iterator[Output]:
        """Conclude the transfer: its sender knows that all of it was accepted."""
        if self._transfers.conclude():
            yield Concluded()

    def interrupt(self, reason: str) -> Iterator[Output]:
        """Give up the message: no more of it will come."""
        if self._unfinished.is_closed:
            yield from self._finish()
        yield from self._drop("record" if self._unfinished.is_cut else reason)
        yield from self._release("message_incomplete")
        self._copies.forget()
        self._context = Context()
        self._counts = _Counts()
        self._numbers_lie = False

    def _bear(self, gap: Gap, text: bytes) -> Iterator[Output]:
        """Handle a gap: text is missing before `text`."""
        if self._unfinished.is_closed:
            yield from self._finish()
        if gap.numbers is not None and self._goes_on(text, gap.numbers):
            self._numbers_lie |= gap.numbers == SAME_NUMBER
            return
        is_at_start = gap.ends_record or (gap.ends_record is None and not self._unfinished.pieces)
        if starts_message(text) or (is_at_start and has_record_start(text, self.field_delimiter)):
            yield from self._drop("record")
        else:
            self._unfinished.is_cut = True
        self._hangs_on_result = False
        if not gap.keeps_parents:
            self._context = self._context.after_gap()
            self._tests.clear()
            self._order += 1

    def _goes_on(self, text: bytes, missing: int) -> bool:
        """Return True when the records show that none is missing before `text`, whatever the frame numbers say."""
        if self._unfinished.pieces or not has_record_start(text, self.field_delimiter):
            return False
        first = parse_record(text.lstrip(PADDING).split(b"\r")[0], self._delimiters, self._charset)
        # Each order counts its results from 1, so the right number of an R does not prove that no order is missing.
        is_loss = first is not None and first.kind == "R" and missing in LIKELY_LOSS and not self._numbers_lie
        return first is not None and not is_loss and self._counts.goes_on(first)

    def _close(self) -> Iterator[Output]:
        """Handle an ETX without CR: an L is complete, any other record waits for the beginning of the next frame."""
        if self._unfinished.size < 64 and b"".join(self._unfinished.pieces).lstrip(PADDING).startswith(b"L"):
            yield from self._finish()
        else:
            self._unfinished.is_closed = True

    def _finish(self) -> Iterator[Output]:
        """Finish the unfinished record: it is complete."""
        unfinished, self._unfinished = self._unfinished, _Unfinished()
        whole = b"".join(unfinished.pieces)
        if unfinished.is_cut:
            if whole.strip(PADDING):
                yield FrameRejected("record", unfinished.offset, whole, JOINED)
            return
        for raw in self._records(whole):
            yield from self._record(raw, unfinished.offset)

    def _records(self, whole: bytes) -> list[bytes]:
        if b"\n" not in whole:
            parts = [whole]
        else:
            mark = re.escape(self.field_delimiter.encode("latin-1", "replace"))
            parts = re.split(rb"\n(?=[HPORCQMSL]" + mark + rb")", whole)
        return [part for part in (part.lstrip(PADDING).rstrip(b"\n\x00") for part in parts) if part]

    def _record(self, raw: bytes, offset: int) -> Iterator[Output]:
        if starts_message(raw):
            yield from self._release("message_incomplete")
            self._copies.forget()
            self._delimiters = declared_delimiters(raw, self._charset)
        record = parse_record(raw, self._delimiters, self._charset)
        if record is None:
            yield FrameRejected("record", offset, raw, JOINED)
            return
        if record.kind == "R":
            yield from self._result(record, raw, offset)
        elif record.kind == "C" and self._hangs_on_result:
            self._comment(record)
        elif record.kind == "L":
            yield from self._release()
        if record.kind in PARENTS:
            self._tests.clear()
            self._order += 1
        self._counts.took(record)
        self._context = self._context.below(record)
        self._hangs_on_result = record.kind == "R" or (record.kind == "C" and self._hangs_on_result)

    def _result(self, record: Record, raw: bytes, offset: int) -> Iterator[Output]:
        reading = self._copies.numbered(self._reader.read(record, self._context, raw, offset))
        name = ""
        if self.is_answered:
            above = (parent.fields for parent in (self._context.patient, self._context.order) if parent is not None)
            name, went_on = self._transfers.name(
                *("\r".join(fields).encode("utf-8", "surrogatepass") for fields in above), raw
            )
            if went_on:
                yield Concluded()
        yield from self._wait(replace(reading, flags=(*reading.flags, *self._repeated(record)), transfer=name))

    def _repeated(self, record: Record) -> tuple[str, ...]:
        """Return the flag of a test that its order had before. Some analyzers send a test and its rerun under one
        order: both are kept, the later one is marked. The same test in another unit (a clotting time in seconds and as
        INR) is no rerun."""
        test = record.written(3) and f"{record.written(3)}\n{record.written(5)}"
        if not test or test in self._tests:
            return ("repeated",) if test else ()
        if len(self._tests) < MAX_TESTS:
            self._tests.add(test)
        return ()

    def _wait(self, reading: Reading) -> Iterator[Output]:
        self._waiting.append(Waiting(self._order, reading))
        self._waiting_size += len(reading.raw) + 1024
        if self._waiting_size > MAX_WAITING:
            yield from self._release("message_incomplete")

    def _comment(self, record: Record) -> None:
        text = record.text(4)
        if not self._waiting or not text:
            return
        order, reading = self._waiting[-1].order, self._waiting[-1].reading
        before = reading.extra.get("comment")
        comment = (f"{before}; {text}" if before else text)[:MAX_COMMENT]
        commented = replace(reading, extra=MappingProxyType({**reading.extra, "comment": comment}))
        self._waiting[-1] = Waiting(order, commented)

    def _release(self, *flags: str) -> Iterator[Output]:
        for reading in with_times(self._waiting):
            yield replace(reading, flags=(*reading.flags, *flags)) if flags else reading
        self._waiting.clear()
        self._waiting_size = 0
        self._hangs_on_result = False

    def _drop(self, reason: str) -> Iterator[Output]:
        unfinished, self._unfinished = self._unfinished, _Unfinished()
        whole = b"".join(unfinished.pieces)
        if whole.strip(PADDING):
            yield FrameRejected(reason, unfinished.offset, whole, JOINED)
