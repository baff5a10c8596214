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
from firmware_adapters.contract import FrameRejected, Output, Reading
from firmware_adapters.profile import Profile

MAX_RECORD = 1024 * 1024
MAX_WAITING = 1024 * 1024
JOINED = "record"
MAX_COMMENT = 1000
MAX_TESTS = 1000
PARENTS = "HPOL"


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
        self._waiting: list[Reading] = []
        self._waiting_size = 0
        self._hangs_on_result = False
        self._tests: set[str] = set()

    @property
    def field_delimiter(self) -> str:
        return self._delimiters.field

    def add(self, text: bytes, offset: int, *, is_last: bool, gap: Gap | None) -> Iterator[Output]:
        """The next frame's text; `is_last` when ETX closed it."""
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

    def interrupt(self, reason: str) -> Iterator[Output]:
        """Nothing more of this message will come."""
        if self._unfinished.is_closed:
            yield from self._finish()
        yield from self._drop("record" if self._unfinished.is_cut else reason)
        yield from self._release("message_incomplete")
        self._context = Context()

    def _bear(self, gap: Gap, text: bytes) -> Iterator[Output]:
        """Text is missing before `text`."""
        if self._unfinished.is_closed:
            yield from self._finish()
        is_at_start = gap.ends_record or (gap.ends_record is None and not self._unfinished.pieces)
        if starts_message(text) or (is_at_start and has_record_start(text, self.field_delimiter)):
            yield from self._drop("record")
        else:
            self._unfinished.is_cut = True
        self._hangs_on_result = False
        if not gap.keeps_parents:
            self._context = self._context.after_gap()
            self._tests.clear()

    def _close(self) -> Iterator[Output]:
        """ETX without CR: an L is complete, anything else waits for what the next frame begins with."""
        if self._unfinished.size < 64 and b"".join(self._unfinished.pieces).lstrip(PADDING).startswith(b"L"):
            yield from self._finish()
        else:
            self._unfinished.is_closed = True

    def _finish(self) -> Iterator[Output]:
        """The unfinished record is complete."""
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
            self._delimiters = declared_delimiters(raw, self._charset)
        record = parse_record(raw, self._delimiters, self._charset)
        if record is None:
            yield FrameRejected("record", offset, raw, JOINED)
            return
        if record.kind == "R":
            reading = self._reader.read(record, self._context, raw, offset)
            yield from self._wait(replace(reading, flags=(*reading.flags, *self._repeated(record))))
        elif record.kind == "C" and self._hangs_on_result:
            self._comment(record)
        elif record.kind == "L":
            yield from self._release()
        if record.kind in PARENTS:
            self._tests.clear()
        self._context = self._context.below(record)
        self._hangs_on_result = record.kind == "R" or (record.kind == "C" and self._hangs_on_result)

    def _repeated(self, record: Record) -> tuple[str, ...]:
        """Some analyzers send a test and its rerun under one order: both are kept, the later one is marked."""
        test = record.written(3)
        if not test or test in self._tests:
            return ("repeated",) if test else ()
        if len(self._tests) < MAX_TESTS:
            self._tests.add(test)
        return ()

    def _wait(self, reading: Reading) -> Iterator[Output]:
        self._waiting.append(reading)
        self._waiting_size += len(reading.raw) + 1024
        if self._waiting_size > MAX_WAITING:
            yield from self._release("message_incomplete")

    def _comment(self, record: Record) -> None:
        text = record.text(4)
        if not self._waiting or not text:
            return
        reading = self._waiting[-1]
        before = reading.extra.get("comment")
        comment = (f"{before}; {text}" if before else text)[:MAX_COMMENT]
        self._waiting[-1] = replace(reading, extra=MappingProxyType({**reading.extra, "comment": comment}))

    def _release(self, *flags: str) -> Iterator[Output]:
        for reading in self._waiting:
            yield replace(reading, flags=(*reading.flags, *flags)) if flags else reading
        self._waiting.clear()
        self._waiting_size = 0
        self._hangs_on_result = False

    def _drop(self, reason: str) -> Iterator[Output]:
        unfinished, self._unfinished = self._unfinished, _Unfinished()
        whole = b"".join(unfinished.pieces)
        if whole.strip(PADDING):
            yield FrameRejected(reason, unfinished.offset, whole, JOINED)
