"""Samples: the tested food and its origin, as an event of its own or within a result."""

from typing import Annotated, Literal

from pydantic import Field

from wire.kinds.envelope import Data, Envelope
from wire.kinds.kind import Kind
from wire.strict import Moment


class SampleV1(Data):
    """Sample that was tested, and its origin. Everything but the number may be unknown at the station."""

    number: Annotated[str, Field(max_length=200)] = ""
    code: Annotated[str, Field(max_length=200, description="bag or bar code")] = ""
    commodity: Annotated[str, Field(max_length=200, description="the food, as the station calls it")] = ""
    category: Annotated[str, Field(max_length=200)] = ""
    stall: Annotated[str, Field(max_length=200)] = ""
    vendor: Annotated[str, Field(max_length=200)] = ""
    supplier: Annotated[str, Field(max_length=200)] = ""
    origin_place: Annotated[str, Field(max_length=200)] = ""
    lot: Annotated[str, Field(max_length=200)] = ""
    sampler: Annotated[str, Field(max_length=200)] = ""
    sampled_at: Moment | None = None


class SampleEvent(Envelope):
    type: Literal["shian.sample.v1"]
    data: SampleV1


KIND = Kind("sample", SampleEvent, item=None, is_urgent=False)
