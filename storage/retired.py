"""Typed rows that were taken away by age. Their events stay in the ledger, and `shian rebuild` makes the rows again."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

import psycopg

from storage.kinds import WITH_ROWS
from storage.named import queries
from storage.timescale import is_loaded
from wire.kinds.kind import Kind

_SQL = queries("rebuild")


class Mark(NamedTuple):
    """The day from which on the rows of a kind are kept, in the district's zone; it begins at `before`."""

    day: date
    before: datetime


def read_marks(connection: psycopg.Connection[Any]) -> Mapping[str, Mark]:
    """Return the marks by the names of their kinds. Raises psycopg.Error."""
    return {kind: Mark(day, before) for kind, day, before in connection.execute(_SQL["retired"])}


def retire(connection: psycopg.Connection[Any], kind: Kind, mark: Mark) -> int:
    """Take away the rows of a kind that were recorded before `mark`, and keep a note of it; return how many rows that
    were. In the caller's transaction. A mark never moves back: what was retired stays so until it is made again.
    Raises psycopg.Error."""
    name = WITH_ROWS[kind].table.name
    where = f"FROM {name} WHERE recorded_at < %s"
    row = connection.execute(f"SELECT count(*) {where}".encode(), [mark.before]).fetchone()
    if is_loaded(connection):
        connection.execute("SELECT drop_chunks(%s::regclass, older_than => %s)", [name, mark.before])
    # On plain PostgreSQL all of them; with TimescaleDB those of the chunk that goes on after the mark.
    connection.execute(f"DELETE {where}".encode(), [mark.before])
    connection.execute(_SQL["retire"], {"kind": kind.name, "day": mark.day, "before": mark.before})
    return int(row[0]) if row else 0


def bring_back(connection: psycopg.Connection[Any], kind: Kind, mark: Mark) -> None:
    """Note that the rows of a kind are kept from `mark` on again. Raises psycopg.Error."""
    connection.execute(_SQL["bring_back"], {"kind": kind.name, "day": mark.day, "before": mark.before})
