"""Event -> typed rows, in the order of storage.tables. Pure: ingest writes them, and the walk of the chains makes them
again from the ledger to see whether somebody changed them.

`moment` is wire.clocks' answer for the event: a row never says a time that the centre does not believe. A time of the
device whose year cannot be read back is left out of its row, which costs the time and not the test."""

import json
from datetime import datetime
from typing import Any, Protocol

from wire.clocks import Moment, readable
from wire.kinds import Event
from wire.kinds.camera import CameraEvent
from wire.kinds.reading import ReadingEvent
from wire.kinds.result import ResultEvent
from wire.kinds.sample import SampleEvent
from wire.terms import Verdict

Row = tuple[Any, ...]


class Ruling(Protocol):
    """The verdicts of a result: the effective one, that of the limit table, and the code of the limit that decided."""

    @property
    def verdict(self) -> Verdict: ...
    @property
    def decided(self) -> Verdict: ...
    @property
    def limit(self) -> str | None: ...


def result_row(event: ResultEvent, ruling: Ruling, received_at: datetime, moment: Moment) -> Row:
    """In the order of tables.RESULT."""
    data, sample = event.data, event.data.sample
    return (
        event.id,
        moment.at,
        event.station,
        event.device or "",
        received_at,
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
        " ".join((*data.flags, *moment.flags)),
    )


def sample_row(event: SampleEvent, moment: Moment) -> Row:
    """In the order of tables.SAMPLE."""
    data = event.data
    return (
        event.id,
        moment.at,
        event.station,
        data.number,
        data.code,
        data.commodity,
        data.stall,
        data.vendor,
        readable(data.sampled_at),
        " ".join(moment.flags),
    )


def reading_row(event: ReadingEvent, moment: Moment) -> Row:
    """In the order of tables.READING."""
    data = event.data
    at = (event.id, moment.at, event.station, event.device or "")
    value = (data.quantity, data.value, data.unit, readable(data.measured_at), data.channel)
    return (*at, *value, " ".join(moment.flags))


def camera_row(event: CameraEvent, moment: Moment) -> Row:
    """In the order of tables.CAMERA_EVENT."""
    data = event.data
    evidence = json.dumps(data.evidence, ensure_ascii=False, sort_keys=True)
    at = (event.id, moment.at, event.station, event.device or "")
    return (*at, data.key, data.phase, data.kind, data.zone, evidence, " ".join(moment.flags))


def event_row(
    event: Event,
    body: bytes,
    digest: bytes,
    received_at: datetime,
    *,
    station: str,
    device: str | None,
    recorded_at: datetime,
) -> Row:
    """In the order of tables.EVENT."""
    return (
        event.stream,
        event.sequence,
        event.id,
        station,
        device,
        event.type,
        recorded_at,
        received_at,
        bytes.fromhex(event.previoushash),
        digest,
        body,
    )
