"""The time of a result that has none: that of a sibling, a result under the same order.

GeneXpert writes the time of a test with its first result and leaves it out with the analytes below it (SPC, Ct). The
nearest sibling before it counts, else the first behind it. It stands before the time at which the test was ordered and
that of the message, which are of other days when a memory is sent later; never before a time of the order's report.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from firmware_adapters.contract import Reading
from wire.terms import TimeSource

REPORTED, ORDERED, SENT, OF_SIBLING = "time_of_order", "time_of_ordering", "time_of_message", "time_of_sibling"
_WEAKER = frozenset((ORDERED, SENT))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reading of a message that is not over, and the number of the order that it stands under."""

    order: int
    reading: Reading


def with_times(waiting: Iterable[Waiting]) -> Iterator[Reading]:
    """Yield the readings, each with the time that is nearest to its own."""
    held = list(waiting)
    first: dict[int, Reading] = {}
    for one in held:
        if _has_own_time(one.reading):
            first.setdefault(one.order, one.reading)
    latest = dict(first)
    for one in held:
        sibling = latest.get(one.order)
        if _has_own_time(one.reading):
            latest[one.order] = one.reading
        yield _with_time_of(sibling, one.reading) if sibling and _is_without(one.reading) else one.reading


def _has_own_time(reading: Reading) -> bool:
    return reading.measured_at is not None and not {REPORTED, OF_SIBLING, *_WEAKER} & set(reading.flags)


def _is_without(reading: Reading) -> bool:
    return not reading.measured_at_text or bool(_WEAKER & set(reading.flags))


def _with_time_of(sibling: Reading, reading: Reading) -> Reading:
    flags = [flag for flag in reading.flags if flag not in _WEAKER]
    # Not a time of this test's own: it must fold nothing.
    return replace(
        reading,
        measured_at=sibling.measured_at,
        measured_at_text=sibling.measured_at_text,
        time_source=TimeSource.ORDER,
        flags=(*flags, OF_SIBLING),
    )
