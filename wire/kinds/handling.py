"""Handlings: what people at the station did about a failed test."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from wire.kinds.envelope import Data, Envelope, Hash, Text
from wire.kinds.kind import Kind
from wire.strict import Moment
from wire.terms import HandlingStep


class HandlingV1(Data):
    """Step of a person at the station about a failed test. `result` is the id that the result's event had first.
    `done_at` is when it was done, as the person says; it was recorded at the event's own time. From `handed_over` on
    the vendor's time for an objection runs: `to` names who took the result, `until` when that time ends."""

    result: UUID
    sample: Annotated[UUID | None, Field(description="key of the sample")] = None
    number: Annotated[str, Field(max_length=200, description="number of the sample, for people")] = ""
    step: HandlingStep
    who: Annotated[str, Field(max_length=200, description="operator")] = ""
    to: Annotated[str, Field(max_length=200, description="to whom the result was given")] = ""
    done_at: Moment | None = None
    until: Annotated[Moment | None, Field(description="end of the time for an objection")] = None
    note: Text = ""
    photo: Annotated[Hash | None, Field(description="of the signature, or of the handing over")] = None


class HandlingEvent(Envelope):
    type: Literal["shian.handling.v1"]
    data: HandlingV1


KIND = Kind("handling", HandlingEvent, item=None, is_urgent=False)
