"""Derived tables that somebody dropped, made again as the migrations made them."""

from typing import Any

import psycopg
from psycopg import sql

from storage.migrate import shipped
from storage.origins import DERIVED
from storage.roles import RIGHTS
from storage.timescale import make_hypertables

_ASIDE = "shian_remade"


def missing_tables(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the names of the derived tables that are not there. Raises psycopg.Error."""
    names = list(DERIVED)
    rows = connection.execute("SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL", [names])
    return [name for (name,) in rows]


def remake(connection: psycopg.Connection[Any]) -> list[str]:
    """Make the derived tables that are missing, empty, with their rights; return their names. The connection is the
    owner's, in autocommit. Raises psycopg.Error."""
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
        keys = connection.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid = ANY (%s::regclass[])",
            [missing],
        ).fetchall()
        connection.execute("SET LOCAL search_path = public")
        for name in missing:
            table = sql.Identifier(name)
            connection.execute(sql.SQL("ALTER TABLE {}.{} SET SCHEMA public").format(aside, table))
            _give_rights(connection, name)
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(aside))
        for table_name, key, definition in keys:  # went with the tables that they named in the schema aside
            add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
                sql.Identifier(table_name), sql.Identifier(key), sql.SQL(definition)
            )
            connection.execute(add)
    make_hypertables(connection)
    return missing


def _give_rights(connection: psycopg.Connection[Any], name: str) -> None:
    """Grant to each role what it may do with a table (storage/roles.py). A role that may add to the ledger is that of
    ingest, one that reads it that of the server."""
    grantees = connection.execute(
        "SELECT grantee, bool_or(privilege_type = 'INSERT') FROM information_schema.role_table_grants"
        " WHERE table_schema = 'public' AND table_name = 'event' AND grantee <> current_user GROUP BY grantee"
    ).fetchall()
    for grantee, is_ingest in grantees:
        rights = RIGHTS[name].ingest if is_ingest else RIGHTS[name].server
        if rights:
            statement = sql.SQL("GRANT {} ON {} TO {}").format(
                sql.SQL(rights), sql.Identifier(name), sql.Identifier(grantee)
            )
            connection.execute(statement)
