"""Tells the stations by a retained topic that what they must know has changed.

The tables have one number, which rises with each change of any of them: a station that hears another number than before
asks for its document, and gets nothing where it did not change for it."""

import asyncio
from collections.abc import Callable

from pydantic import BaseModel

from server.database import Database
from wire.down import DownNews
from wire.topics import Leaf, topic

_LOOK_S = 5.0
# Said again now and then: a broker may have lost what it kept.
_AGAIN_S = 3600.0


class _Changes(BaseModel):
    changes: int


class _Station(BaseModel):
    name: str


class Herald:
    """Herald of all stations; `run` is supervised. `retain` publishes, or returns False: then it is tried again."""

    def __init__(self, db: Database, retain: Callable[[str, bytes], bool]) -> None:
        self._db = db
        self._retain = retain
        self._told: dict[str, int] = {}

    async def run(self) -> None:
        left_s = _AGAIN_S
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_S)
            left_s -= _LOOK_S
            if left_s <= 0:
                left_s = _AGAIN_S
                self._told.clear()

    async def look(self) -> None:
        """Look once. Raises psycopg.Error."""
        async with self._db.transaction() as transaction:
            (found,) = await transaction.rows(_Changes, "down.changes", {})
            stations = await transaction.rows(_Station, "down.stations", {})
        body = DownNews(changes=found.changes).model_dump_json().encode()
        for station in stations:
            if self._told.get(station.name) != found.changes and self._retain(topic(station.name, Leaf.DOCUMENT), body):
                self._told[station.name] = found.changes
