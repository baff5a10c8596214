"""The keeper of the proof: it has the centre's key.

look -> an older state of the database was put back? go on in another stream
     -> sign the deeds, or make the anchor that is due -> offer each place what it does not have yet

However many servers run, one of them looks at a time, and what is due stands in the database.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from prometheus_client import Counter, Gauge
from psycopg import AsyncCursor

from server.database import Database
from server.proof.places import NotKeptError, Place
from storage import anchors, deeds
from storage.named import queries
from storage.steps import run_async
from wire.anchors import Anchor, AnchorFile, is_signed
from wire.chain import public_key

log = structlog.get_logger()
_SQL = queries("anchors")
_LOCK = 0x5368_6961_6E09
_ROUND_S = 120.0
ANCHORS = Counter("shian_server_anchors_total", "Anchors that were made")
NOT_KEPT = Counter("shian_server_anchor_not_kept_total", "Anchors that a place did not take", ["place"])
NEWEST = Gauge("shian_server_anchor_number", "The number of the newest anchor")


@dataclass(frozen=True, slots=True)
class Pace:
    """Pace of the keeper: seconds between anchors, between looks, and the days that the database keeps lists."""

    every_s: float
    look_s: float
    lists_days: int


class Keeper:
    """Keeper of the proof. `run` is supervised; it returns only by an exception."""

    def __init__(self, db: Database, key: Ed25519PrivateKey, places: Sequence[Place], pace: Pace) -> None:
        self._db = db
        self._key = key
        self._places = places
        self._pace = pace

    async def run(self) -> None:
        while True:
            async with asyncio.timeout(_ROUND_S):
                await self.look()
            await asyncio.sleep(self._pace.look_s)

    async def look(self) -> None:
        """Look once. Raises psycopg.Error."""
        outside = await self._outside()
        async with self._db.transaction() as transaction, transaction.connection.cursor() as cursor:
            await cursor.execute(_SQL["try_lock"], {"key": _LOCK})
            if await cursor.fetchone() != (True,):
                return
            await self._make(cursor, outside)
        for place in self._places:
            await self._offer(place)

    async def _make(self, cursor: AsyncCursor[Any], outside: Anchor | None) -> None:
        if await run_async(cursor, anchors.pin_key(self._key)):
            log.warning("centre_key_accepted", key=public_key(self._key))
        inside = await run_async(cursor, anchors.newest())
        is_behind = outside is not None and (inside is None or _is_behind(inside, outside))
        if is_behind and outside is not None:
            facts = {"anchored": outside.number, "at": outside.at, "hash": outside.hash}
            await run_async(cursor, deeds.replace("restored", facts))
            log.error("database_is_older", anchored=outside.number, here=inside.number if inside else 0)
        await cursor.execute(_SQL["is_due"], {"every_s": self._pace.every_s}, binary=True)
        if is_behind or await cursor.fetchone() == (True,):
            file = await run_async(cursor, anchors.add(self._key, outside if is_behind else inside))
            ANCHORS.inc()
            NEWEST.set(file.anchor.number)
            log.info("anchored", number=file.anchor.number, hash=file.anchor.hash, events=file.anchor.events)
            await cursor.execute(_SQL["forget_lists"], {"days": self._pace.lists_days})
        else:
            await run_async(cursor, deeds.sign(self._key))

    async def _outside(self) -> Anchor | None:
        """Return the newest anchor of ours that a place has. A place that cannot be asked is told of when it is offered
        the next one."""
        found: list[Anchor] = []
        for place in self._places:
            try:
                anchor = await asyncio.to_thread(place.newest)
            except NotKeptError as exc:
                log.warning("anchor_place_away", place=place.name, reason=str(exc))
                continue
            if anchor is not None and anchor.key == public_key(self._key) and is_signed(anchor):
                found.append(anchor)
        return max(found, key=lambda anchor: anchor.number, default=None)

    async def _offer(self, place: Place) -> None:
        """Offer a place the anchors that it does not have, in order."""
        async with self._db.transaction() as transaction, transaction.connection.cursor() as cursor:
            await cursor.execute(_SQL["place"], {"name": place.name}, binary=True)
            row = await cursor.fetchone()
        through = row[0] if row else 0
        while (file := await self._after(through)) is not None:
            number = file.anchor.number
            try:
                await place.keep(file)
            except NotKeptError as exc:
                NOT_KEPT.labels(place.name).inc()
                log.warning("anchor_not_kept", place=place.name, number=number, reason=str(exc))
                await self._note("not_kept", {"name": place.name, "failure": str(exc)[:500]})
                return
            through = number
            await self._note("kept", {"name": place.name, "number": number})

    async def _after(self, number: int) -> AnchorFile | None:
        async with self._db.transaction() as transaction, transaction.connection.cursor() as cursor:
            await cursor.execute(_SQL["after"], {"number": number}, binary=True)
            row = await cursor.fetchone()
        return anchors.unpacked(row[1], row[2]) if row else None

    async def _note(self, name: str, values: dict[str, Any]) -> None:
        async with self._db.transaction() as transaction:
            await transaction.connection.execute(_SQL[name], values)


def _is_behind(inside: Anchor, outside: Anchor) -> bool:
    """Tell whether the database lacks what was anchored: it is an older state of itself."""
    return outside.number > inside.number or (outside.number == inside.number and outside.hash != inside.hash)
