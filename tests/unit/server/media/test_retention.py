"""Pictures that are deleted by age, and archives that are slow or go away meanwhile."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from server.database import Database
from server.media.archive import ArchiveAwayError, FolderArchive
from server.media.retention import Retention
from server.settings import DatabaseSettings
from tests.support.media import Photographer

Connection = psycopg.Connection[Any]
WRITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL"
KEPT = "SELECT encode(hash, 'hex') FROM media WHERE retired_at IS NULL"
NAMED = "SELECT facts::jsonb->'media' FROM deed WHERE action = 'media_retired'"


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def old(database: Connection) -> list[str]:
    """Make two old pictures."""
    station = Photographer()
    station.enrol(database)
    digests = sorted(station.expect(database, data) for data in (b"one", b"two"))
    long_ago = "now() - interval '31 days'"
    database.execute(f"UPDATE media SET recorded_at = {long_ago}, stored_at = {long_ago}".encode())
    database.execute(f"UPDATE event_media SET recorded_at = {long_ago}".encode())
    return digests


class Watched(FolderArchive):
    """An archive that looks around before it deletes."""

    def __init__(self, folder: Path, look: Callable[[str], None]) -> None:
        super().__init__(folder)
        self._look = look

    def delete(self, digest: str) -> None:
        self._look(digest)
        super().delete(digest)


def sweep(dsn: str, archive: FolderArchive) -> int:
    async def run() -> int:
        db = Database(DatabaseSettings(dsn=dsn))
        await db.open()
        try:
            return await Retention(db, archive, 30).sweep()
        finally:
            await db.close()

    return asyncio.run(run())


def test_nobody_waits_for_a_transaction_while_files_are_deleted(
    dsn: str, tmp_path: Path, database: Connection, old: list[str]
) -> None:
    writing = []
    archive = Watched(tmp_path, lambda _: writing.extend(database.execute(WRITING).fetchall()))
    assert sweep(dsn, archive) == len(old)
    assert writing == [(0,)] * len(old)
    assert database.execute(KEPT).fetchall() == []


def test_what_was_deleted_before_the_archive_went_away_is_named(
    dsn: str, tmp_path: Path, database: Connection, old: list[str]
) -> None:
    deleted: list[str] = []

    def look(digest: str) -> None:
        if deleted:
            raise ArchiveAwayError("gone")
        deleted.append(digest)

    with pytest.raises(ArchiveAwayError):
        sweep(dsn, Watched(tmp_path, look))
    (left,) = set(old) - set(deleted)
    assert database.execute(KEPT).fetchall() == [(left,)]
    assert [[media["hash"] for media in named] for (named,) in database.execute(NAMED).fetchall()] == [deleted]
    assert sweep(dsn, FolderArchive(tmp_path)) == 1
    assert database.execute(KEPT).fetchall() == []


def test_what_is_named_anew_while_it_is_deleted_is_wanted_again(
    dsn: str, tmp_path: Path, database: Connection, old: list[str]
) -> None:
    def look(_: str) -> None:
        database.execute("UPDATE event_media SET recorded_at = now()")

    sweep(dsn, Watched(tmp_path, look))
    assert database.execute(KEPT).fetchall() == [], "the file is gone: the row must not say that it is there"


def test_what_is_brought_in_again_while_it_is_deleted_is_there(
    dsn: str, tmp_path: Path, database: Connection, old: list[str]
) -> None:
    def look(_: str) -> None:
        database.execute("UPDATE media SET stored_at = clock_timestamp()")

    sweep(dsn, Watched(tmp_path, look))
    assert sorted(digest for (digest,) in database.execute(KEPT)) == old
