"""/api/v1/live: the feed over one WebSocket.

`?cursor=C` resumes after C; without it the feed starts now. Messages (text, JSON):

- `{"cursor": C}`: where the feed stands; the first message of a new client, then now and then while it is quiet
- `{"cursor": C, "items": [...]}`: news (wire.feed); keep C for the next connection
- `{"reload": true}`: the feed cannot go on from your cursor: load the lists again; the connection closes
- `{"stale": true}`: the database is away; what you show may be old until the next message
"""

import asyncio
from typing import Annotated

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from psycopg import OperationalError

from server.access.caller import Caller
from server.access.need import need, until_changed
from server.feed.feed import DROPPED, RELOAD, STALE, Client, Cursor, Feed, Message, heartbeat

log = structlog.get_logger()
_SEND_S = 20.0
_RELOADED, _TRY_AGAIN = 4000, 1013  # WebSocket close codes


def router(feed: Feed) -> APIRouter:
    """Return the routes of the live feed."""
    routes = APIRouter()

    @routes.websocket("/live")
    async def live(socket: WebSocket, caller: Annotated[Caller, need("live.read")], cursor: str = "") -> None:
        await socket.accept()
        client = feed.join(caller.reach)
        try:
            async with asyncio.TaskGroup() as tasks:
                reading = tasks.create_task(_until_gone(socket))
                writing = tasks.create_task(_write(socket, feed, client, cursor))
                changed = tasks.create_task(until_changed(socket, caller, "live.read"))
                await asyncio.wait([reading, writing, changed], return_when=asyncio.FIRST_COMPLETED)
                reading.cancel()
                writing.cancel()
                if changed.done():
                    # It comes again with its cursor, and is asked anew who it is.
                    await socket.close(_TRY_AGAIN, "rights_changed")
                changed.cancel()
        except* (WebSocketDisconnect, ConnectionError, TimeoutError) as group:
            log.info("live_client_gone", reason=type(group.exceptions[0]).__name__)
        except* OperationalError as group:
            # It comes again with its cursor, and misses nothing.
            log.warning("live_client_put_off", reason=type(group.exceptions[0]).__name__)
            await socket.close(_TRY_AGAIN)
        finally:
            feed.leave(client)

    return routes


async def _until_gone(socket: WebSocket) -> None:
    """Wait until the client has left. Clients have nothing to say, so reading notices the end."""
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return


async def _write(socket: WebSocket, feed: Feed, client: Client, asked: str) -> None:
    if not feed.is_fresh:
        await _send(socket, Message(None, STALE))
    head = await feed.head()
    after = Cursor.parse(asked) if asked else head
    missed = await feed.replay(after, head, client.reach) if after and asked else []
    if after is None or missed is None:
        DROPPED.labels("cursor").inc()
        await _send(socket, Message(None, RELOAD))
    else:
        for message in missed or [heartbeat(max(after, head))]:
            await _send(socket, message)
        await _forward(socket, client, max(after, head))
    await socket.close(_RELOADED)


async def _forward(socket: WebSocket, client: Client, seen: Cursor) -> None:
    """Hand on the queue until the client is told to reload. Messages that came while it resumed were sent already."""
    while True:
        message = await client.queue.get()
        if message.cursor is None:
            await _send(socket, message)
            if message.text == RELOAD:
                return
        elif message.cursor > seen or (message.cursor == seen and not message.is_news):
            seen = message.cursor
            await _send(socket, message)


async def _send(socket: WebSocket, message: Message) -> None:
    async with asyncio.timeout(_SEND_S):
        await socket.send_text(message.text)
