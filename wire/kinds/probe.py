"""Probe events: times in which a continuous value could not be had, or was beyond its limit for too long."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from wire.kinds.envelope import Data, Envelope, Word
from wire.kinds.kind import Item, Kind
from wire.terms import Comparison, ProbeState

# Why a probe ended that the station does not read any more; nobody knows how it is.
NOT_READ = "not read any more"
Channel = Annotated[int | None, Field(ge=0, le=1_000_000, description="which probe or slave of the device")]


class ProbeLimit(Data):
    """Limit of a continuous value; violated when `value <comparison> limit` held for `for_s` seconds."""

    comparison: Comparison
    value: float
    for_s: Annotated[float, Field(ge=0)] = 0.0


class ProbeV1(Data):
    """Start or end of a time in which a probe was not `ok`; both share the key. `lasted_s`: how long it had lasted when
    the event was recorded. `value` is the last one that was read.

    State `ok`, with a key of its own: the agent has begun anew and found the probe well, or does not read it any more
    (reason NOT_READ), so whatever it reported before is over."""

    key: UUID
    phase: Literal["start", "end"]
    state: ProbeState
    quantity: Word
    channel: Channel = None
    reason: Annotated[str, Field(max_length=200)] = ""
    value: float | None = None
    unit: Annotated[str, Field(max_length=32)] = ""
    lasted_s: Annotated[float, Field(ge=0)] = 0.0
    limit: ProbeLimit | None = None


class ProbeEvent(Envelope):
    type: Literal["shian.probe.v1"]
    data: ProbeV1


class ProbeItem(Item):
    """Change of a probe's state in the feed, as the centre has it: out of range is what its limit says."""

    kind: Literal["probe"] = "probe"
    station: str
    device: str
    quantity: str
    channel: int | None
    state: ProbeState
    at: AwareDatetime


KIND = Kind("probe", ProbeEvent, item=ProbeItem, is_urgent=False)
