"""The `urgent` leaf: failed tests pass everything that waits between here and the centre. Pure; times are monotonic
seconds.

No event is risked on it. An older centre does not listen there: the leaf is used once a receipt of this connection
tells the centre's time, which an older centre never did. A broker with an older access list refuses the leaf with a
reason or, as Mosquitto 2.0.11 does, hangs up. So the first event on each connection goes alone, and while it has no
answer the others wait for it or go by `events`. An event that is refused, unheard or overdue goes by `events`, and the
leaf is closed for a while."""

from enum import StrEnum

from edge.uplink.flight import Flight
from wire.receipts import Receipt

# Tests that fail now are never many. Those of an outage may be: a few at once leave the others room at the centre.
_NEW_ROOM = 64
_OLD_ROOM = 4


class Closed(StrEnum):
    """The reason why the leaf was closed."""

    REFUSED = "refused"
    HUNG_UP = "hung_up"
    UNHEARD = "unheard"
    OVERDUE = "overdue"


# An access list changes when somebody installs one, a centre's lane is back in seconds. A connection may also have been
# lost by chance: that is asked again soon, and more and more rarely.
_CLOSED_S = {Closed.REFUSED: 3600.0, Closed.HUNG_UP: 60.0, Closed.UNHEARD: 5.0, Closed.OVERDUE: 60.0}
_LONGEST_S = 3600.0


class UrgentLeaf:
    """The state of the leaf: whether it is open, and the events that are under way on it."""

    def __init__(self, flight: Flight) -> None:
        self.flight = flight
        self._unanswered: dict[int, int] = {}
        self._is_known = self._is_proven = False
        self._closed_until = 0.0
        self._hung_up = 0

    def begin(self, now: float) -> Closed | None:
        """Start anew with a connection. Returns why the leaf is closed when the last one ended at its first event."""
        is_hung_up = bool(self._unanswered) and not self._is_proven
        self._hung_up = self._hung_up + 1 if is_hung_up else self._hung_up
        self.flight.clear()
        self._unanswered.clear()
        self._is_known = self._is_proven = False
        return self._close(Closed.HUNG_UP, now) if is_hung_up else None

    def heard(self, receipt: Receipt) -> None:
        """Learn from any receipt whether the centre listens to the leaf."""
        self._is_known = receipt.at is not None

    def is_open(self, now: float) -> bool:
        return self._is_known and now >= self._closed_until

    def room(self, *, is_new: bool) -> int:
        """Return how many more may be sent now; `is_new`: they failed since the connection began."""
        most = (_NEW_ROOM if is_new else _OLD_ROOM) if self._is_proven else 1
        return most - len(self.flight)

    def sent(self, mid: int, sequence: int, now: float) -> None:
        self._unanswered[mid] = sequence
        self.flight.send(sequence, now)

    def answered(self, mid: int, closed: Closed | None, now: float) -> Closed | None:
        """Note the PUBACK of the packet `mid`, which may have gone by the leaf. Returns why the leaf is closed: its
        event must go by `events`."""
        sequence = self._unanswered.pop(mid, None)
        if sequence is None:
            return None
        if closed is None:
            self._is_proven, self._hung_up = True, 0
            return None
        self.flight.drop(sequence)
        return self._close(closed, now)

    def take_overdue(self, now: float) -> int:
        """Return how many events must go by `events` because no receipt came."""
        overdue = self.flight.take_overdue(now)
        if overdue is None:
            return 0
        self._close(Closed.OVERDUE, now)
        return len(overdue.sequences)

    def _close(self, why: Closed, now: float) -> Closed:
        pause = _CLOSED_S[why] * (2.0 ** min(self._hung_up - 1, 10) if why is Closed.HUNG_UP else 1.0)
        self._closed_until = max(self._closed_until, now + min(pause, _LONGEST_S))
        return why
