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
    flags: str = ""


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


class CameraItem(Model):
    """What happened to a camera event; `media` are the hashes that this phase of it names."""

    kind: Literal["camera"] = "camera"
    id: UUID
    station: str
    device: str
    key: UUID
    phase: Literal["start", "update", "end"]
    what: str
    zone: str
    media: tuple[str, ...]
    recorded_at: AwareDatetime


class MediaItem(Model):
    """A picture or a clip has arrived and can be looked at."""

    kind: Literal["media"] = "media"
    station: str
    device: str
    key: UUID
    hash: str
    type: str


Item = ResultItem | AlertItem | StationItem | DeviceItem | CameraItem | MediaItem
ITEMS: TypeAdapter[tuple[Item, ...]] = TypeAdapter(tuple[Annotated[Item, Field(discriminator="kind")], ...])
