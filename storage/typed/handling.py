"""Steps that people at the stations took about failed tests, in columns."""

from storage.rows import Row, Taking, Typed
from storage.tables import table
from wire.clocks import readable
from wire.kinds.handling import HandlingEvent

HANDLING = table(
    "handling",
    "event uuid, recorded_at timestamptz, station text, result uuid, sample uuid, number text, step text,"
    " who text, to_whom text, done_at timestamptz, until timestamptz, note text, photo bytea, flags text",
)


def handling_row(event: HandlingEvent, taking: Taking) -> Row:
    """Return the row of a handling."""
    data = event.data
    return (
        event.id,
        taking.moment.at,
        event.station,
        data.result,
        data.sample,
        data.number,
        data.step.value,
        data.who,
        data.to,
        readable(data.done_at),
        readable(data.until),
        data.note,
        bytes.fromhex(data.photo) if data.photo else None,
        " ".join(taking.moment.flags),
    )


TYPED = Typed(HANDLING, handling_row)
