"""The events that were sent and have no receipt yet, and the time when they must be taken for lost. Pure; times are
monotonic seconds.

The way to the centre keeps the order, so an event is lost when one that was sent after it has its receipt and it is
itself overdue. When nothing at all comes back, everything is overdue: that is silence, and the patience doubles.

A centre that takes the backlog of a whole district answers late, and events that are sent again then make it later
still. So the patience follows the time that the last receipt took."""

from collections.abc import Iterable
from dataclasses import dataclass

from wire.receipts import Receipt

# How many times as long as the last receipt the next one may take: the window doubles in between.
_AS_LONG = 3


@dataclass(frozen=True, slots=True)
class Overdue:
    """The overdue events. `is_silence`: nothing came back at all."""

    sequences: tuple[int, ...]
    is_silence: bool


class Flight:
    def __init__(self, patience_s: float, longest_s: float) -> None:
        self._first_s = self._patience_s = patience_s
        self._longest_s = longest_s
        self._sent: dict[int, float] = {}
        self._first_sent: dict[int, float] = {}  # what is overdue as well: its receipt may only be late
        self._heard_at = 0.0
        self._newest_done = 0.0

    def __len__(self) -> int:
        return len(self._sent)

    def __contains__(self, sequence: int) -> bool:
        return sequence in self._sent

    def send(self, sequence: int, now: float) -> None:
        if not self._sent:
            self._heard_at = now  # silence is counted from the first event that waits
        self._sent[sequence] = now
        self._first_sent.setdefault(sequence, now)

    def land(self, receipts: Iterable[Receipt], now: float) -> int:
        """Return how many events under way the receipts speak of, refused ones included."""
        through, single = 0, set[int]()
        for receipt in receipts:
            through = max(through, receipt.through)
            single.update(receipt.extra)
            single.update(row.sequence for row in receipt.refused)
        covered = [sequence for sequence in self._first_sent if sequence <= through or sequence in single]
        if not covered:
            return 0
        took = now - max(self._first_sent.pop(sequence) for sequence in covered)
        self._heard_at, self._patience_s = now, min(self._longest_s, max(self._first_s, _AS_LONG * took))
        landed = [sent_at for sequence in covered if (sent_at := self._sent.pop(sequence, None)) is not None]
        self._newest_done = max([self._newest_done, *landed])
        return len(landed)

    def take_overdue(self, now: float) -> Overdue | None:
        """Return the events that must be sent again; they are no longer under way."""
        if not self._sent:
            return None
        if now - self._heard_at > self._patience_s:
            overdue = Overdue(tuple(self._sent), is_silence=True)
            self._patience_s = min(self._longest_s, self._patience_s * 2)
        else:
            due = now - self._first_s
            lost = tuple(sequence for sequence, sent_at in self._sent.items() if sent_at < min(due, self._newest_done))
            if not lost:
                return None
            overdue = Overdue(lost, is_silence=False)
        for sequence in overdue.sequences:
            del self._sent[sequence]
        return overdue

    def next_look_s(self, now: float) -> float:
        """Return when `take_overdue` is worth a call again, in seconds from now."""
        return max(0.05, self._heard_at + self._patience_s - now) if self._sent else self._patience_s

    def drop(self, sequence: int) -> None:
        """Drop an event that is known not to have arrived."""
        self._sent.pop(sequence, None)
        self._first_sent.pop(sequence, None)

    def clear(self) -> None:
        """Forget all events: the connection is lost, and nothing is under way."""
        self._sent.clear()
        self._first_sent.clear()
