"""Readings in columns."""

from storage.rows import Row, Taking, Typed
from storage.tables import table
from wire.clocks import readable
from wire.kinds.reading import ReadingEvent

READING = table(
    "reading",
    "event uuid, recorded_at timestamptz, station text, device text, quantity text, value float8, unit text,"
    " measured_at timestamptz, channel int4, flags text",
)


def reading_row(event: ReadingEvent, taking: Taking) -> Row:
    """Return the row of a reading."""
    data = event.data
    at = (event.id, taking.moment.at, event.station, event.device or "")
    value = (data.quantity, data.value, data.unit, readable(data.measured_at), data.channel)
    return (*at, *value, " ".join(taking.moment.flags))


TYPED = Typed(READING, reading_row)
