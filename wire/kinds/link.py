"""Links: which sample a result is of, by which rule or person."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from wire.kinds.envelope import Data, Envelope, Text
from wire.kinds.kind import Kind
from wire.terms import LinkRule


class LinkV1(Data):
    """Statement that a result is of a registered sample. A later one, with a higher `revision`, corrects it; without a
    sample it says that the result has none. `result` is the id that the result's event had first."""

    result: UUID
    sample: Annotated[UUID | None, Field(description="key of the sample")] = None
    number: Annotated[str, Field(max_length=200, description="number of the sample, for people")] = ""
    rule: LinkRule
    revision: Annotated[int, Field(ge=1, le=1_000_000, description="of this result's links; the highest holds")] = 1
    who: Annotated[str, Field(max_length=200, description="operator; empty: the rule by itself")] = ""
    why: Text = ""


class LinkEvent(Envelope):
    type: Literal["shian.link.v1"]
    data: LinkV1


KIND = Kind("link", LinkEvent, item=None, is_urgent=True)
