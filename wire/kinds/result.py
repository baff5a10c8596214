"""Results: one item-test of one sample each."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from wire.kinds.envelope import Data, Envelope, Hash, Model, Word, Words
from wire.kinds.kind import Item, Kind
from wire.kinds.sample import SampleV1
from wire.strict import Moment
from wire.terms import Comparison, Origin, Role, Verdict

# Among the flags of a result: nothing that the device says tells the test from others for ever.
NO_IDENTITY = "no_identity"
# Among the flags of a row: the limit table of the station decided otherwise than the centre's.
JUDGED_DIFFERENTLY = "judged_differently"
# Among the flags of a result: all that the device said was recorded before, and nothing proves or excludes a repeat.
POSSIBLE_REPEAT = "possible_repeat"


class Limit(Model):
    """Limit that a value is held against: it is violated when `value <comparison> value_limit` holds."""

    comparison: Comparison
    value: float
    unit: Annotated[str, Field(max_length=32)]
    standard: Annotated[str, Field(max_length=200)] = ""


class ResultV1(Data):
    """One item-test of one sample (or of a control or a blank), as the edge recorded it."""

    identity: Annotated[Hash, Field(description="content-keyed: the same test read twice has the same identity")]
    adapter: Word
    profile: Word
    item: Annotated[Word, Field(description="our item code, or the device's own where the profile maps none")]
    item_name: Annotated[str, Field(max_length=200)] = ""
    role: Role = Role.SAMPLE
    origin: Origin = Origin.INSTRUMENT
    sample: SampleV1 = SampleV1()
    run: Annotated[str, Field(max_length=200)] = ""
    channel: Annotated[int | None, Field(ge=0, le=1_000_000)] = None
    record: Annotated[str, Field(max_length=200, description="the device's own number of the record")] = ""
    method: Annotated[str, Field(max_length=200)] = ""
    standard: Annotated[str, Field(max_length=200, description="the standard that the record itself names")] = ""
    value: float | None = None
    value_text: Annotated[str, Field(max_length=2000, description="the value exactly as the device wrote it")] = ""
    unit: Annotated[str, Field(max_length=32)] = ""
    limit: Annotated[Limit | None, Field(description="the limit that the device itself applied")] = None
    device_verdict: Verdict | None = None
    measured_at: Annotated[Moment | None, Field(description="best guess of the device's clock in UTC")] = None
    measured_at_text: Annotated[str, Field(max_length=64, description="the device's clock as it wrote it")] = ""
    operator: Annotated[str, Field(max_length=200)] = ""
    is_retest: bool = False
    limits_version: Annotated[
        str, Field(max_length=64, description="of the limit table by which the station judged; empty: it did not")
    ] = ""
    station_verdict: Annotated[Verdict | None, Field(description="by the station's limit table")] = None
    photo: Annotated[Hash | None, Field(description="of a card that was read by eye")] = None
    second: Annotated[str, Field(max_length=200, description="who looked at it as well")] = ""
    flags: Words = ()
    raw: Annotated[str, Field(max_length=16384, description="base64 of the bytes that were decoded")] = ""


class ResultEvent(Envelope):
    type: Literal["shian.result.v1"]
    data: ResultV1


class ResultItem(Item):
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


KIND = Kind("result", ResultEvent, item=ResultItem, is_urgent=True)
