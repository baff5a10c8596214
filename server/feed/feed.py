"""The live feed: one reader of the feed table, one fan-out to all browsers.

NOTIFY wakes and the table is read, so a lost NOTIFY only costs `poll_s`. The order is (transaction, position), and a
row is handed on only when no older transaction is still running: a cursor then never skips a row that commits later.
Each message is encoded once, whoever listens. A client that lags more than its queue is told to reload, and dropped.
"""

import asyncio
import json
import re
import time
from dataclasses import dataclass, field

import structlog
from prometheus_client import Counter, Gauge
from pydantic import BaseModel

from server.access.caller import EVERYTHING, Reach
from server.database import Database, Transaction
from server.settings import FeedSettings
from storage.exchange import AsyncConnection

log = structlog.get_logger()
CLIENTS = Gauge("shian_server_live_clients", "Browsers on the live feed")
DROPPED = Counter("shian_server_live_dropped_total", "Clients that were told to reload", ["reason"])
MESSAGES = Counter("shian_server_live_messages_total", "Messages read from the feed")
RELOAD = '{"reload":true}'
STALE = '{"stale":true}'
_ROWS_A_READ = 500
_UNSETTLED_S = 0.02
_PRUNE_S = 600.0
_BLOCKED_S = 5.0
# A line that swallows shows by nothing else: the browsers are told, and another connection is made.
_ANSWER_S = 8.0
_CURSOR = re.compile(r"([0-9]{1,19})-([0-9]{1,19})")


class FeedRow(BaseModel):
    xid: int
    position: int
    items: str
    is_settled: bool


class _Stale(BaseModel):
    is_stale: bool


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in the feed: everything up to it was seen."""

    xid: int
    position: int

    def __str__(self) -> str:
        return f"{self.xid}-{self.position}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """Parse a cursor; None for any other text."""
        match = _CURSOR.fullmatch(text)
        if match is None or max(int(match[1]), int(match[2])) >= 2**63:
            return None
        return cls(int(match[1]), int(match[2]))

    def values(self) -> dict[str, object]:
        return {"xid": str(self.xid), "position": self.position}


class _Head(BaseModel):
    xid: int
    position: int


@dataclass(frozen=True, slots=True)
class Message:
    """One WebSocket text. `cursor`: the place in the feed that it leads to; None for a word about the feed itself."""

    cursor: Cursor | None
    text: str
    is_news: bool = True


def heartbeat(cursor: Cursor) -> Message:
    return Message(cursor, f'{{"cursor":"{cursor}"}}', is_news=False)


class Line:
    """A row of the feed, as each reach gets it: encoded once for all who see the whole, and once for each other reach.

    The stored items go out as they are; who sees none of them is told the cursor alone.
    """

    def __init__(self, row: FeedRow) -> None:
        self.cursor = Cursor(row.xid, row.position)
        self._items = row.items
        self._told: dict[Reach, Message] = {}

    def within(self, reach: Reach) -> Message:
        """Return the message for somebody with this reach."""
        message = self._told.get(reach)
        if message is None:
            message = self._told[reach] = self._message(reach)
        return message

    def _message(self, reach: Reach) -> Message:
        items = self._items
        if not reach.is_everything:
            seen = [item for item in json.loads(items) if reach.has_station(item.get("station", ""))]
            if not seen:
                return heartbeat(self.cursor)
            items = json.dumps(seen, ensure_ascii=False, separators=(",", ":"))
        return Message(self.cursor, f'{{"cursor":"{self.cursor}","items":{items}}}')


@dataclass(slots=True, eq=False)
class Client:
    """One listener's bounded queue."""

    queue: asyncio.Queue[Message]
    reach: Reach = EVERYTHING
    is_lost: bool = field(default=False)

    def offer(self, message: Message) -> None:
        """Queue it, or give the client up: it lags too far behind."""
        if self.is_lost:
            return
        try:
            self.queue.put_nowait(message)
        except asyncio.QueueFull:
            self.is_lost = True
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(Message(None, RELOAD))
            DROPPED.labels("slow").inc()
            log.warning("live_client_dropped", reason="slow")


