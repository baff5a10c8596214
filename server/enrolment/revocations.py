"""The list of revoked certificates as a file, for the broker. Written when it changes, and once a day: a broker refuses
everybody once its list is older than it says."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from authority.ca import Authority, Revoked
from process.private_files import replace
from server.database import Database
from server.enrolment.desk import note_place
from server.enrolment.settings import EnrolmentSettings
from storage.named import queries

log = structlog.get_logger()
_SQL = queries("enrolment")
_ANEW = timedelta(days=1)


class Revocations:
    """Work of the server: note where stations enrol, then keep the file."""

    def __init__(
        self, db: Database, settings: EnrolmentSettings, authority: Authority | None, now: Callable[[], datetime]
    ) -> None:
        self._db = db
        self._settings = settings
        self._authority = authority
        self._now = now
        self._written: tuple[tuple[Revoked, ...], datetime] | None = None

    async def run(self) -> None:
        await note_place(self._db, self._settings, self._authority)
        while True:
            if self._authority and self._settings.crl_file:
                await self._look(self._authority, self._settings.crl_file)
            await asyncio.sleep(self._settings.crl_s)

    async def _look(self, authority: Authority, path: Path) -> None:
        async with self._db.transaction() as transaction:
            rows = await (await transaction.connection.execute(_SQL["revoked"])).fetchall()
        revoked, now = tuple(Revoked(*row) for row in rows), self._now()
        if self._written and self._written[0] == revoked and now - self._written[1] < _ANEW:
            return
        await asyncio.to_thread(write_list, authority, path, revoked, now)
        self._written = revoked, now
        log.info("revocations_written", path=str(path), certificates=len(revoked))


def write_list(authority: Authority, path: Path, revoked: tuple[Revoked, ...], now: datetime) -> None:
    """Put a new list in the place of the old one, readable for the broker's user. Raises OSError."""
    replace(path, authority.revocations(revoked, now=now, number=int(now.timestamp() * 1000)), 0o644)
