"""/api/v1/watch: cameras, live, over one WebSocket.

The browser says which cameras it shows (text, JSON), as often as that changes:
`{"watch": [{"station": S, "camera": C, "mode": "preview", "fps": 2}, {..., "mode": "video"}]}`

It gets texts: `{"watching": [...]}` (what it now watches), `{"refused": {...}, "reason": R}`, `{"off": "no_broker"}`;
and pictures (binary): two bytes, big-endian: how long the JSON is; JSON `{station, camera, part, at, codec, key}`; the
picture's bytes.
`part`: `preview` (JPEG), `init` and `fragment` (fragmented MP4: ISO/IEC 14496-12, for Media Source Extensions).
"""

import asyncio
from typing import Annotated

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from psycopg import Error
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.access.caller import Caller
from server.access.need import Asking, hear, need, until_changed
from server.live_video.frames import Key
from server.live_video.relay import Relay
from server.live_video.viewer import Viewer
from wire.kinds.envelope import STATION_PATTERN
from wire.live import MOST_FPS, Mode

log = structlog.get_logger()
MOST_CAMERAS = 16
_SEND_S = 20.0
_OFF, _UNREADABLE, _TRY_AGAIN = 4001, 1003, 1013  # WebSocket close codes


class Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    station: Annotated[str, Field(pattern=f"^{STATION_PATTERN}$")]
    camera: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
    mode: Mode = "preview"
    fps: Annotated[float, Field(gt=0, le=MOST_FPS)] = 2.0


class Watch(Asking):
    PERMISSION = "cameras.watch"

    watch: Annotated[tuple[Wanted, ...], Field(max_length=MOST_CAMERAS)]

    def wanted(self) -> dict[Key, float]:
        return {Key(wish.station, wish.camera, wish.mode): wish.fps for wish in self.watch}


def router(relay: Relay | None) -> APIRouter:
    """Return the routes. `relay` None: there is no broker."""
    routes = APIRouter()

    @routes.websocket("/watch")
    async def watch(socket: WebSocket, caller: Annotated[Caller, need("cameras.watch")]) -> None:
        await socket.accept()
        if relay is None:
            await socket.send_json({"off": "no_broker"})
            await socket.close(_OFF, "no_broker")
            return
        viewer = relay.join(caller.actor)
        if viewer is None:
            log.warning("watch_refused", reason="too_many_viewers")
            await socket.close(_TRY_AGAIN, "too_many_viewers")
            return
        try:
            await _serve(socket, relay, viewer, caller)
        finally:
            await relay.leave(viewer)

    return routes


async def _serve(socket: WebSocket, relay: Relay, viewer: Viewer, caller: Caller) -> None:
    try:
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(_read(socket, relay, viewer, caller))
            writing = tasks.create_task(_write(socket, viewer))
            changed = tasks.create_task(until_changed(socket, caller, "cameras.watch"))
            await asyncio.wait([reading, writing, changed], return_when=asyncio.FIRST_COMPLETED)
            reading.cancel()
            writing.cancel()
            if changed.done():
                await socket.close(_TRY_AGAIN, "rights_changed")
            changed.cancel()
    except* (WebSocketDisconnect, ConnectionError, TimeoutError) as group:
        log.info("watch_client_gone", reason=type(group.exceptions[0]).__name__)
    except* ValidationError:
        log.warning("watch_refused", reason="not_understood")
        await socket.close(_UNREADABLE, "not_understood")
    except* Error as group:
        # What the audit does not take is not shown.
        log.warning("watch_client_put_off", reason=type(group.exceptions[0]).__name__)
        await socket.close(_TRY_AGAIN, "database_away")


async def _read(socket: WebSocket, relay: Relay, viewer: Viewer, caller: Caller) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        said, asking = hear(Watch, message.get("text") or "", caller)
        await relay.watch(viewer, asking.reach, said.wanted())


async def _write(socket: WebSocket, viewer: Viewer) -> None:
    while True:
        message = await viewer.next()
        async with asyncio.timeout(_SEND_S):
            if isinstance(message, str):
                await socket.send_text(message)
            else:
                await socket.send_bytes(message)
