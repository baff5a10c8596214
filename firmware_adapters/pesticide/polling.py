"""Asking: the requests and their times, one at a time, and only after the line was quiet for `gap_s`: a repeated or
late frame is then never taken for the answer to the request behind it.

    request out
      -> a complete answer                       -> the next request of the round, or rest for `poll_s`
      -> records, then silence before the last   -> the same request again, `repeats` times in all; the same short
                                                    answer twice is what the tester has to say
      -> silence, LZ-4000T                       -> ping; answered: the request once more; silence again: an empty day
      -> silence, TL-310, or of a ping           -> back off, doubling up to `backoff_s`; go on where the round stood

A round of the LZ-4000T: ping, then today, tomorrow and yesterday, for the tester's clock may show another day than
ours; after an outage also the days since the last whole round; at first contact `first_days`, every `recheck_s` a week.

A round of the TL-310: at first contact all records; then the last one. When that is not the one of the round before,
something was measured: the days from that record's to this one's are read (by the tester's own dates, so no clock of
ours is needed), or all, where a date makes no sense. The memory is not read again just to see whether there is news.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from firmware_adapters.pesticide import requests
from firmware_adapters.pesticide.options import Options
from firmware_adapters.pesticide.records import Record

_A_DAY = timedelta(days=1)
_LONGEST_SPAN = timedelta(days=7)
_LONGEST_GAP = timedelta(days=31)
_RECHECKED = timedelta(days=7)


class Want(StrEnum):
    """Frame that completes the answer to a request."""

    PONG = "pong"
    LAST = "last"
    TRAIN = "train"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request. `was_silent`: it had no answer before, though the tester was alive."""

    data: bytes
    want: Want
    was_silent: bool = False


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """An answer that stayed incomplete after all repeats."""

    got: int
    total: int


class Rounds(Protocol):
    """Rounds of requests to one model; each model has a class."""

    @property
    def can_ping(self) -> bool: ...

    def begin(self, now: float) -> list[Ask]: ...

    def read(self, record: Record) -> None:
        """Take one record of a train."""
        ...

    def read_last(self, record: Record | None) -> list[Ask]:
        """Take the answer to "the last record" (None: there is none) and return the requests that follow from it."""
        ...

    def finished(self) -> None:
        """Note that every request of this round was answered."""
        ...


class ByDay:
    """LZ-4000T. Without `today` (nobody told the day) it is pinged only."""

    can_ping = True

    def __init__(self, options: Options, today: Callable[[], date] | None) -> None:
        self._options = options
        self._today = today
        self._read_through: date | None = None
        self._asked: date | None = None
        self._recheck_at = 0.0

    def begin(self, now: float) -> list[Ask]:
        ping = Ask(requests.LZ_PING, Want.PONG)
        today = self._today() if self._today else None
        if today is None or not requests.can_ask(today):
            return [ping]
        self._asked = today
        beside = {today + _A_DAY, today - _A_DAY}
        days = _days(self._first(today, now), today + _A_DAY)
        others = [day for day in days if day != today and requests.can_ask(day)]
        # Both days beside are asked again in the next round, so that their silence is believed at once; before a first
        # whole round it is not.
        has_read = self._read_through is not None
        return [
            ping,
            Ask(requests.lz_day(today), Want.TRAIN),
            *(
                Ask(requests.lz_day(other), Want.TRAIN, was_silent=has_read and other in beside)
                for other in reversed(others)
            ),
        ]

    def _first(self, today: date, now: float) -> date:
        """Return the first day to ask for: one before the last whole round, for the tester may be a day behind. Where
        our own clock went back since, the days are those of a first contact."""
        far = today - timedelta(days=max(self._options.first_days, 1))
        known = self._read_through
        first = far if known is None or today < known else known - _A_DAY
        if now >= self._recheck_at:
            self._recheck_at = now + self._options.recheck_s
            first = min(first, max(far, today - _RECHECKED))
        # After a long outage a month is asked for at most, or as many days as at a first contact where those are more.
        return max(first, min(far, today - _LONGEST_GAP))

    def read(self, record: Record) -> None:
        """Ignore the record: a day is asked for again while it may be the tester's, whichever records there are."""

    def read_last(self, record: Record | None) -> list[Ask]:  # noqa: ARG002 - never asked for
        return []

    def finished(self) -> None:
        self._read_through = self._asked


