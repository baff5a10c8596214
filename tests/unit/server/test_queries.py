"""Every statement of the server is known to PostgreSQL: prepared, not run."""

import asyncio
import re
from pathlib import Path

import psycopg
import pytest
from pydantic import BaseModel

import server
from server.database import Database, query
from server.settings import DatabaseSettings
from storage.named import queries

ROOT = Path(server.__file__ or "").parent
FOLDERS = sorted(path.parent.relative_to(ROOT) for path in ROOT.rglob("queries.sql"))

# What is put into a statement before it runs, and something like it.
PARTS = {"{where}": "true", "{like}": "true", "{way}": "food", "{groups}": "a.state", "{numbers}": "1"}


@pytest.mark.parametrize("folder", [pytest.param(folder, id=str(folder)) for folder in FOLDERS])
def test_every_statement_of_a_folder_is_known_to_postgresql(folder: Path, dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        for name in queries("queries", ".".join(("server", *folder.parts))):
            numbers = dict[str, int]()
            text = query(f"{folder.name}.{name}").decode()
            for part, stand_in in PARTS.items():
                text = text.replace(part, stand_in)

            def number(found: re.Match[str], numbers: dict[str, int] = numbers) -> str:
                return f"${numbers.setdefault(found[1], len(numbers) + 1)}"

            statement = re.sub(r"%\((\w+)\)s", number, text)
            connection.execute(f'PREPARE "{name}" AS {statement}'.encode())


class _Setting(BaseModel):
    max_parallel_workers_per_gather: str


def test_a_request_takes_one_core_of_the_database(dsn: str) -> None:
    async def asked() -> list[_Setting]:
        database = Database(DatabaseSettings.model_validate({"dsn": dsn}))
        await database.open()
        try:
            async with database.transaction() as transaction:
                return await transaction.select(_Setting, b"SHOW max_parallel_workers_per_gather")
        finally:
            await database.close()

    assert asyncio.run(asked()) == [_Setting(max_parallel_workers_per_gather="0")]
