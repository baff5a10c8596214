"""The envelope: the CloudEvents attributes that every event carries, and the types that its data is made of."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from wire.strict import Moment

MAX_SEQUENCE = 2**63 - 1
ZERO_HASH = "0" * 64
CONTENT_TYPE = "application/cloudevents+json"
MAX_FLAGS = 32

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="sha256, 64 lower-case hex digits")]
Word = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=2000)]
Words = Annotated[tuple[Word, ...], Field(max_length=MAX_FLAGS)]
Sequence = Annotated[int, Field(ge=1, le=MAX_SEQUENCE)]
STATION_PATTERN = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"
Source = Annotated[str, Field(pattern=rf"^/stations/{STATION_PATTERN}(?:/devices/[A-Za-z0-9._:-]{{1,64}})?$")]


class Model(BaseModel):
    """A part of a message: never changed, and an attribute that we do not know is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Data(Model):
    """Data of an event: the base of each kind's data."""


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
        """Return the device's name, or None for an event of the agent itself."""
        parts = self.source.split("/")
        return parts[4] if len(parts) == 5 else None


class NotUnderstood(Envelope):
    """A sound envelope around data that this version does not understand: of a type that it does not know, or with
    words that are newer. The bytes are stored as those of any event, so that the chain has no hole; `why` says what is
    not understood. A later version reads the same bytes."""

    type: Annotated[str, Field(pattern=r"^shian\.[a-z][a-z0-9_]{0,39}\.v[1-9][0-9]{0,3}$")]
    data: object
    why: Annotated[str, Field(exclude=True)] = ""
