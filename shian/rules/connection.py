"""The database of the commands about rules."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from process.language import t
from shian.failures import CannotError
from storage.errors import StorageError
from storage.exchange import connect_patiently


@contextmanager
def connected(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """Open the database. Raises CannotError for what it says."""
    try:
        with connect_patiently(dsn, "rules") as connection:
            yield connection
    except (StorageError, psycopg.Error) as exc:
        raise CannotError(t(f"the database said: {exc}", f"数据库返回：{exc}")) from exc
