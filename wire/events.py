"""The events: CloudEvents 1.0 in structured JSON, one pydantic model a type (wire/kinds/). They are the one schema;
docs/asyncapi.yaml and docs/schemas/ are generated from them.

An attribute that we do not know is ignored, as CloudEvents asks: the exact bytes are what is stored. A new meaning is a
new type (`.v2`), never a changed one; golden bytes of each version stay in tests/contract for ever.
"""

from typing import Annotated, cast
from uuid import UUID

from pydantic import Field, TypeAdapter

from wire.kinds import BY_DATA, Event
from wire.kinds.envelope import Data
from wire.strict import Moment

EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")])
_MADE_OF = {data: (kind.event, kind.event_type) for data, kind in BY_DATA.items()}


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
    model, name = _MADE_OF[type(data)]
    event = model.model_validate(
        {
            "specversion": "1.0",
            "type": name,
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
