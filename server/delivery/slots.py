"""The sharing out of delivery slots, of the server and of each subscription. Pure.

    live    first attempts of what has just happened
    late    first attempts of what came long after it happened: the backlog of an outage
    again   retries

None waits for another: live alerts find slots however many others are on their way, the backlog drains however many
live ones come, and a delivery that fails holds up no new one.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from server.settings import DeliverySettings


class Kind(StrEnum):
    LIVE = "live"
    LATE = "late"
    AGAIN = "again"


def kind_of(attempt: int, late_s: float, settings: DeliverySettings) -> Kind:
    """Return the kind of a delivery. `attempt` counts from 1; `late_s`: how old the news was when it came."""
    if attempt > 1:
        return Kind.AGAIN
    return Kind.LIVE if late_s <= settings.live_s else Kind.LATE


@dataclass(frozen=True, slots=True)
class Room:
    """Room for deliveries of `kind`: `most` in all, `each` to a subscription that is not busy, and as `busy` says to
    one that is."""

    kind: Kind
    most: int
    each: int
    busy: dict[UUID, int]


def room(kind: Kind, running: Iterable[tuple[UUID, Kind]], settings: DeliverySettings) -> Room:
    """Return the room that is left. `running`: the subscription and the kind of each delivery that is on its way."""
    under_way = list(running)
    by_kind = Counter(other for _, other in under_way)
    most = settings.concurrency - len(under_way)
    if kind is not Kind.LIVE:
        # The last quarter is for live ones alone.
        most = min(most, _most_but_a_quarter(settings.concurrency) - by_kind[Kind.LATE] - by_kind[Kind.AGAIN])
    if kind is Kind.AGAIN:
        most = min(most, max(1, settings.concurrency // 2) - by_kind[Kind.AGAIN])
        each = 1
    else:
        each = _most_but_a_quarter(settings.each)
    own = Counter(who for who, other in under_way if other is kind)
    firsts = Counter(who for who, other in under_way if other is not Kind.AGAIN)
    busy = {who: each - own[who] for who, _ in under_way}
    if kind is not Kind.AGAIN:
        busy = {who: min(left, settings.each - firsts[who]) for who, left in busy.items()}
    return Room(kind, max(0, most), each, {who: max(0, left) for who, left in busy.items()})


def _most_but_a_quarter(slots: int) -> int:
    return slots - slots // 4
