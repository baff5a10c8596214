"""Pictures and clips are deleted by age, where the settings say so. Each sweep is a deed that names every one."""

import asyncio

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
        async with self._db.transaction() as transaction:
            old = await transaction.rows(_Old, "media.retire", {"days": self._days})
            # Before the commit: after a crash here the next sweep finds the same rows again.
            for media in old:
                await MOVING.run(self._archive.delete, media.hash)
            if old:
                facts = {"days": self._days, "media": [media.model_dump() for media in old]}
                await transaction.record(Deed(SYSTEM, "media_retired", str(len(old)), facts=facts))
        RETIRED.inc(len(old))
        return len(old)
