"""The rows that the database holds of a person, and an account that is forgotten.

Whatever is an event, or says who did something, stands: the chain and the audit would prove nothing without it. An
account loses everything else: name at sign-in, title, identity, password, sessions with their addresses, tokens, roles.
"""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from storage import accounts, deeds
from storage.accounts import UnknownAccountError
from storage.deeds import Actor, Deed
from storage.errors import translated
from storage.named import queries
from storage.steps import run

_SQL = queries("persons")
_MOST = 100_000


class Place(NamedTuple):
    """Table that holds something of persons. `account`: its column with the id of an account, or ''."""

    table: str
    columns: tuple[str, ...]
    account: str
    hidden: frozenset[str]


class Forgotten(NamedTuple):
    """Account that was forgotten: what it is called now, and what was deleted."""

    pseudonym: str
    deleted: Mapping[str, int]


@cache
def places() -> tuple[Place, ...]:
    """Return the tables that hold something of persons."""
    return tuple(
        Place(name, tuple(said.get("columns", ())), said.get("account", ""), frozenset(said.get("hidden", ())))
        for name, said in _table().items()
        if name != "no_person"
    )


def without_persons() -> frozenset[str]:
    """Return the tables that hold nothing of persons."""
    return frozenset(_table()["no_person"]["tables"])


def _table() -> dict[str, Any]:
    return tomllib.loads((files("storage") / "persons.toml").read_text("utf-8"))


def find(connection: psycopg.Connection[Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each row that names this person, with its table: of an account (by its name at sign-in) all that is its
    own, of any other name what is equal to it, in whatever case. Never a secret. Raises storage.errors."""
    with translated():
        row = connection.execute(_SQL["account"], {"name": name}).fetchone()
        names = [name, *([row[2]] if row and row[2] else [])]
        for place in places():
            yield from ((place.table, found) for found in _rows(connection, place, names, row[0] if row else None))


def _rows(
    connection: psycopg.Connection[Any], place: Place, names: Sequence[str], account: UUID | None
) -> Iterator[dict[str, Any]]:
    tests: list[sql.Composable] = [
        sql.SQL("lower({}) = ANY(%(names)s)").format(sql.Identifier(column)) for column in place.columns
    ]
    if place.account:
        tests.append(sql.SQL("{} = %(account)s").format(sql.Identifier(place.account)))
    statement = sql.SQL("SELECT * FROM {} WHERE {} LIMIT %(most)s").format(
        sql.Identifier(place.table), sql.SQL(" OR ").join(tests)
    )
    values = {"names": [name.lower() for name in names], "account": account, "most": _MOST}
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(statement, values):
            yield {key: value for key, value in row.items() if key not in place.hidden}


def forget(
    connection: psycopg.Connection[Any], name: str, addresses: Sequence[str] = (), *, actor: str, why: str
) -> Forgotten:
    """Forget an account, and end its subscriptions and those that go to these addresses of the person's.

    Raises UnknownAccountError, LastAdministratorError, storage.errors."""
    with translated(), connection.transaction():
        row = connection.execute(_SQL["account"], {"name": name}).fetchone()
        if row is None:
            raise UnknownAccountError(f"there is no account {name!r}")
        account: UUID = row[0]
        pseudonym = f"forgotten-{account.hex[-12:]}"
        if row[3]:
            with connection.cursor() as cursor:
                run(cursor, accounts.check_other_administrator(account))
        values = {"account": account, "pseudonym": pseudonym, "addresses": list(addresses)}
        kept = ("sessions", "tokens", "secrets", "roles", "subscriptions", "report_mails")
        deleted = {what: connection.execute(_SQL[what], values).rowcount for what in kept}
        connection.execute(_SQL["forget"], values)
        # The name itself is in older deeds; the hash keeps it from being given to somebody else.
        facts = {"account": account, "deleted": deleted, "name_sha256": name_hash(row[1])}
        deeds.write(connection, Deed(Actor.command(actor), "account_forgotten", pseudonym, why=why, facts=facts))
    return Forgotten(pseudonym, deleted)


def name_hash(name: str) -> str:
    """Return the hash by which the name of a forgotten account is known."""
    return hashlib.sha256(name.lower().encode()).hexdigest()
