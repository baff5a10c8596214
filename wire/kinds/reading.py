"""Readings: single values of what is measured all the time."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from wire.kinds.envelope import Data, Envelope, Word
from wire.kinds.kind import Item, Kind
from wire.strict import Moment


class ReadingV1(Data):
    """One sample of a continuous value: cold chain, core temperature, humidity."""

    quantity: Word
    value: float
    unit: Annotated[str, Field(max_length=32)]
    channel: Annotated[int | None, Field(ge=0, le=1_000_000, description="which probe or slave of the device")] = None
    measured_at: Moment | None = None


class ReadingEvent(Envelope):
    type: Literal["shian.reading.v1"]
    data: ReadingV1


class ReadingItem(Item):
    """Reading in the feed: what a probe shows now."""

    kind: Literal["reading"] = "reading"
    station: str
    device: str
    quantity: str
    channel: int | None
    value: float
    unit: str
    recorded_at: AwareDatetime


KIND = Kind("reading", ReadingEvent, item=ReadingItem, is_urgent=False)
