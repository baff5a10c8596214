"""Samples: the tested food and its origin, as an event of its own or within a result."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from wire.kinds.envelope import Data, Envelope, Hash, Word
from wire.kinds.kind import Kind
from wire.strict import Moment
from wire.terms import SampleWay

MAX_ITEMS = 16


class SampleV1(Data):
    """Sample that was tested, and its origin. Everything but the number may be unknown at the station.

    A sample that was registered has a `key`: what is said of it later is another event with the same key and a higher
    `revision`. The time of registration is that of the event; `sampled_at` is what the sampler says."""

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
    key: Annotated[UUID | None, Field(description="the same in all that is said of one registered sample")] = None
    revision: Annotated[int, Field(ge=1, le=1_000_000, description="1, 2, 3 ...; the highest one holds")] = 1
    licence: Annotated[str, Field(max_length=200, description="licence or credit code of the vendor")] = ""
    produced_on: date | None = None
    purchased_on: date | None = None
    quantity: Annotated[float | None, Field(ge=0)] = None
    unit: Annotated[str, Field(max_length=32, description="of the quantity")] = ""
    way: Annotated[SampleWay | None, Field(description="sampled by the station, or brought by a citizen")] = None
    items: Annotated[tuple[Word, ...], Field(max_length=MAX_ITEMS, description="what it is to be tested for")] = ()
    task: Annotated[str, Field(max_length=200, description="code of the sampling task")] = ""
    scanned: Annotated[str, Field(max_length=400, description="the code that was scanned, as the scanner read it")] = ""
    photo: Hash | None = None
    registrar: Annotated[str, Field(max_length=200, description="who registered it")] = ""


class SampleEvent(Envelope):
    type: Literal["shian.sample.v1"]
    data: SampleV1


KIND = Kind("sample", SampleEvent, item=None, is_urgent=False)