class ByNews:
    """TL-310."""

    can_ping = False

    def __init__(self) -> None:
        self._is_first = True
        self._known: Record | None = None
        self._latest: Record | None = None
        self._read: set[bytes] = set()

    def begin(self, now: float) -> list[Ask]:  # noqa: ARG002 - the tester's own dates decide
        self._read.clear()
        last = Ask(requests.TL_LAST, Want.LAST)
        return [Ask(requests.TL_ALL, Want.TRAIN), last] if self._is_first else [last]

    def read(self, record: Record) -> None:
        self._read.add(record.key)

    def read_last(self, record: Record | None) -> list[Ask]:
        self._latest = record
        if record is None or record.key in self._read or (self._known and self._known.key == record.key):
            return []
        known = self._known.day if self._known else None
        if known and record.day and timedelta(0) <= record.day - known <= _LONGEST_SPAN:
            return [Ask(requests.tl_day(day), Want.TRAIN) for day in _days(known, record.day)]
        return [Ask(requests.TL_ALL, Want.TRAIN)]

    def finished(self) -> None:
        self._is_first = False
        self._known = self._latest


class Poller:
    """The dialogue with one tester. Give it every good frame, and `tick` it at its `deadline`. `rounds_read` counts the
    rounds in which everything that was asked for was answered."""

    def __init__(self, options: Options, rounds: Rounds, now: float) -> None:
        self._options = options
        self._rounds = rounds
        self._queue: deque[Ask] = deque()
        self._waiting: Ask | None = None
        self._got: set[bytes] = set()
        self._got_before: set[bytes] | None = None
        self._total = 0
        self._is_damaged = False
        self._tries = 0
        self._silences = 0
        self._is_whole = True
        self.rounds_read = 0
        self._began_at = now
        self.deadline = now

    def heard(self, now: float) -> None:
        """Take a good frame of any kind: the tester lives, and the line is not quiet yet."""
        self._silences = 0
        pause = self._options.reply_s if self._waiting else self._options.gap_s
        self.deadline = max(self.deadline, now + pause)

    def damaged(self) -> None:
        """Take bytes that are no good frame. A record of this answer may have been in them."""
        self._is_damaged = True

    def other(self, now: float) -> None:
        """Take a frame that is no record. Only a ping waits for one."""
        if self._waiting and self._waiting.want is Want.PONG:
            self._complete(now)

    def record(self, record: Record | None, now: float) -> None:
        """Take a record, or None for an answer without records."""
        match self._waiting:
            case Ask(want=Want.PONG):
                self._complete(now)
            case Ask(want=Want.LAST):
                self._queue.extend(self._rounds.read_last(record))
                self._complete(now)
            case Ask(want=Want.TRAIN):
                if record:
                    self._got.add(record.key)
                    self._total = record.total
                    self._rounds.read(record)
                if record is None or len(self._got) >= self._total:
                    self._complete(now)
            case _:
                pass

    def tick(self, now: float) -> tuple[bytes | None, BrokenOff | None]:
        """Act on the deadline. Return a request to send, and the loss of the last answer, if it broke off."""
        ask = self._waiting
        if ask is None:
            if not self._queue:
                self._began_at = now
                self._queue.extend(self._rounds.begin(now))
            return self._send(self._queue.popleft(), now), None
        if self._got:
            return self._broke_off(ask, now)
        return self._silence(ask, now), None

    def _broke_off(self, ask: Ask, now: float) -> tuple[bytes | None, BrokenOff | None]:
        self._tries += 1
        if self._got == self._got_before and not self._is_damaged:
            # The tester has no more than this, whatever its total says.
            self._complete(now)
            return None, None
        if self._tries >= self._options.repeats:
            lost = BrokenOff(len(self._got), self._total)
            self._is_whole = False
            self._complete(now)
            return None, lost
        self._got_before, self._got = self._got, set()
        return self._send(ask, now), None

    def _silence(self, ask: Ask, now: float) -> bytes | None:
        if ask.was_silent:
            self._complete(now)
            return None
        if self._rounds.can_ping and ask.want is Want.TRAIN:
            self._queue.appendleft(replace(ask, was_silent=True))
            return self._send(Ask(requests.LZ_PING, Want.PONG), now)
        self._silences += 1
        if self._queue:
            self._queue[0] = replace(self._queue[0], was_silent=False)
        self._queue.appendleft(ask)
        self._waiting = None
        wait = self._options.reply_s * 2.0 ** min(self._silences, 16)
        self.deadline = self._began_at = now + min(wait, self._options.backoff_s)
        return None

    def _complete(self, now: float) -> None:
        """Complete the request: its answer is whole, or as whole as it will be. After the last one of the round, rest
        at least as long as the round took, so that a tester with a long day is left alone half of the time."""
        self._waiting = None
        self._got, self._got_before, self._tries = set(), None, 0
        self.deadline = now + self._options.gap_s
        if not self._queue:
            if self._is_whole:
                self._rounds.finished()
                self.rounds_read += 1
            self._is_whole = True
            self.deadline = now + max(self._options.poll_s, now - self._began_at)

    def _send(self, ask: Ask, now: float) -> bytes:
        self._waiting = ask
        self._total = 0
        self._is_damaged = False
        self.deadline = now + self._options.reply_s
        return ask.data


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]
