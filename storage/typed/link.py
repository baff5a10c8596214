"""Links of results and samples in columns."""

from storage.rows import Row, Taking, Typed
from storage.tables import table
from wire.kinds.link import LinkEvent

LINK = table(
    "link",
    "event uuid, recorded_at timestamptz, station text, result uuid, sample uuid, number text, rule text,"
    " revision int4, who text, why text, flags text",
)


def link_row(event: LinkEvent, taking: Taking) -> Row:
    """Return the row of a link."""
    data = event.data
    said = (data.result, data.sample, data.number, data.rule.value, data.revision, data.who, data.why)
    return (event.id, taking.moment.at, event.station, *said, " ".join(taking.moment.flags))


TYPED = Typed(LINK, link_row)
