"""A change of the database by a command: in one transaction, with the database's name for people, and who did it."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row

from process.language import t
from shian.database_choice import Chosen
from shian.failures import CannotError
from storage.areas import codes
from storage.errors import StorageError, UnknownAreaError
from storage.exchange import connect_patiently

Connection = psycopg.Connection[Any]
_SHOWN = 12


@contextmanager
def changing(chosen: Chosen, cannot: str) -> Iterator[tuple[Connection, str]]:
    """Connect, and hand over the connection and the database's name for people.

    Raises CannotError, also for what goes wrong inside: `cannot` says what was not done."""
    try:
        with connect_patiently(chosen.dsn, "command") as connection:
            try:
                yield connection, _name(connection, chosen)
            except UnknownAreaError as exc:
                connection.rollback()
                raise CannotError(f"{cannot}: {_no_area(exc.area, connection)}") from exc
    except (StorageError, psycopg.Error, ValueError) as exc:
        raise CannotError(f"{cannot}: {exc}") from exc


def listed(chosen: Chosen, cannot: str, statement: LiteralString) -> list[dict[str, Any]]:
    """Return all rows of a statement by their columns. Raises CannotError."""
    with changing(chosen, cannot) as (connection, _), connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement).fetchall()


def doer(command: str) -> str:
    """Return who did it, for the audit: the user of this machine, by which command."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "?"
    return f"{user}: {command}"


def _name(connection: Connection, chosen: Chosen) -> str:
    info = connection.info
    place = f"{info.dbname} ({info.host}:{info.port})"
    return f"{place}, {chosen.folder}" if chosen.folder else place


def _no_area(area: str, connection: Connection) -> str:
    known = codes(connection)
    there = ", ".join(known[:_SHOWN]) + (" ..." if len(known) > _SHOWN else "")
    return t(
        f"there is no area {area!r}; there are: {there or 'none'}. To make it: shian area add {area} --name ...",
        f"没有区域 {area!r}；现有：{there or '无'}。新建：shian area add {area} --name …",
    )
