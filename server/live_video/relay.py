"""Between the browsers and the stations: who watches what, the commands that keep it coming, the audit of views."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge
from psycopg import Error
from pydantic import BaseModel

from process.connections import Broker
from server.access.caller import Reach
from server.database import Database
from server.live_video.frames import Key
from server.live_video.link import Heard, Link
from server.live_video.settings import LiveVideoSettings
from server.live_video.streams import LOST, Stream, Streams
from server.live_video.viewer import Viewer
from server.live_video.views import Views
from storage.deeds import Actor, Deed
from wire.live import Head, LiveCommand, LiveError, encode
from wire.topics import Leaf, TopicError, parse, topic

log = structlog.get_logger()
VIEWERS = Gauge("shian_server_watch_viewers", "Browsers that watch cameras")
COMMANDS = Counter("shian_server_watch_commands_total", "Commands sent to stations", ["mode"])
UNLOGGED = Counter("shian_server_watch_unlogged_total", "Ends of views that the audit did not take")


class LinkDiedError(Exception):
    """The thread that talks to the broker has ended."""


class _Known(BaseModel):
    is_known: bool


@dataclass(frozen=True, slots=True)
class _View:
    """One camera on one screen, as the audit has it."""

    id: UUID
    began_at: datetime


class Relay:
    """Relay of live cameras. `run` is supervised. Call everything else from the same event loop."""

    def __init__(
        self,
        db: Database,
        broker: Broker,
        settings: LiveVideoSettings,
        *,
        new_id: Callable[[], UUID],
        now: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._broker = broker
        self._settings = settings
        self._new_id = new_id
        self._now = now
        self._link: Link | None = None
        self._streams = Streams(new_id)
        self._viewers: dict[Viewer, dict[Key, _View]] = {}
        self.views = Views(db, settings.for_s, self._shown)
        self._actors: dict[Viewer, Actor] = {}

    async def run(self) -> None:
        self._link = link = Link(self._broker, self._heard, self._connected)
        link.start()
        try:
            for stream in self._streams.all():
                link.listen(topic(stream.key.station, Leaf.LIVE, stream.key.camera))
            while link.is_alive:
                self._renew()
                await asyncio.sleep(self._settings.for_s / 3)
            raise LinkDiedError
        finally:
            self._link = None
            await asyncio.to_thread(link.stop)

    @property
    def is_connected(self) -> bool:
        return self._link is not None and self._link.is_connected

    def retain(self, topic: str, body: bytes) -> bool:
        """Publish a message that the broker keeps; False without a connection: say it again."""
        if self._link is None or not self._link.is_connected:
            return False
        self._link.retain(topic, body)
        return True

    def join(self, actor: Actor) -> Viewer | None:
        """Add a viewer; None: there are too many."""
        if len(self._viewers) >= self._settings.viewers:
            return None
        viewer = Viewer(actor.name, self._settings.lag_bytes)
        self._actors[viewer] = actor
        self._viewers[viewer] = {}
        VIEWERS.set(len(self._viewers))
        return viewer

    async def watch(self, viewer: Viewer, reach: Reach, wanted: Mapping[Key, float]) -> None:
        """Let the viewer watch these from now on, at so many previews a second, and nothing else. A camera outside the
        reach is unknown. Nothing is shown that the audit did not take. Raises psycopg.Error."""
        views = self._viewers[viewer]
        for key in [key for key in views if key not in wanted]:
            await self._end(viewer, key)
        for key, fps in wanted.items():
            if key not in views and not (reach.has_station(key.station) and await self._begin(viewer, key)):
                viewer.refuse(key, "unknown_camera")
            elif viewer in self._viewers:
                changed = self._streams.add(viewer, key, fps)
                if changed is not None:
                    self._ask(changed)
        viewer.say(watching=[key.named() for key in views])

    async def leave(self, viewer: Viewer) -> None:
        try:
            for key in list(self._viewers[viewer]):
                await self._end(viewer, key)
        finally:
            del self._viewers[viewer], self._actors[viewer]
            VIEWERS.set(len(self._viewers))

    def _shown(self) -> list[UUID]:
        return [view.id for views in self._viewers.values() for view in views.values()]

    async def _begin(self, viewer: Viewer, key: Key) -> bool:
        """Begin a view, and write it into the audit. Return False when there is no such camera."""
        view = _View(self._new_id(), self._now())
        async with self._db.transaction() as transaction:
            row = await transaction.row(_Known, "cameras.is_known", {"station": key.station, "camera": key.camera})
            if row is None or not row.is_known:
                return False
            await self.views.open(transaction, view.id, viewer.who, key, view.began_at)
            await transaction.record(_deed(self._actors[viewer], "live_view_began", key, _detail(key, view)))
            # Before the commit: should the browser leave at this moment, what began is ended.
            self._viewers[viewer][key] = view
        return True

    async def _end(self, viewer: Viewer, key: Key) -> None:
        """End a view. One whose end is broken off, for the browser leaves, is still there for `leave`."""
        view = self._viewers[viewer][key]
        stream = self._streams.remove(viewer, key)
        if stream is not None:
            self._ask(stream)
        detail = _detail(key, view) | {"ended_at": self._now().isoformat()}
        try:
            async with self._db.transaction() as transaction:
                if await self.views.close(transaction, view.id):
                    await transaction.record(_deed(self._actors[viewer], "live_view_ended", key, detail))
        except Error as exc:
            UNLOGGED.inc()
            log.warning("live_view_end_not_recorded", who=viewer.who, error=str(exc)[:200], **detail)
        del self._viewers[viewer][key]

    def _connected(self) -> None:
        self._renew()

    def _renew(self) -> None:
        for stream in self._streams.all():
            self._ask(stream)

    def _ask(self, stream: Stream) -> None:
        """Say what is wanted: again, anew, or no more."""
        link, key = self._link, stream.key
        if link is None:
            return  # said with the next connection
        place = topic(key.station, Leaf.LIVE, key.camera)
        if self._streams.is_watched(key.station, key.camera):
            link.listen(place)
        else:
            link.ignore(place)
        command = LiveCommand(
            id=stream.id,
            camera=key.camera,
            mode=key.mode if stream.viewers else "none",
            fps=stream.fps,
            for_s=self._settings.for_s,
            at=self._now(),
        )
        link.publish(topic(key.station, Leaf.COMMANDS), encode(command))
        COMMANDS.labels(command.mode).inc()

    def _heard(self, heard: Heard) -> None:
        try:
            place = parse(heard.topic)
            head = Head.parse(heard.content_type, heard.properties)
        except (TopicError, LiveError) as exc:
            LOST.labels("not_a_picture").inc()
            log.warning("live_picture_refused", topic=heard.topic[:200], reason=str(exc)[:200])
            return
        if place.leaf is Leaf.LIVE:
            self._streams.take(place.station, place.camera, head, heard.body)


def _deed(actor: Actor, action: str, key: Key, detail: Mapping[str, Any]) -> Deed:
    return Deed(actor, action, f"{key.station}/{key.camera}", key.station, facts=detail)


def _detail(key: Key, view: _View) -> dict[str, Any]:
    return {**key.named(), "view": str(view.id), "began_at": view.began_at.isoformat()}
