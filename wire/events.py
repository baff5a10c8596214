"""The events: CloudEvents 1.0 in structured JSON, one pydantic model a type (wire/kinds/). They are the one schema;
docs/asyncapi.yaml and docs/schemas/ are generated from them.

An attribute that we do not know is ignored, as CloudEvents asks: the exact bytes are what is stored. A new meaning is a
new type (`.v2`), never a changed one; golden bytes of each version stay in tests/contract for ever.
"""

from typing import Annotated, cast
from uuid import UUID

from pydantic import Field, TypeAdapter

from wire.kinds import BY_DATA, Event
from wire.kinds.agent import MAX_RUNS, Again, AgentEvent, AgentV1, Damaged
from wire.kinds.camera import CameraEvent, CameraV1
from wire.kinds.checkpoint import CheckpointEvent, CheckpointV1
from wire.kinds.device import DeviceEvent, DeviceV1
from wire.kinds.envelope import CONTENT_TYPE, MAX_FLAGS, MAX_SEQUENCE, STATION_PATTERN, ZERO_HASH, Data, Model
from wire.kinds.reading import ReadingEvent, ReadingV1
from wire.kinds.result import POSSIBLE_REPEAT, Limit, ResultEvent, ResultV1
from wire.kinds.sample import SampleEvent, SampleV1
from wire.strict import Moment

# For modules that are about to move; new code imports from wire.kinds.
__all__ = [
    "CONTENT_TYPE",
    "EVENT",
    "MAX_FLAGS",
    "MAX_RUNS",
    "MAX_SEQUENCE",
    "POSSIBLE_REPEAT",
    "STATION_PATTERN",
    "ZERO_HASH",
    "Again",
    "AgentEvent",
    "AgentV1",
    "CameraEvent",
    "CameraV1",
    "CheckpointEvent",
    "CheckpointV1",
    "Damaged",
    "Data",
    "DeviceEvent",
    "DeviceV1",
    "Event",
    "Limit",
    "Model",
    "ReadingEvent",
    "ReadingV1",
    "ResultEvent",
    "ResultV1",
    "SampleEvent",
    "SampleV1",
    "new_event",
    "source_of",
]

EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")])


def new_event(
    data: Data,
    *,
    event_id: UUID,
    source: str,
    time: Moment,
    stream: UUID,
    sequence: int,
    previous_hash: str,
    original_id: UUID | None = None,
    clock_offset_s: float | None = None,
) -> Event:
    """Return the event that carries `data`. Raises pydantic.ValidationError when an attribute is out of bounds."""
    kind = BY_DATA[type(data)]
    event = kind.event.model_validate(
        {
            "specversion": "1.0",
            "type": kind.event_type,
            "id": event_id,
            "source": source,
            "time": time,
            "stream": stream,
            "sequence": sequence,
            "previoushash": previous_hash,
            "originalid": original_id,
            "clockoffset": clock_offset_s,
            "data": data,
        }
    )
    return cast("Event", event)


def source_of(station: str, device: str | None = None) -> str:
    """Return the source of a station's events, or of those of one of its devices."""
    return f"/stations/{station}/devices/{device}" if device else f"/stations/{station}"
