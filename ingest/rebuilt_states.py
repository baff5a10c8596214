"""States that follow from single events, made again where they are missing: devices, the changes of their states, the
pictures that events name, and the cameras that cannot be trusted. A device that is there is left as it is: ingest
goes on beside a rebuild, and knows it better.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg

from ingest import devices
from ingest.effects import EFFECTS, Seen
from ingest.work import Work
from storage.named import queries
from wire.cameras import UNTRUSTED
from wire.clocks import moment_of
from wire.kinds import BY_EVENT, Received
from wire.kinds.envelope import NotUnderstood
from wire.kinds.result import ResultEvent

_SQL = queries("rebuild")
_INGEST = queries("ingest")
_KEPT = timedelta(days=400)  # of the changes of states, as the watch forgets them


@dataclass(slots=True)
class States:
    """States in the making. `known`: the devices that are there."""

    known: set[tuple[str, str]]
    since: datetime

    @classmethod
    def begin(cls, connection: psycopg.Connection[Any]) -> "States":
        """Return states of a rebuild that begins. Raises psycopg.Error."""
        known = {(station, name) for station, name in connection.execute("SELECT station, name FROM device")}
        row = connection.execute("SELECT now()").fetchone()
        assert row is not None, "a SELECT without FROM has one row"
        return cls(known, row[0] - _KEPT)

    def write(self, cursor: psycopg.Cursor[Any], taken: list[tuple[Received, datetime]]) -> None:
        """Write what follows from some events of a stream, in their order."""
        work = Work(cursor, self.since)
        for event, received_at in taken:
            work.now = received_at
            self._see(work, event, received_at)
        work.devices = {key: news for key, news in work.devices.items() if key[1] and key not in self.known}
        devices.write(work)
        changes = [change for change in work.changes if change[2] >= self.since]
        if changes:
            columns = [list(column) for column in zip(*changes, strict=True)]
            values: dict[str, Any] = dict(zip(("station", "device", "at", "event"), columns, strict=True))
            cursor.execute(_SQL["add_changes"], values)
        if work.media:
            names = ("station", "hash", "device", "event", "key", "recorded_at")
            columns = [list(column) for column in zip(*sorted(work.media), strict=True)]
            media: dict[str, Any] = dict(zip(names, columns, strict=True))
            cursor.execute(_INGEST["add_media"], media)
            cursor.execute(_INGEST["add_event_media"], media)

    def _see(self, work: Work, event: Received, received_at: datetime) -> None:
        """Add what follows from an event to `work`, as when it came; alerts and news of it stay there unsaid."""
        if isinstance(event, NotUnderstood):
            return
        seen = Seen(event.station, event.device or "", moment_of(event, received_at), None)
        if not isinstance(event, ResultEvent):
            EFFECTS[BY_EVENT[type(event)]](work, event, seen)
            return
        data, at = event.data, min(seen.moment.at, work.now)
        news = work.devices.setdefault((seen.station, seen.device), {})
        news.update(adapter=data.adapter, profile=data.profile)
        news["last_result_at"] = max(at, news.get("last_result_at", at))
        if data.photo:
            digest = bytes.fromhex(data.photo)
            work.media.append((seen.station, digest, seen.device, event.id, event.id, seen.moment.at))


def camera_troubles(connection: psycopg.Connection[Any]) -> None:
    """Bring the cameras that cannot be trusted up to date, from the rows of their events. Raises psycopg.Error."""
    with connection.transaction():
        connection.execute(_SQL["end_troubles"])
        connection.execute(_SQL["begin_troubles"], {"kinds": sorted(UNTRUSTED)})
