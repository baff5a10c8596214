"""Named queries: every file loads, and PostgreSQL understands each statement."""

import re
from collections.abc import Mapping
from importlib.resources import files

import psycopg
import pytest

from storage import routing, typed_sql
from storage.named import queries

FILES = sorted(path.name.removesuffix(".sql") for path in (files("storage") / "queries").iterdir())
TYPED = {"links": typed_sql.links, "disputed": typed_sql.disputed, "unfounded": typed_sql.unfounded}


def _statement(file: str, name: str, text: bytes) -> str:
    """Return a statement as PREPARE takes it, with the typed tables filled in."""
    numbers = dict[str, int]()
    whole = (TYPED[name]() if file == "walk" and name in TYPED else text).decode()
    return re.sub(r"%\((\w+)\)[sb]", lambda found: f"${numbers.setdefault(found[1], len(numbers) + 1)}", whole)


def statements(file: str) -> Mapping[str, bytes]:
    """Return the statements of a file, whole: those of the route share parts."""
    if file != "routing":
        return queries(file)
    return {name: routing.statement(name) for name in queries(file) if name not in routing.PARTS}


@pytest.mark.parametrize("file", FILES)
def test_every_statement_of_a_file_is_known_to_postgresql(file: str, dsn: str) -> None:
    # The queries are prepared, not run: a missing column or a misspelt word shows. NOTIFY and LOCK cannot be prepared.
    with psycopg.connect(dsn) as connection:
        for name, text in statements(file).items():
            if b"NOTIFY " not in text and b"LOCK TABLE" not in text:
                connection.execute(f"PREPARE {name} AS {_statement(file, name, text)}".encode())


def test_a_statement_has_no_comment_of_its_neighbour_in_front(dsn: str) -> None:
    assert queries("ingest")["stations"].startswith(b"SELECT name FROM station")
