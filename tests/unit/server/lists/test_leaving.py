"""A reader who leaves in the middle of a file, wherever the file is at that moment: nothing of it stays behind."""

import asyncio
import gc
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest

from server.database import Database
from server.lists.export import Csv, Form, Look, Statement, export
from server.settings import DatabaseSettings
from storage.deeds import SYSTEM, Deed
from tests.support.leaving import leave
from tests.support.waiting import wait_for
from wire.words import Term

CSV = Csv("numbers", {"n": Term("Number", "数"), "text": Term("Text", "文本")}, {})
LOOK = Look(ZoneInfo("UTC"), is_chinese=False, caller="wang.li")
MANY = b"SELECT n, md5(n::text) AS text FROM generate_series(1, 40000) AS n"
SLOW = b"SELECT n, pg_sleep(CASE WHEN n > 600 THEN 60 ELSE 0 END)::text AS text FROM generate_series(1, 2000) AS n"
EXPORTS = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ~ '"export"'"""


@pytest.mark.parametrize("is_held", [True, False], ids=["held", "taken"])
@pytest.mark.parametrize(
    ("form", "sql", "after"),
    [*(("csv", MANY, after) for after in (1, 2, 3, 9)), ("csv", SLOW, 2), ("xlsx", MANY, 1), ("xlsx", MANY, 2)],
    ids=["csv-1", "csv-2", "csv-3", "csv-9", "csv-slow", "xlsx-1", "xlsx-2"],
)
def test_a_reader_leaves(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: Form, sql: bytes, after: int, *, is_held: bool
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    async def run() -> None:
        db = Database(DatabaseSettings(dsn=dsn))
        await db.open()
        try:
            for _ in range(3):  # one more than each caller has places
                deed = Deed(SYSTEM, "media_viewed", "numbers")
                answer = await export(db, CSV, Statement(sql, {}), LOOK, deed, form=form)
                await leave(answer, after, is_held=is_held)
        finally:
            await db.close()

    asyncio.run(run())
    gc.collect()  # whatever was left open says so, and pytest makes an error of it
    assert not list(tmp_path.iterdir())
    with psycopg.connect(dsn, autocommit=True) as database:
        wait_for(lambda: not database.execute(EXPORTS).fetchall(), what="the end of the file's query")
