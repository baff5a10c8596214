"""Statements that follow from each other, written once for ingest (which waits in a thread) and the server (asyncio).

A generator yields `Ask`s and is sent the rows; it does no I/O itself. `run` and `run_async` put the questions.
"""

from collections.abc import Generator, Mapping
from typing import Any, NamedTuple, TypeVar

import psycopg

Row = tuple[Any, ...]
T = TypeVar("T")


class Ask(NamedTuple):
    """A statement. `has_rows` False: nothing is waited for, so that a pipeline stays one."""

    statement: bytes
    values: Mapping[str, Any] | None = None
    has_rows: bool = True


Steps = Generator[Ask, list[Row], T]


def run(cursor: psycopg.Cursor[Any], steps: Steps[T]) -> T:
    """Put every question to the database, and return the result of the generator."""
    rows: list[Row] = []
    try:
        ask = next(steps)
        while True:
            cursor.execute(ask.statement, ask.values, binary=True)
            rows = cursor.fetchall() if ask.has_rows else []
            ask = steps.send(rows)
    except StopIteration as end:
        found: T = end.value
        return found


async def run_async(cursor: psycopg.AsyncCursor[Any], steps: Steps[T]) -> T:
    """Run the steps as `run` does, for asyncio."""
    rows: list[Row] = []
    try:
        ask = next(steps)
        while True:
            await cursor.execute(ask.statement, ask.values, binary=True)
            rows = await cursor.fetchall() if ask.has_rows else []
            ask = steps.send(rows)
    except StopIteration as end:
        found: T = end.value
        return found
