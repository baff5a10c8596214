"""A browser that leaves while the end of a view is being written: the audit has that end, and has it once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest

from process.connections import Broker
from server.access.caller import EVERYTHING
from server.database import Database
from server.live_video.frames import Key
from server.live_video.relay import Relay
from server.live_video.settings import LiveVideoSettings
from server.settings import DatabaseSettings
from storage.deeds import Actor
from tests.support.server import add_station
from wire.terms import ActorKind

KITCHEN = Key("m1", "kitchen", "preview")
CONNECTIONS = 2
WAITS = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
Waited = Callable[[], Awaitable[None]]


@asynccontextmanager
async def no_connection(db: Database, _: str) -> AsyncIterator[Waited]:
    """Hold all connections of the pool."""

    async def waited() -> None:
        for _ in range(50):  # it needs nothing but turns to get there
            await asyncio.sleep(0)

    async with db.transaction(), db.transaction():
        yield waited


@asynccontextmanager
async def audit_held(_: Database, dsn: str) -> AsyncIterator[Waited]:
    """Hold the audit's head."""
    async with (
        await psycopg.AsyncConnection.connect(dsn) as holder,
        await psycopg.AsyncConnection.connect(dsn, autocommit=True) as looker,
    ):

        async def waited() -> None:
            async with asyncio.timeout(20):
                while not (await looker.execute(WAITS)).rowcount:
                    await asyncio.sleep(0.01)

        await holder.execute("SELECT FROM lock_centre(%s)", [uuid4()])
        yield waited


@pytest.mark.parametrize("held", [no_connection, audit_held])
def test_the_browser_leaves(dsn: str, held: Callable[[Database, str], AbstractAsyncContextManager[Waited]]) -> None:
    async def run() -> None:
        db = Database(DatabaseSettings(dsn=dsn, connections=CONNECTIONS))
        await db.open()
        try:
            relay = Relay(db, Broker(), LiveVideoSettings(), new_id=uuid4, now=lambda: datetime.now(UTC))
            viewer = relay.join(Actor("wang.li", ActorKind.PERSON))
            assert viewer
            await relay.watch(viewer, EVERYTHING, {KITCHEN: 2.0})
            async with held(db, dsn) as waited:
                ending = asyncio.create_task(relay.watch(viewer, EVERYTHING, {}))
                await waited()
                ending.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await ending
            await relay.leave(viewer)
        finally:
            await db.close()

    with psycopg.connect(dsn, autocommit=True) as database:
        add_station(database, "m1")
        database.execute(
            "INSERT INTO device (station, name, adapter, state) VALUES ('m1', 'kitchen', 'camera', 'online')"
        )
        asyncio.run(run())
        deeds = database.execute("SELECT action, facts::jsonb ? 'is_exact' FROM deed ORDER BY event").fetchall()
        assert deeds == [("live_view_began", False), ("live_view_ended", False)]
        assert database.execute("SELECT FROM open_view").fetchall() == []
