"""The events: CloudEvents 1.0 in structured JSON, one pydantic model a type. These models are the one schema;
docs/asyncapi.yaml and docs/schemas/ are generated from them (`wire.documents`).

An attribute that we do not know is ignored, as CloudEvents asks: the exact bytes are what is stored. A new meaning is a
new type (`.v2`), never a changed one; golden bytes of each version stay in tests/contract for ever.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from wire.strict import Moment
from wire.terms import Comparison, Origin, Role, Verdict

MAX_SEQUENCE = 2**63 - 1
ZERO_HASH = "0" * 64
CONTENT_TYPE = "application/cloudevents+json"
MAX_FLAGS = 32
MAX_RUNS = 200
# Among the flags of a result: all that the device said was recorded before, and nothing proves or excludes a repeat.
POSSIBLE_REPEAT = "possible_repeat"

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="sha256, 64 lower-case hex digits")]
Word = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=2000)]
Words = Annotated[tuple[Word, ...], Field(max_length=MAX_FLAGS)]
Sequence = Annotated[int, Field(ge=1, le=MAX_SEQUENCE)]
STATION_PATTERN = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"
Source = Annotated[str, Field(pattern=rf"^/stations/{STATION_PATTERN}(?:/devices/[A-Za-z0-9._:-]{{1,64}})?$")]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Limit(Model):
    """What a value is held against: it is violated when `value <comparison> value_limit` holds."""

    comparison: Comparison
    value: float
    unit: Annotated[str, Field(max_length=32)]
    standard: Annotated[str, Field(max_length=200)] = ""


class SampleV1(Model):
    """What was tested and where it came from. Everything but the number may be unknown at the station."""

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


class ResultV1(Model):
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
    flags: Words = ()
    raw: Annotated[str, Field(max_length=16384, description="base64 of the bytes that were decoded")] = ""


class ReadingV1(Model):
    """One sample of a continuous value: cold chain, core temperature, humidity."""

    quantity: Word
    value: float
    unit: Annotated[str, Field(max_length=32)]
    channel: Annotated[int | None, Field(ge=0, le=1_000_000, description="which probe or slave of the device")] = None
    measured_at: Moment | None = None


class CameraV1(Model):
    """A camera event; `start`, `update` and `end` of one event share the key."""

    key: UUID
    phase: Literal["start", "update", "end"]
    kind: Word
    zone: Annotated[str, Field(max_length=200)] = ""
    evidence: Annotated[dict[Word, float], Field(max_length=32)] = {}
    media: Annotated[tuple[Hash, ...], Field(max_length=16)] = ()


class DeviceV1(Model):
    """What happened to a device. `clock_skew_s` is device minus edge. `adapter`: what reads it, `camera` for cameras,
    which tell of themselves by no result; empty: the results say."""

    state: Literal["online", "offline", "fault", "clock_skew"]
    reason: Annotated[str, Field(max_length=200)] = ""
    detail: Text = ""
    clock_skew_s: float | None = None
    adapter: Annotated[str, Field(max_length=64)] = ""


class Damaged(Model):
    """An event whose bytes no longer have the hash that they were recorded with: it is never sent. Its number is
    accounted for by this, and `hash` is what the event after it names."""

    sequence: Sequence
    hash: Hash


class Again(Model):
    """A run of numbers of a stream that was given up: what stood under them has no receipt and is recorded again in the
    stream that follows, but for checkpoints. `hash` is that of the event `last`, so that an event of somebody else who
    wrote in that stream is told apart."""

    first: Sequence
    last: Sequence
    hash: Hash


class AgentV1(Model):
    """What happened to the agent itself: started, stopped, spool full, a worker restarted, events damaged on its disk.

    `replaces`, `cause` and `rerecorded` are said once, by the first event of a stream that was begun because the stream
    `replaces` is not what the centre has of it: `behind` (the spool is an older copy), `diverged` (somebody else wrote
    under its numbers); so many events without a receipt were recorded again, and `again` names their numbers in the
    stream that was given up. With the cause `salvaged` the stream goes on: `replaces` is that of a spool put aside,
    which was read."""

    state: Literal["started", "stopped", "spool_full", "spool_writable", "worker_restarted", "spool_damaged"]
    version: Annotated[str, Field(max_length=64)] = ""
    detail: Text = ""
    replaces: UUID | None = None
    cause: Annotated[str, Field(max_length=64)] = ""
    rerecorded: Annotated[int, Field(ge=0)] = 0
    unreadable: Annotated[int, Field(ge=0, description="of a salvaged spool: events that cannot be read")] = 0
    damaged: Annotated[tuple[Damaged, ...], Field(max_length=100)] = ()
    again: Annotated[tuple[Again, ...], Field(max_length=MAX_RUNS)] = ()


class CheckpointV1(Model):
    """The agent's signature over the head of its chain: it covers every event up to `sequence` (see wire.chain)."""

    sequence: Sequence
    hash: Hash
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="Ed25519 public key, hex")]
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$", description="Ed25519 signature, hex")]


