"""Is a station's time to be believed? Pure: ingest asks for each event that it stores, and the walk of the ledger asks
again and must get the same answer.

A box without a clock battery begins in 1970, a bad battery or a typing error leads to 2039 or 9998, and a limit table
has no limit for either day. Nobody at the centre can know the true time, but three things give a wrong one away: the
station says so itself (`clockoffset`), the event was recorded after it was received, or before there was a Shian. Then
the time of receipt, which is the centre's, takes the place of the station's: for the day whose limits apply, for
counts, lists and states. The station's own time stays where it is signed, in the event's bytes.

A time that is too early by hours or months and says nothing of it is believed: events do wait that long in a spool.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from wire.kinds.envelope import Envelope

TOLERANCE_S = 300.0
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
NOT_BELIEVED = "clock_not_believed"

_TOLERANCE = timedelta(seconds=TOLERANCE_S)
# With an offset, the first and the last year of the calendar lie partly outside of it: no one could read them back.
_READABLE_YEARS = range(2, 9999)


class Moment(NamedTuple):
    """Time at which an event was recorded, as far as the centre believes it: the station's, else that of the
    receipt."""

    at: datetime
    is_believed: bool

    @property
    def flags(self) -> tuple[str, ...]:
        """Return the words that a row of this moment carries."""
        return () if self.is_believed else (NOT_BELIEVED,)


def judge(said: datetime, received_at: datetime, offset_s: float | None = None) -> Moment:
    """Return the moment of what a station says happened at `said`. `offset_s`: station minus centre, where it knows."""
    is_off = offset_s is not None and abs(offset_s) > TOLERANCE_S
    if is_off or said < EARLIEST or said - received_at > _TOLERANCE:
        return Moment(received_at, is_believed=False)
    return Moment(said, is_believed=True)


def moment_of(event: Envelope, received_at: datetime) -> Moment:
    """Return the moment of an event."""
    return judge(event.time, received_at, event.clockoffset)


def readable(at: datetime | None) -> datetime | None:
    """Return `at`, or None for a year that cannot be read back from a database in every zone."""
    return at if at is not None and at.year in _READABLE_YEARS else None
