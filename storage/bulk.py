"""Many rows at once, the fastest way for their number: under FEW rows one INSERT ... SELECT unnest with binary arrays
(one round trip), above it COPY BINARY. Never executemany, never text arrays."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import psycopg

from storage.tables import Table

FEW = 50
Row = tuple[Any, ...]


def insert(cursor: psycopg.Cursor[Any], table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that cannot be in the table yet."""
    if not rows:
        return
    if len(rows) < FEW:
        cursor.execute(_unnest(table), _columns(rows), binary=True)
    else:
        _copy(cursor, _copy_into(table, table.name), table, rows)


def prepare(connection: psycopg.Connection[Any], table: Table) -> None:
    """Make the temporary table that `insert_new` copies into: once a connection."""
    connection.execute(_incoming(table))


def insert_new(cursor: psycopg.Cursor[Any], table: Table, rows: Sequence[Row], returning: str) -> list[Row]:
    """Insert what is not there yet; `returning` (columns) of the rows that were. The connection was prepared."""
    if not rows:
        return []
    if len(rows) < FEW:
        cursor.execute(_unnest(table, returning), _columns(rows), binary=True)
        return cursor.fetchall()
    _copy(cursor, _copy_into(table, f"incoming_{table.name}"), table, rows)
    cursor.execute(_take_over(table, returning), binary=True)
    return cursor.fetchall()


def _columns(rows: Sequence[Row]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _copy(cursor: psycopg.Cursor[Any], statement: bytes, table: Table, rows: Sequence[Row]) -> None:
    with cursor.copy(statement) as copy:
        copy.set_types(table.types)
        for row in rows:
            copy.write_row(row)


# The names below are those of storage.tables: nothing from outside comes into a statement's text.


@cache
def _unnest(table: Table, returning: str = "") -> bytes:
    arrays = ", ".join(f"%b::{kind}[]" for kind in table.types)
    tail = f" ON CONFLICT DO NOTHING RETURNING {returning}" if returning else ""
    return f"INSERT INTO {table.name} ({_names(table)}) SELECT * FROM unnest({arrays}){tail}".encode()  # noqa: S608


@cache
def _copy_into(table: Table, name: str) -> bytes:
    return f"COPY {name} ({_names(table)}) FROM STDIN (FORMAT BINARY)".encode()


@cache
def _incoming(table: Table) -> bytes:
    name = f"incoming_{table.name}"
    return f"CREATE TEMP TABLE IF NOT EXISTS {name} (LIKE {table.name}) ON COMMIT DELETE ROWS".encode()


@cache
def _take_over(table: Table, returning: str) -> bytes:
    names = _names(table)
    return (
        f"INSERT INTO {table.name} ({names}) SELECT {names} FROM incoming_{table.name}"  # noqa: S608
        f" ON CONFLICT DO NOTHING RETURNING {returning}"
    ).encode()


def _names(table: Table) -> str:
    return ", ".join(table.columns)
