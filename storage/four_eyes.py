"""Which deeds need a second account: a small table that the server and the command line read."""

from typing import Any

import psycopg

from storage import deeds
from storage.deeds import Actor, Deed
from storage.errors import StorageError, translated
from storage.named import queries
from storage.steps import Ask, Steps

_SQL = queries("four_eyes")


class UnknownDeedError(StorageError):
    """Unknown deed: it is none of those that can need a second account."""


def needed(action: str) -> Steps[bool]:
    """Return True when this deed needs a second account. One that the table does not name needs one: a row that
    somebody took away opens nothing."""
    rows = yield Ask(_SQL["is_on"], {"action": action})
    return bool(rows[0][0]) if rows else True


def read(connection: psycopg.Connection[Any]) -> dict[str, bool]:
    """Return the deeds that can need a second account, and whether they do. Raises storage.errors."""
    with translated():
        return dict(connection.execute(_SQL["list"]).fetchall())


def change(connection: psycopg.Connection[Any], action: str, *, is_on: bool, actor: str, why: str = "") -> bool:
    """Let a deed need a second account, or no more; False when nothing was changed. Raises UnknownDeedError and
    storage.errors."""
    with translated(), connection.transaction():
        if action not in read(connection):
            raise UnknownDeedError(f"{action!r} is none of {', '.join(read(connection))}")
        if connection.execute(_SQL["set"], {"action": action, "is_on": is_on}).rowcount == 0:
            return False
        facts = {"is_on": is_on}
        deeds.write(connection, Deed(Actor.command(actor), "four_eyes_set", action, why=why, facts=facts))
    return True
