"""Agent events: what happened to the agent of a station, and to its spool."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from wire.kinds.envelope import Data, Envelope, Hash, Model, Sequence, Text
from wire.kinds.kind import Kind

MAX_RUNS = 200
CENTRE_BEHIND = "centre_behind"
MEDIA_LOST: Literal["media_lost"] = "media_lost"


class Damaged(Model):
    """An event whose bytes no longer have the hash that they were recorded with: it is never sent. Its number is
    accounted for by this, and `hash` is what the event after it names."""

    sequence: Sequence
    hash: Hash


class Again(Model):
    """A run of numbers of a stream that was given up: what stood under them has no receipt and is recorded again in the
    stream that follows, but for checkpoints. `hash` is that of the event `last`, so that an event of somebody else who
    wrote in that stream is told apart; the newest numbers stand alone, each with its hash."""

    first: Sequence
    last: Sequence
    hash: Hash


class AgentV1(Data):
    """Event of the agent itself: started, stopped, spool full, a worker restarted, events damaged on its disk.
    `replaces`, `cause` and `rerecorded` are said once, by the first event of a stream that was begun because the centre
    has another content for the stream `replaces`: `behind` (the spool is an older copy), `diverged` (somebody else
    wrote under its numbers); so many events without a receipt were recorded again, and `again` names their numbers in
    the stream that was given up. With the cause `salvaged` the stream goes on: `replaces` is that of a spool put aside,
    which was read, and `again` its numbers. With the cause `centre_behind` it goes on as well: the centre had it up to
    `through` only and had receipted more; `resent` events wait again, `lost` ones are no longer kept. With the state
    `media_lost` so many files went that never reached the centre (`lost`)."""

    state: Literal[
        "started", "stopped", "spool_full", "spool_writable", "worker_restarted", "spool_damaged", "media_lost"
    ]
    version: Annotated[str, Field(max_length=64)] = ""
    detail: Text = ""
    replaces: UUID | None = None
    cause: Annotated[str, Field(max_length=64)] = ""
    rerecorded: Annotated[int, Field(ge=0)] = 0
    unreadable: Annotated[int, Field(ge=0, description="of a salvaged spool: events that cannot be read")] = 0
    damaged: Annotated[tuple[Damaged, ...], Field(max_length=100)] = ()
    through: Annotated[int, Field(ge=0, description="of a centre that was behind: what it had of the stream")] = 0
    resent: Annotated[int, Field(ge=0, description="events with a receipt that are sent again")] = 0
    lost: Annotated[
        int, Field(ge=0, description="events or files that the centre lacks and the station no longer keeps")
    ] = 0
    again: Annotated[tuple[Again, ...], Field(max_length=MAX_RUNS)] = ()


class AgentEvent(Envelope):
    type: Literal["shian.agent.v1"]
    data: AgentV1


KIND = Kind("agent", AgentEvent, item=None, is_urgent=False)
