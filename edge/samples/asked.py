"""The requests about samples, as another process may send them. Bounded: what is longer is refused."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from wire.terms import HandlingStep, SampleWay, Verdict

Short = Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f]*$")]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Said(Asked):
    """All that may be said of a sample. A field that is not given stays as it is."""

    code: Short | None = None
    commodity: Short | None = None
    category: Short | None = None
    stall: Short | None = None
    vendor: Short | None = None
    licence: Short | None = None
    supplier: Short | None = None
    origin_place: Short | None = None
    lot: Short | None = None
    sampler: Short | None = None
    sampled_at: AwareDatetime | None = None
    produced_on: date | None = None
    purchased_on: date | None = None
    quantity: Annotated[float | None, Field(ge=0, allow_inf_nan=False)] = None
    unit: Annotated[str, Field(max_length=32)] | None = None
    way: SampleWay | None = None
    items: Annotated[tuple[Short, ...], Field(max_length=16)] | None = None
    task: Short | None = None
    scanned: Annotated[str, Field(max_length=400)] | None = None
    photo: Hash | None = None


class Register(Said):
    """Registration of a sample. `request` is a name by the caller: asked again, the answer is the same sample. `like`:
    number or key of a sample that this one takes over what is not said."""

    request: UUID
    who: Short = ""
    like: Short = ""


class Amend(Said):
    """Correction of a sample, or more about it. `revision`: the one that the caller has seen."""

    sample: Short
    revision: Annotated[int, Field(ge=1)]
    who: Short = ""


class Well(Asked):
    """Place of a sample in a run. Without an item: whatever is tested there."""

    channel: Annotated[int, Field(ge=0, le=1_000_000)]
    sample: Short
    item: Short = ""


class LayOut(Asked):
    """Layout of the next run of a device, in place of the one before. No wells: there is none."""

    device: Short
    wells: Annotated[tuple[Well, ...], Field(max_length=200)] = ()
    who: Short = ""


class LinkTo(Asked):
    """Link of a result to its sample; None: to none. `revision`: the one of its links that the caller has seen."""

    result: UUID
    sample: Short | None = None
    revision: Annotated[int, Field(ge=0)]
    who: Short = ""
    why: Annotated[str, Field(max_length=500)] = ""


class TypeResult(Asked):
    """Result that a person read by eye. `request` is a name by the caller: asked again, it is the same result. Without
    a value the verdict says it all. `second`: who looked at it as well."""

    request: UUID
    sample: Short = ""
    item: Short
    item_name: Short = ""
    value: Annotated[float | None, Field(allow_inf_nan=False)] = None
    value_text: Short = ""
    unit: Annotated[str, Field(max_length=32)] = ""
    verdict: Verdict | None = None
    method: Short = ""
    standard: Short = ""
    tested_at: AwareDatetime | None = None
    is_retest: bool = False
    photo: Hash | None = None
    who: Short
    second: Short = ""


class ImportedRow(Asked):
    """Result in a file of another program. `key` names the row within its profile, for ever."""

    key: Annotated[str, Field(min_length=1, max_length=500)]
    device: Short = ""
    record: Short = ""
    sample_number: Short = ""
    commodity: Short = ""
    stall: Short = ""
    vendor: Short = ""
    item: Short
    item_name: Short = ""
    value: Annotated[float | None, Field(allow_inf_nan=False)] = None
    value_text: Short = ""
    unit: Annotated[str, Field(max_length=32)] = ""
    verdict: Verdict | None = None
    standard: Short = ""
    tested_at: AwareDatetime | None = None
    tested_at_text: Annotated[str, Field(max_length=64)] = ""
    operator: Short = ""


class ImportResults(Asked):
    """Results of a file, some at a time; those that came before are folded."""

    profile: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    rows: Annotated[tuple[ImportedRow, ...], Field(max_length=50)]


class Handle(Asked):
    """Step of a person about a failed test. `request` is a name by the caller: asked again, nothing more is done.
    `done_at`: when, where that was not now."""

    request: UUID
    result: UUID
    step: HandlingStep
    to: Short = ""
    done_at: AwareDatetime | None = None
    note: Annotated[str, Field(max_length=500)] = ""
    photo: Hash | None = None
    who: Short = ""


class OfDevice(Asked):
    device: Short = ""


class Samples(Asked):
    """Samples, the last registered first. `text`: in number, code, food, stall or vendor. `waiting`: those that wait to
    be tested."""

    text: Short = ""
    waiting: bool = False
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    before: Annotated[int, Field(ge=0, description="registered_ms of the last one of the page before")] = 2**62


class OneSample(Asked):
    sample: Short


class Results(Asked):
    """Results, the newest first. `unlinked`: those without a sample."""

    unlinked: bool = False
    sample: Short = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    before: Annotated[int, Field(ge=0, description="number of the last one of the page before")] = 2**62


class Wait(Asked):
    """Patience until something is recorded behind `after`, or so many seconds."""

    after: Annotated[int, Field(ge=0)]
    seconds: Annotated[float, Field(ge=0, le=60)] = 30.0


class Scan(Asked):
    """A code that a scanner read. `field`: where it arrived."""

    text: Annotated[str, Field(min_length=1, max_length=400)]
    field: Short = ""


class Hello(Asked):
    pass
