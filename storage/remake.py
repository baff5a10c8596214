"""Typed tables that somebody dropped, made again as the migrations made them."""

from typing import Any

import psycopg
from psycopg import sql

from storage.kinds import WITH_ROWS
from storage.migrate import shipped
from storage.timescale import make_hypertables

_ASIDE = "shian_remade"


def missing_tables(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the names of the typed tables that are not there. Raises psycopg.Error."""
    names = [typed.table.name for typed in WITH_ROWS.values()]
    rows = connection.execute("SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL", [names])
    return [name for (name,) in rows]


def remake(connection: psycopg.Connection[Any]) -> list[str]:
    """Make the typed tables that are missing, empty, with the rights that the ledger has; return their names. The
    connection is the owner's, in autocommit. Raises psycopg.Error."""
    missing = missing_tables(connection)
    if not missing:
        return []
    aside = sql.Identifier(_ASIDE)
    with connection.transaction():
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(aside))
        # All migrations once more, in a schema of their own: what they say is the only definition of a table.
        connection.execute(sql.SQL("SET LOCAL search_path = {}").format(aside))
        for migration in shipped():
            connection.execute(migration.statements.encode())
        connection.execute("SET LOCAL search_path = public")
        for name in missing:
            table = sql.Identifier(name)
            connection.execute(sql.SQL("ALTER TABLE {}.{} SET SCHEMA public").format(aside, table))
            _give_rights(connection, table)
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(aside))
    make_hypertables(connection)
    return missing


def _give_rights(connection: psycopg.Connection[Any], table: sql.Identifier) -> None:
    """Grant to each role what it may do with the ledger: the same holds for a typed table (storage/roles.py)."""
    rows = connection.execute(
        "SELECT grantee, privilege_type FROM information_schema.role_table_grants"
        " WHERE table_schema = 'public' AND table_name = 'event' AND grantee <> current_user"
    ).fetchall()
    for grantee, privilege in rows:
        statement = sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(privilege), table, sql.Identifier(grantee))
        connection.execute(statement)
