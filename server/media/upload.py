"""/api/v1/media/{sha256} for stations: where an upload stands (HEAD), and the next bytes of it (PATCH).

Resumable as in draft-ietf-httpbis-resumable-upload, with the place known beforehand: the hash. `Upload-Offset` says how
much is here, `Upload-Complete: ?1` that nothing is wanted any more. Only what an accepted event of the station names
is taken in, so a station can bring nothing that the ledger does not know of.
"""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated
from uuid import UUID
from weakref import WeakValueDictionary

import structlog
from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from server.access.need import need
from server.database import Database
from server.media import tickets
from server.media.archive import Archive, ArchiveAwayError, ArchiveFullError
from server.media.errors import AWAY, BAD_OFFSET, NO_ROOM, NOT_EXPECTED, over_budget
from server.media.incoming import Arrived, Incoming
from server.media.metrics import REFUSED, STORED, TAKEN
from server.media.room import Room
from server.media.threads import MOVING, TAKING
from server.problems import ProblemError
from storage.budgets import UploadBudgets
from wire.feed import ITEMS, MediaItem

log = structlog.get_logger()
HASH = "[0-9a-f]{64}"
_TOLD_S = 60.0
_NUMBER = re.compile(r"[0-9]{1,15}")
_Said = Annotated[str, Header()]


class _Named(BaseModel):
    key: UUID


class Expected(BaseModel):
    """Expectation by an accepted event. `used`: bytes that the station has brought in this hour, which ends in
    `hour_left_s`."""

    device: str
    key: UUID
    is_stored: bool
    used: int
    hour_left_s: int


@dataclass(frozen=True, slots=True)
class Uploads:
    """Taking in of uploads. `kept_days`: after so many a file is deleted by age; 0: never."""

    db: Database
    incoming: Incoming
    archive: Archive
    room: Room
    budgets: UploadBudgets
    kept_days: int = 0
    _told: dict[str, float] = field(default_factory=dict)
    _turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def turn(self, station: str, digest: str) -> asyncio.Lock:
        """Return the turn of an upload: whoever waits until it is moved waits without a thread."""
        return self._turns.setdefault((station, digest), asyncio.Lock())

    async def expected(self, digest: str, authorization: str) -> tuple[str, Expected]:
        """Return the station, and the expectation of the hash. Raises ProblemError (401, 404)."""
        station = await tickets.station_of(self.db, authorization, digest)
        values = {"station": station, "hash": bytes.fromhex(digest), "days": self.kept_days}
        row = await self.db.row(Expected, "media.expected", values)
        if row is None:
            raise ProblemError(NOT_EXPECTED)
        return station, row

    async def check_hour(self, station: str, expected: Expected) -> None:
        """Check the budget of the hour. Raises ProblemError (429). A refusal is noted once a minute at most: ingest
        makes the alert of it."""
        if expected.used < self.budgets.bytes:
            return
        REFUSED.labels("hour").inc()
        now = time.monotonic()
        if now >= self._told.get(station, -_TOLD_S) + _TOLD_S:
            self._told[station] = now
            async with self.db.transaction() as transaction:
                await transaction.run("media.count", {"station": station, "used": 0, "above": 1})
        raise over_budget(expected.hour_left_s)

    async def finish(self, station: str, digest: str, expected: Expected) -> None:
        """Finish an upload: all bytes are here. Raises ProblemError (409, 422, 503, 507)."""
        try:
            # Before the row: what the database says is stored is there. Never in the transaction: the live feed waits
            # for every one that is open.
            async with self.turn(station, digest):
                arrived = await MOVING.run(self._keep, station, digest)
        except ArchiveFullError as exc:
            REFUSED.labels("no_room").inc()
            log.error("media_archive_full", reason=str(exc)[:300])
            raise ProblemError(NO_ROOM) from exc
        except ArchiveAwayError as exc:
            log.warning("media_archive_away", reason=str(exc)[:300])
            raise ProblemError(AWAY) from exc
        async with self.db.transaction() as transaction:
            values = {"station": station, "hash": bytes.fromhex(digest), "type": arrived.type, "size": arrived.size}
            if await transaction.run("media.stored", values):  # of two that bring it at once, one is counted
                await transaction.run("media.count", {"station": station, "used": arrived.size, "above": 0})
            named = await transaction.rows(_Named, "media.keys", {"station": station, "hash": bytes.fromhex(digest)})
            items = tuple(
                MediaItem(station=station, device=expected.device, key=event.key, hash=digest, type=arrived.type)
                for event in named or [_Named(key=expected.key)]
            )
            await transaction.run("feed.publish", {"items": ITEMS.dump_json(items).decode()})
            await transaction.run("feed.notify")
        STORED.labels(arrived.type).inc()

    def _keep(self, station: str, digest: str) -> Arrived:
        with self.incoming.whole(station, digest) as arrived:
            self.archive.put(digest, arrived)
        return arrived


def router(uploads: Uploads) -> APIRouter:
    routes = APIRouter(prefix="/media", tags=["media"], include_in_schema=False, dependencies=[need("media.upload")])

    @routes.head("/{digest}")
    async def where(digest: str, authorization: _Said = "") -> Response:
        station, expected = await uploads.expected(_digest(digest), authorization)
        if expected.is_stored:
            return _stands("?1", None)
        return _stands("?0", await TAKING.run(uploads.incoming.offset, station, digest))

    @routes.patch("/{digest}")
    async def more(
        digest: str, request: Request, upload_offset: _Said = "", upload_length: _Said = "", authorization: _Said = ""
    ) -> Response:
        station, expected = await uploads.expected(_digest(digest), authorization)
        offset, length = _number(upload_offset), _number(upload_length)
        if expected.is_stored:
            return _stands("?1", length)
        await uploads.check_hour(station, expected)
        await TAKING.run(uploads.room.take, station, digest, length)
        try:
            append = partial(uploads.incoming.append, station, digest, length)
            offset = await _take(request, append, offset, uploads.turn(station, digest))
            if offset < length:
                return _stands("?0", offset)
            await uploads.finish(station, digest, expected)
            return _stands("?1", offset)
        finally:
            uploads.room.leave(station, digest)

    return routes


async def _take(request: Request, append: Callable[[int, bytes], int], offset: int, turn: asyncio.Lock) -> int:
    """Append the body as it comes: bytes that came before the line broke are kept."""
    try:
        async for block in request.stream():
            if block:
                async with turn:
                    offset = await TAKING.run(append, offset, block)
                TAKEN.inc(len(block))
    except ClientDisconnect:
        log.info("media_upload_cut", path=request.url.path, offset=offset)
    return offset


def _digest(text: str) -> str:
    if not re.fullmatch(HASH, text):
        raise ProblemError(NOT_EXPECTED)
    return text


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ProblemError(BAD_OFFSET)
    return int(text)


def _stands(complete: str, offset: int | None) -> Response:
    headers = {"Upload-Complete": complete} | ({} if offset is None else {"Upload-Offset": str(offset)})
    return Response(status_code=204, headers=headers)
