"""People with accounts: made in the database, signed in at a real server."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx
import psycopg

from server.access.passwords import hashed
from storage import accounts
from storage.accounts import Grant, NewAccount
from storage.deeds import Actor
from storage.steps import run
from tests.support.server import Served

PASSWORD = "correct horse battery"
# Made once: a hash takes a while, and tests make many accounts.
_KEPT = hashed(PASSWORD)
ON = {"is_on": True}


def add_person(
    connection: psycopg.Connection[Any], name: str, *roles: str, area: str | None = None, **columns: Any
) -> UUID:
    """Make an account with these roles and PASSWORD."""
    new = NewAccount(name, password=_KEPT, grants=tuple(Grant(role, area) for role in roles), **columns)
    with connection.transaction(), connection.cursor() as cursor:
        return run(cursor, accounts.add(new, actor=Actor.command("test")))


def add_token(connection: psycopg.Connection[Any], account: UUID, *scopes: str, for_s: float = 3600.0) -> str:
    """Make a token of the account."""
    with connection.transaction(), connection.cursor() as cursor:
        actor = Actor.command("test")
        return run(cursor, accounts.add_token(account, "x", "test", scopes, for_s=for_s, actor=actor))[1]


@contextmanager
def signed_in(server: Served, name: str, password: str = PASSWORD) -> Iterator[Served]:
    """Sign in as a browser does, and ask by its cookie until the end of the block."""
    with httpx.Client(base_url=server.address, timeout=60, trust_env=False) as client:
        answer = client.post("/api/v1/session", json={"name": name, "password": password})
        assert answer.status_code == 204, answer.text
        yield Served(server.address, client)
