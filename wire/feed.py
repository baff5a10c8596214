"""What the live feed tells a browser. Ingest and server write these items in the transaction that made the news; the
server hands the stored text on unchanged, inside `{"cursor": ..., "items": [...]}`."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, TypeAdapter

from wire.events import Model
from wire.terms import AlertState, Role, Severity, Verdict


class ResultItem(Model):
    kind: Literal["result"] = "result"
    id: UUID
    station: str
    device: str
    item: str
    item_name: str
    sample: str
    commodity: str
    role: Role
    value: float | None
    value_text: str
    unit: str
    verdict: Verdict
    device_verdict: Verdict | None
    measured_at: AwareDatetime | None
    recorded_at: AwareDatetime
    received_at: AwareDatetime


class AlertItem(Model):
    kind: Literal["alert"] = "alert"
    id: UUID
    rule: str
    severity: Severity
    state: AlertState
    station: str
    subject: str
    opened_at: AwareDatetime


class StationItem(Model):
    kind: Literal["station"] = "station"
    station: str
    state: Literal["online", "offline"]
    at: AwareDatetime


class DeviceItem(Model):
    kind: Literal["device"] = "device"
    station: str
    device: str
    state: str
    at: AwareDatetime


Item = ResultItem | AlertItem | StationItem | DeviceItem
ITEMS: TypeAdapter[tuple[Item, ...]] = TypeAdapter(tuple[Annotated[Item, Field(discriminator="kind")], ...])