class Feed:
    """The reader and the fan-out. `run` is supervised; it returns only by an exception."""

    def __init__(self, db: Database, settings: FeedSettings) -> None:
        self._db = db
        self._settings = settings
        self._clients: set[Client] = set()
        self._head: Cursor | None = None
        self._is_fresh = asyncio.Event()
        self._read_at = 0.0
        self._turned_at = time.monotonic()

    def join(self, reach: Reach) -> Client:
        client = Client(asyncio.Queue(self._settings.queue), reach)
        self._clients.add(client)
        CLIENTS.set(len(self._clients))
        return client

    def leave(self, client: Client) -> None:
        self._clients.discard(client)
        CLIENTS.set(len(self._clients))

    async def head(self) -> Cursor:
        """Return the place of the feed; wait while the database is away."""
        await self._is_fresh.wait()
        return self._known_head()

    @property
    def is_fresh(self) -> bool:
        """Return True while the database answers; when it does not, browsers may show old data."""
        return self._is_fresh.is_set()

    def still_s(self) -> float:
        """Return the seconds since the loop turned last, whether the database answers or not."""
        return time.monotonic() - self._turned_at

    def is_well(self) -> bool:
        """Return True when the feed was read within the last seconds."""
        return self.is_fresh and time.monotonic() - self._read_at < self._settings.poll_s + _ANSWER_S

    async def replay(self, after: Cursor, to: Cursor, reach: Reach) -> list[Message] | None:
        """Return the messages between two cursors for somebody with this reach, or None: the client must reload."""
        limit = self._settings.replay
        async with self._db.transaction() as transaction:
            stale = await transaction.row(_Stale, "feed.is_stale", after.values())
            if stale is None or stale.is_stale:
                return None
            values = {**after.values(), "to_xid": str(to.xid), "to_position": to.position, "limit": limit + 1}
            rows = await transaction.rows(FeedRow, "feed.between", values)
        return None if len(rows) > limit else [Line(row).within(reach) for row in rows]

    async def run(self) -> None:
        self._turned_at = time.monotonic()
        try:
            async with self._db.connected(autocommit=True, exchange_s=_ANSWER_S) as connection:
                await connection.execute("LISTEN shian_feed")
                await self._find_head(connection)
                self._read_at = time.monotonic()
                self._is_fresh.set()
                await self._follow(connection)
        finally:
            self._is_fresh.clear()
            self._offer(Message(None, STALE))

    async def _find_head(self, connection: AsyncConnection) -> None:
        """Find the head: at the start, now; after a break, the old one, unless the database is another one."""
        transaction = Transaction(connection)
        gone = await transaction.run("feed.forget_foreign")
        if gone:
            log.warning("feed_of_another_database", rows=gone)
        if self._head is not None:
            stale = await transaction.row(_Stale, "feed.is_stale", self._head.values())
            if stale is not None and not stale.is_stale:
                return
            self._offer(Message(None, RELOAD))
            DROPPED.labels("other_database").inc(len(self._clients))
        head = await transaction.row(_Head, "feed.head")
        self._head = Cursor(head.xid, head.position) if head else Cursor(0, 0)

    async def _follow(self, connection: AsyncConnection) -> None:
        transaction = Transaction(connection)
        told = pruned = blocked = 0.0
        while True:
            count, is_waiting = await self._read(transaction)
            now = self._read_at = self._turned_at = time.monotonic()
            if count:
                told = now
            elif now - told > self._settings.heartbeat_s:
                told = now
                self._offer(heartbeat(self._known_head()))
            blocked = self._warn_when_blocked(blocked or now, now) if is_waiting and not count else 0.0
            if now - pruned > _PRUNE_S:
                pruned = now
                # Of the pool: it may take longer than a reading may.
                async with self._db.transaction() as other:
                    await other.run("feed.prune", {"retention_s": self._settings.retention_s})
            if count < _ROWS_A_READ:
                pause = _UNSETTLED_S if is_waiting else min(self._settings.poll_s, self._settings.heartbeat_s)
                async for _ in connection.notifies(timeout=pause, stop_after=1):
                    pass

    @staticmethod
    def _warn_when_blocked(since: float, now: float) -> float:
        if now - since < _BLOCKED_S:
            return since
        log.warning("feed_waits", reason="an older transaction is still running")
        return now

    async def _read(self, transaction: Transaction) -> tuple[int, bool]:
        """Hand on new and settled rows. Return their number, and whether others wait to be settled."""
        values = {**self._known_head().values(), "limit": _ROWS_A_READ}
        rows = await transaction.rows(FeedRow, "feed.after", values)
        settled = [Line(row) for row in rows if row.is_settled]
        for line in settled:
            self._head = line.cursor
            for client in self._clients:
                client.offer(line.within(client.reach))
        MESSAGES.inc(len(settled))
        return len(settled), len(settled) < len(rows)

    def _known_head(self) -> Cursor:
        assert self._head is not None, "found before anything is read"
        return self._head

    def _offer(self, message: Message) -> None:
        for client in self._clients:
            client.offer(message)
