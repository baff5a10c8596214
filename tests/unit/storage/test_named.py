"""Named queries: every file loads, and PostgreSQL understands each statement."""

import re
from importlib.resources import files

import psycopg
import pytest

from storage.named import queries

FILES = sorted(path.name.removesuffix(".sql") for path in (files("storage") / "queries").iterdir())


@pytest.mark.parametrize("file", FILES)
def test_every_statement_of_a_file_is_known_to_postgresql(file: str, dsn: str) -> None:
    # The queries are prepared, not run: a missing column or a misspelt word shows.
    with psycopg.connect(dsn) as connection:
        for name, statement in queries(file).items():
            text, numbers = statement.decode(), dict[str, int]()
            text = re.sub(r"%\((\w+)\)[sb]", lambda found: f"${numbers.setdefault(found[1], len(numbers) + 1)}", text)  # noqa: B023
            if not text.startswith("NOTIFY"):
                connection.execute(f"PREPARE {name} AS {text}".encode())


def test_a_statement_has_no_comment_of_its_neighbour_in_front(dsn: str) -> None:
    assert queries("ingest")["stations"].startswith(b"SELECT name FROM station")
