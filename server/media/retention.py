"""Pictures and clips are deleted by age, where the settings say so. Each sweep is a deed that names every one."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog
from prometheus_client import Counter
from pydantic import BaseModel

from server.database import Database
from server.media.archive import Archive, ArchiveAwayError
from server.media.threads import MOVING
from storage.deeds import SYSTEM, Deed

log = structlog.get_logger()
RETIRED = Counter("shian_server_media_retired_total", "Pictures and clips that were deleted by age")
_EVERY_S = 600.0


class _Old(BaseModel):
    hash: str
    at: datetime


class _Retired(BaseModel):
    hash: str
    stations: list[str]


class Retention:
    """Retention of media: `days` since they were recorded. `run` is supervised; it returns only by an exception."""

    def __init__(self, db: Database, archive: Archive, days: int) -> None:
        self._db = db
        self._archive = archive
        self._days = days

    async def run(self) -> None:
        while True:
            try:
                while await self.sweep():
                    pass
            except ArchiveAwayError as exc:
                log.warning("media_not_retired", reason=str(exc)[:300])
            await asyncio.sleep(_EVERY_S)

    async def sweep(self) -> int:
        """Delete some that are too old; return their number. Raises ArchiveAwayError, psycopg.Error."""
        # In no transaction: the live feed waits for every one that writes. The rows come after the files, so that after
        # a crash the next sweep finds the same ones again.
        old = await self._db.rows(_Old, "media.old", {"days": self._days})
        gone: list[_Old] = []
        try:
            for media in old:
                await MOVING.run(self._archive.delete, media.hash)
                gone.append(media)
        finally:
            if gone:
                await self._retire(gone)
        return len(gone)

    async def _retire(self, gone: Sequence[_Old]) -> None:
        values = {"hashes": [bytes.fromhex(media.hash) for media in gone], "at": gone[0].at}
        async with self._db.transaction() as transaction:
            retired = await transaction.rows(_Retired, "media.retire", values)
            if retired:  # else another server was first
                facts = {"days": self._days, "media": [media.model_dump() for media in retired]}
                await transaction.record(Deed(SYSTEM, "media_retired", str(len(retired)), facts=facts))
        RETIRED.inc(len(retired))
