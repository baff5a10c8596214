"""The ledger: each event as the exact bytes that the station made and signed, and how whole each stream is."""

import base64
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic import AwareDatetime, BaseModel, Field

from server.access.caller import Caller
from server.access.need import need
from server.database import Db
from server.lists.filters import Area, Paged, Station
from server.lists.listing import Listing, Page
from server.lists.orders import Newest
from server.records.words import words_of
from wire.kinds.envelope import CONTENT_TYPE, MAX_SEQUENCE

router = APIRouter(tags=["events"])
_AS_STORED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The exact bytes. `Shian-Hash`: their sha256, hex; `Repr-Digest`: the same by RFC 9530.",
        "content": {CONTENT_TYPE: {"schema": {"type": "object"}}},
    }
}


class StoredEvent(BaseModel):
    station: str
    stream: UUID
    sequence: int
    hash: str
    body: bytes


class Stream(BaseModel):
    """Stream of a station. All of 1..through is stored and every link holds."""

    id: UUID
    station: str
    through: int
    head: Annotated[str, Field(description="sha256 of event `through`, hex")]
    highest: int
    gap_since: AwareDatetime | None
    signed_through: int
    broken_at: Annotated[int | None, Field(description="the first sequence whose link does not hold")]
    created_at: AwareDatetime
    last_event_at: AwareDatetime | None


@router.get("/events/{event}", response_class=Response, responses=_AS_STORED)
async def event_by_id(db: Db, caller: Annotated[Caller, need("events.read")], event: UUID) -> Response:
    """Return one event by its id, unchanged."""
    return _as_stored(caller, await db.row(StoredEvent, "events.by_id", {"id": event}))


@router.get("/streams/{stream}/{sequence}", response_class=Response, responses=_AS_STORED)
async def event_by_sequence(
    db: Db,
    caller: Annotated[Caller, need("events.read")],
    stream: UUID,
    sequence: Annotated[int, Path(ge=1, le=MAX_SEQUENCE)],
) -> Response:
    """Return one event by its place in its stream, unchanged."""
    values = {"stream": stream, "sequence": sequence}
    return _as_stored(caller, await db.row(StoredEvent, "events.by_sequence", values))


class Streams(Paged):
    """Filters of streams."""

    station: Station = None
    area: Area = None


STREAMS = Listing(sql="events.streams", row=Stream, order=Newest("created_at", "id"), station="station")


@router.get("/streams")
async def list_streams(
    db: Db, caller: Annotated[Caller, need("events.read")], asked: Annotated[Streams, Query()]
) -> Page[Stream]:
    """List the streams, newest first."""
    return await STREAMS.page(db, caller.reach, asked)


def _as_stored(caller: Caller, event: StoredEvent | None) -> Response:
    if event is None or not caller.reach.has_station(event.station):
        raise words_of("events").not_found()
    headers = {
        "Shian-Hash": event.hash,
        "Shian-Stream": str(event.stream),
        "Shian-Sequence": str(event.sequence),
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(event.hash)).decode()}:",
    }
    return Response(event.body, headers=headers, media_type=CONTENT_TYPE)
