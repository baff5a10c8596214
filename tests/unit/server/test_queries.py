"""Every statement of the server is known to PostgreSQL: prepared, not run."""

import re
from pathlib import Path

import psycopg
import pytest

import server
from server.database import query
from storage.named import queries

ROOT = Path(server.__file__ or "").parent
FOLDERS = sorted(path.parent.relative_to(ROOT) for path in ROOT.rglob("queries.sql"))


@pytest.mark.parametrize("folder", [pytest.param(folder, id=str(folder)) for folder in FOLDERS])
def test_every_statement_of_a_folder_is_known_to_postgresql(folder: Path, dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        for name in queries("queries", ".".join(("server", *folder.parts))):
            numbers = dict[str, int]()
            text = query(f"{folder.name}.{name}").decode().replace("{where}", "true")

            def number(found: re.Match[str], numbers: dict[str, int] = numbers) -> str:
                return f"${numbers.setdefault(found[1], len(numbers) + 1)}"

            statement = re.sub(r"%\((\w+)\)s", number, text)
            connection.execute(f'PREPARE "{name}" AS {statement}'.encode())
