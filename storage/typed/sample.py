"""Samples in columns."""

from storage.rows import Row, Taking, Typed
from storage.tables import table
from wire.clocks import readable
from wire.kinds.sample import SampleEvent

SAMPLE = table(
    "sample",
    "event uuid, recorded_at timestamptz, station text, number text, code text, commodity text, stall text,"
    " vendor text, sampled_at timestamptz, flags text, key uuid, revision int4, category text, licence text,"
    " supplier text, origin_place text, lot text, sampler text, produced_on date, purchased_on date,"
    " quantity float8, unit text, way text, items text, task text, scanned text, photo bytea, registrar text",
)


def sample_row(event: SampleEvent, taking: Taking) -> Row:
    """Return the row of a sample. Items stand in it one to a line."""
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
        data.key,
        data.revision,
        data.category,
        data.licence,
        data.supplier,
        data.origin_place,
        data.lot,
        data.sampler,
        data.produced_on,
        data.purchased_on,
        data.quantity,
        data.unit,
        data.way.value if data.way else "",
        "\n".join(data.items),
        data.task,
        data.scanned,
        bytes.fromhex(data.photo) if data.photo else None,
        data.registrar,
    )


TYPED = Typed(SAMPLE, sample_row)
