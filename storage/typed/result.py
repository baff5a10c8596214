"""Results in columns."""

from storage.rows import Row, Ruling, Taking, Typed
from storage.tables import table
from wire.clocks import readable
from wire.kinds.result import JUDGED_DIFFERENTLY, ResultEvent, ResultV1

RESULT = table(
    "result",
    "event uuid, recorded_at timestamptz, station text, device text, received_at timestamptz,"
    " measured_at timestamptz, measured_at_text text, adapter text, profile text, identity bytea, item text,"
    " item_name text, role text, origin text, sample text, commodity text, stall text, vendor text, run text,"
    " channel int4, record text, method text, standard text, value float8, value_text text, unit text, verdict text,"
    " decided_verdict text, device_verdict text, decided_by text, operator text, is_retest bool, flags text",
)


def result_row(event: ResultEvent, taking: Taking) -> Row:
    """Return the row of a result that was judged."""
    data, sample, ruling = event.data, event.data.sample, taking.ruling
    assert ruling is not None, "a result is judged before it has a row"
    return (
        event.id,
        taking.moment.at,
        event.station,
        event.device or "",
        taking.received_at,
        readable(data.measured_at),
        data.measured_at_text,
        data.adapter,
        data.profile,
        bytes.fromhex(data.identity),
        data.item,
        data.item_name,
        data.role.value,
        data.origin.value,
        sample.number,
        sample.commodity,
        sample.stall,
        sample.vendor,
        data.run,
        data.channel,
        data.record,
        data.method,
        data.standard,
        data.value,
        data.value_text,
        data.unit,
        ruling.verdict.value,
        ruling.decided.value,
        data.device_verdict.value if data.device_verdict else None,
        ruling.limit,
        data.operator,
        data.is_retest,
        " ".join((*data.flags, *taking.moment.flags, *ruling.flags, *_difference(data, ruling))),
    )


def _difference(data: ResultV1, ruling: Ruling) -> tuple[str, ...]:
    """Return the flag of a result that the station's limit table judged otherwise."""
    said = data.station_verdict
    return () if said is None or said is ruling.decided else (JUDGED_DIFFERENTLY,)


TYPED = Typed(RESULT, result_row)
