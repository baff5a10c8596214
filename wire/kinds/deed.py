"""Deeds: who did something at the centre, or looked at something. Events of the centre's own stream: no station sends
them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, JsonValue

from wire.kinds.envelope import Data, Envelope, Text
from wire.kinds.kind import Kind
from wire.terms import ActorKind


class DeedV1(Data):
    """Deed of a person, a program or the system itself. `actor` is the name that the session has; empty: the system.
    `place`: the station that it was about, where there is one."""

    actor: Annotated[str, Field(max_length=200)] = ""
    actor_kind: ActorKind = ActorKind.SYSTEM
    account: Annotated[UUID | None, Field(description="of the account, where the actor has one")] = None
    address: Annotated[str, Field(max_length=100, description="from where it was asked")] = ""
    action: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$", description="a word of wire/words/deeds.toml")]
    subject: Annotated[str, Field(max_length=400, description="what it was done to")] = ""
    place: Annotated[str, Field(max_length=64)] = ""
    why: Text = ""
    facts: Annotated[dict[str, JsonValue], Field(default_factory=dict)]


class DeedEvent(Envelope):
    type: Literal["shian.deed.v1"]
    data: DeedV1


KIND = Kind("deed", DeedEvent, item=None, is_urgent=False, is_of_centre=True)
