"""Samples in columns."""

from storage.rows import Row, Taking, Typed
from storage.tables import table
from wire.clocks import readable
from wire.kinds.sample import SampleEvent

SAMPLE = table(
    "sample",
    "event uuid, recorded_at timestamptz, station text, number text, code text, commodity text, stall text,"
    " vendor text, sampled_at timestamptz, flags text",
)


def sample_row(event: SampleEvent, taking: Taking) -> Row:
    """Return the row of a sample."""
    data = event.data
    return (
        event.id,
        taking.moment.at,
        event.station,
        data.number,
        data.code,
        data.commodity,
        data.stall,
        data.vendor,
        readable(data.sampled_at),
        " ".join(taking.moment.flags),
    )


TYPED = Typed(SAMPLE, sample_row)
