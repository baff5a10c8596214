"""Event -> typed rows. Pure: what a column gets is decided here, how it gets there is storage's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from wire.events import CameraEvent, Event, ReadingEvent, ResultEvent, SampleEvent
from wire.terms import Role, Verdict
from wire.verdicts import AnalyteLimit, decide, effective

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A result with the verdict of the limit table. `verdict` is the effective one; `limit` the code that decided."""

    event: ResultEvent
    day: date
    decided: Verdict
    verdict: Verdict
    limit: str | None

    @property
    def is_sample(self) -> bool:
        return self.event.data.role is Role.SAMPLE

    @property
    def device(self) -> str:
        """The device's name; '' for a result that a person typed in for the station."""
        return self.event.device or ""

    @property
    def sample(self) -> str:
        """What makes two tests of one day tests of the same sample: the device's number and the food. Devices begin
        to count anew, so a number alone is no identity; a result without a number stands for itself."""
        sample = self.event.data.sample
        if not sample.number:
            return str(self.event.id)
        return f"{self.device}/{sample.number}/{sample.commodity}"


class Limits:
    """The limit table, by item: a result looks at the few rows of its own item."""

    def __init__(self, rows: Sequence[AnalyteLimit]) -> None:
        self._by_item: dict[str, list[AnalyteLimit]] = {}
        for row in rows:
            self._by_item.setdefault(row.item, []).append(row)

    def judge(self, event: ResultEvent, day: date) -> Judged:
        data = event.data
        decision = decide(
            self._by_item.get(data.item, ()),
            item=data.item,
            value=data.value,
            unit=data.unit,
            commodity=data.sample.commodity,
            standard=data.standard,
            day=day,
        )
        verdict = effective(decision.verdict, data.device_verdict)
        return Judged(event, day, decision.verdict, verdict, decision.limit.code if decision.limit else None)


def result_row(judged: Judged, received_at: datetime) -> Row:
    """In the order of storage.tables.RESULT."""
    event = judged.event
    data, sample = event.data, event.data.sample
    return (
        event.id,
        event.time,
        event.station,
        judged.device,
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
        judged.verdict.value,
        judged.decided.value,
        data.device_verdict.value if data.device_verdict else None,
        judged.limit,
        data.operator,
        data.is_retest,
        " ".join(data.flags),
    )


def sample_row(event: SampleEvent) -> Row:
    """In the order of storage.tables.SAMPLE."""
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
    """In the order of storage.tables.READING."""
    data = event.data
    device = event.device or ""
    return (event.id, event.time, event.station, device, data.quantity, data.value, data.unit, data.measured_at)


def camera_row(event: CameraEvent) -> Row:
    """In the order of storage.tables.CAMERA_EVENT."""
    data = event.data
    return (event.id, event.time, event.station, event.device or "", data.key, data.phase, data.kind)


def event_row(event: Event, body: bytes, digest: bytes, received_at: datetime) -> Row:
    """In the order of storage.tables.EVENT."""
    return (
        event.stream,
        event.sequence,
        event.id,
        event.station,
        event.device,
        event.type,
        event.time,
        received_at,
        bytes.fromhex(event.previoushash),
        digest,
        body,
    )
