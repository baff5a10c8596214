"""Camera events: scenes that a camera saw, or reasons not to trust it."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from wire.kinds.envelope import Data, Envelope, Hash, Word
from wire.kinds.kind import Item, Kind


class CameraV1(Data):
    """A camera event; `start`, `update` and `end` of one event share the key."""

    key: UUID
    phase: Literal["start", "update", "end"]
    kind: Word
    zone: Annotated[str, Field(max_length=200)] = ""
    evidence: Annotated[dict[Word, float], Field(max_length=32)] = {}  # noqa: RUF012 - pydantic copies it
    media: Annotated[tuple[Hash, ...], Field(max_length=16)] = ()


class CameraEvent(Envelope):
    type: Literal["shian.camera.v1"]
    data: CameraV1


class CameraItem(Item):
    """Phase of a camera event in the feed; `media` are the hashes that this phase names."""

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


KIND = Kind("camera", CameraEvent, item=CameraItem, is_urgent=False)
