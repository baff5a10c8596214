"""Many rows at once, the fastest way for their number: under FEW rows one INSERT ... SELECT unnest with binary arrays
(one round trip), above it COPY BINARY. Never executemany, never text arrays."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import psycopg
from psycopg import sql

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


def _names(table: Table) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, table.columns))


@cache
def _unnest(table: Table, returning: str = "") -> bytes:
    arrays = ", ".join(f"%b::{kind}[]" for kind in table.types)
    tail = f" ON CONFLICT DO NOTHING RETURNING {returning}" if returning else ""
    return _statement("INSERT INTO {} ({}) SELECT * FROM unnest(", table) + f"{arrays}){tail}".encode()


@cache
def _copy_into(table: Table, name: str) -> bytes:
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)")
    return statement.format(sql.Identifier(name), _names(table)).as_string().encode()


@cache
def _incoming(table: Table) -> bytes:
    name = f"incoming_{table.name}"
    return f"CREATE TEMP TABLE IF NOT EXISTS {name} (LIKE {table.name}) ON COMMIT DELETE ROWS".encode()


@cache
def _take_over(table: Table, returning: str) -> bytes:
    columns = ", ".join(table.columns)
    return (
        f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM incoming_{table.name}"  # noqa: S608 - names of ours
        f" ON CONFLICT DO NOTHING RETURNING {returning}"
    ).encode()


def _statement(text: str, table: Table) -> bytes:
    return sql.SQL(text).format(sql.Identifier(table.name), _names(table)).as_string().encode()
