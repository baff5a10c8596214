"""Probe events in columns."""

from storage.rows import Row, Taking, Typed
from storage.tables import table
from wire.kinds.probe import ProbeEvent

PROBE_EVENT = table(
    "probe_event",
    "event uuid, recorded_at timestamptz, station text, device text, key uuid, phase text, state text, quantity text,"
    " channel int4, reason text, value float8, unit text, lasted_s float8, comparison text, bound float8,"
    " for_s float8, flags text",
)


def probe_row(event: ProbeEvent, taking: Taking) -> Row:
    """Return the row of a probe event."""
    data, limit = event.data, event.data.limit
    at = (event.id, taking.moment.at, event.station, event.device or "")
    said = (data.key, data.phase, data.state.value, data.quantity, data.channel, data.reason, data.value, data.unit)
    bound = (limit.comparison.value, limit.value, limit.for_s) if limit else (None, None, None)
    return (*at, *said, data.lasted_s, *bound, " ".join(taking.moment.flags))


TYPED = Typed(PROBE_EVENT, probe_row)