class Envelope(Model):
    """The CloudEvents attributes that every event carries."""

    specversion: Literal["1.0"]
    id: UUID
    source: Source
    time: Annotated[Moment, Field(description="when the edge recorded it")]
    datacontenttype: Literal["application/json"] = "application/json"
    stream: Annotated[UUID, Field(description="new when a spool is made anew")]
    sequence: Annotated[Sequence, Field(description="1, 2, 3 ... without gaps in a stream")]
    previoushash: Annotated[Hash, Field(description="sha256 of the preceding event's exact bytes; zeros for the first")]
    originalid: Annotated[
        UUID | None, Field(description="of the event in an earlier stream that this one records again")
    ] = None
    clockoffset: Annotated[
        float | None, Field(description="seconds, station minus centre, where the station knows that its clock is off")
    ] = None

    @property
    def station(self) -> str:
        return self.source.split("/", 3)[2]

    @property
    def device(self) -> str | None:
        """The device's name, or None for an event of the agent itself."""
        parts = self.source.split("/")
        return parts[4] if len(parts) == 5 else None


class ResultEvent(Envelope):
    type: Literal["shian.result.v1"]
    data: ResultV1


class SampleEvent(Envelope):
    type: Literal["shian.sample.v1"]
    data: SampleV1


class ReadingEvent(Envelope):
    type: Literal["shian.reading.v1"]
    data: ReadingV1


class CameraEvent(Envelope):
    type: Literal["shian.camera.v1"]
    data: CameraV1


class DeviceEvent(Envelope):
    type: Literal["shian.device.v1"]
    data: DeviceV1


class AgentEvent(Envelope):
    type: Literal["shian.agent.v1"]
    data: AgentV1


class CheckpointEvent(Envelope):
    type: Literal["shian.checkpoint.v1"]
    data: CheckpointV1


Event = ResultEvent | SampleEvent | ReadingEvent | CameraEvent | DeviceEvent | AgentEvent | CheckpointEvent
EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")])

Data = ResultV1 | SampleV1 | ReadingV1 | CameraV1 | DeviceV1 | AgentV1 | CheckpointV1
_EVENT_OF: dict[type[Model], tuple[type[Event], str]] = {
    ResultV1: (ResultEvent, "shian.result.v1"),
    SampleV1: (SampleEvent, "shian.sample.v1"),
    ReadingV1: (ReadingEvent, "shian.reading.v1"),
    CameraV1: (CameraEvent, "shian.camera.v1"),
    DeviceV1: (DeviceEvent, "shian.device.v1"),
    AgentV1: (AgentEvent, "shian.agent.v1"),
    CheckpointV1: (CheckpointEvent, "shian.checkpoint.v1"),
}


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
    """The event that carries `data`. Raises pydantic.ValidationError when an attribute is out of bounds."""
    kind, name = _EVENT_OF[type(data)]
    return kind.model_validate(
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


def source_of(station: str, device: str | None = None) -> str:
    return f"/stations/{station}/devices/{device}" if device else f"/stations/{station}"
