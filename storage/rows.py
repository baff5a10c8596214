"""Event -> typed rows, in the order of storage.tables. Pure: ingest writes them, and the walk of the chains makes them
again from the ledger to see whether somebody changed them."""

import json
from datetime import datetime
from typing import Any, Protocol

from wire.events import CameraEvent, Event, ReadingEvent, ResultEvent, SampleEvent
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


def result_row(event: ResultEvent, ruling: Ruling, received_at: datetime) -> Row:
    """In the order of tables.RESULT."""
    data, sample = event.data, event.data.sample
    return (
        event.id,
        event.time,
        event.station,
        event.device or "",
        received_at,
        data.measured_at,
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
        " ".join(data.flags),
    )


def sample_row(event: SampleEvent) -> Row:
    """In the order of tables.SAMPLE."""
    data = event.data
    return (
        event.id,
        event.time,
        event.station,
        data.number,
        data.code,
        data.commodity,
        data.stall,
        data.vendor,
        data.sampled_at,
    )


def reading_row(event: ReadingEvent) -> Row:
    """In the order of tables.READING."""
    data = event.data
    at = (event.id, event.time, event.station, event.device or "")
    return (*at, data.quantity, data.value, data.unit, data.measured_at, data.channel)


def camera_row(event: CameraEvent) -> Row:
    """In the order of tables.CAMERA_EVENT."""
    data = event.data
    evidence = json.dumps(data.evidence, ensure_ascii=False, sort_keys=True)
    device = event.device or ""
    return (event.id, event.time, event.station, device, data.key, data.phase, data.kind, data.zone, evidence)


def event_row(
    event: Event, body: bytes, digest: bytes, received_at: datetime, *, station: str, device: str | None
) -> Row:
    """In the order of tables.EVENT."""
    return (
        event.stream,
        event.sequence,
        event.id,
        station,
        device,
        event.type,
        event.time,
        received_at,
        bytes.fromhex(event.previoushash),
        digest,
        body,
    )
