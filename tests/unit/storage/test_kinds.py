"""Every kind's typed row, from the declaration to a real database and back."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from storage.deeds import Actor, Deed, write
from storage.findings import Finding, Kind
from storage.kinds import WITH_ROWS
from storage.rows import Typed
from storage.walk import walk
from tests.support.desk import Desk
from tests.support.kinds import golden
from wire import codec
from wire.kinds import KINDS, Event, deed
from wire.kinds.deed import DeedV1
from wire.kinds.kind import Kind as RecordKind

ROWS = [pytest.param(kind, typed, id=kind.name) for kind, typed in WITH_ROWS.items()]
TIMES = [pytest.param(kind, path, id=f"{kind.name}.{'.'.join(path)}") for kind in KINDS for path in kind.times]
# PostgreSQL's own name of each type, and another value of it.
TYPES: Mapping[str, tuple[str, str]] = {
    "uuid": ("uuid", "gen_random_uuid()"),
    "text": ("text", "coalesce({}, '') || '7'"),
    "timestamptz": ("timestamp with time zone", "coalesce({}, '2026-01-01Z') + interval '1 hour'"),
    "int4": ("integer", "coalesce({}, 0) + 1"),
    "int8": ("bigint", "coalesce({}, 0) + 1"),
    "float8": ("double precision", "coalesce({}, 0) + 1"),
    "bytea": ("bytea", "{} || '\\x00'"),
    "bool": ("boolean", "NOT {}"),
    "date": ("date", "coalesce({}, '2026-01-01') + 1"),
}


def taken(desk: Desk, kind: RecordKind) -> Event:
    """Return the golden event of a kind as a station of the desk's sent it, or as the centre wrote it."""
    if kind is deed.KIND:
        said = golden(kind)[0].data
        assert isinstance(said, DeedV1)
        actor = Actor(said.actor, said.actor_kind, said.account, said.address)
        with desk.connection.transaction():
            write(desk.connection, Deed(actor, said.action, said.subject, said.place, said.why, said.facts))
        return codec.decode(desk.one("SELECT body FROM event"))
    station = desk.station("market-1")
    body = station.add(golden(kind)[0].data)
    desk.take(station.topic, body)
    return codec.decode(body)


def findings(desk: Desk) -> Iterator[Finding]:
    """Yield what the chains say; counts and alerts are derived, and not of one kind."""
    for news in walk(desk.connection):
        if isinstance(news, Finding) and news.kind not in (Kind.COUNT, Kind.ALERT, Kind.LINK):
            yield news


@pytest.mark.parametrize(("kind", "typed"), ROWS)
def test_a_table_is_what_its_declaration_says(dsn: str, kind: RecordKind, typed: Typed) -> None:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s", [typed.table.name]
        ).fetchall()
        key = connection.execute(
            "SELECT array_agg(attname::text ORDER BY attname) FROM pg_index JOIN pg_attribute"
            " ON attrelid = indrelid AND attnum = ANY (indkey) WHERE indrelid = %s::regclass AND indisprimary",
            [typed.table.name],
        ).fetchone()
    declared = {name: TYPES[word][0] for name, word in zip(typed.table.columns, typed.table.types, strict=True)}
    assert dict(rows) == declared
    assert key == (["event", "recorded_at"],)
    assert typed.table.columns[:2] == ("event", "recorded_at")
    assert {"station", "flags"} <= set(typed.table.columns)


@pytest.mark.parametrize(("kind", "typed"), ROWS)
def test_the_walk_compares_every_column_of_the_row(desk: Desk, kind: RecordKind, typed: Typed) -> None:
    event, name = taken(desk, kind), typed.table.name
    assert list(findings(desk)) == []
    assert desk.one(f"SELECT event FROM {name}") == event.id
    for column, word in zip(typed.table.columns, typed.table.types, strict=True):
        desk.connection.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {name}".encode())
        desk.connection.execute(f"UPDATE {name} SET {column} = {TYPES[word][1].format(column)}".encode())
        found = [finding for finding in findings(desk) if finding.kind is not Kind.VERDICT]
        if column in ("event", "recorded_at"):
            assert (Kind.REMOVED, f"its row in {name}") in [(finding.kind, finding.detail) for finding in found], column
        elif column in ("verdict", "decided_verdict", "decided_by"):
            assert [finding.kind for finding in findings(desk)] == [Kind.VERDICT], column
        else:
            assert [(finding.kind, finding.detail) for finding in found] == [
                (Kind.CHANGED, f"its row in {name}: {column}")
            ], column
        desk.connection.execute(f"DELETE FROM {name}".encode())
        desk.connection.execute(f"INSERT INTO {name} SELECT * FROM kept".encode())
        desk.connection.execute("DROP TABLE kept")


@pytest.mark.parametrize("year", [1, 9999])
@pytest.mark.parametrize(("kind", "path"), TIMES)
def test_a_time_whose_year_cannot_be_read_back_costs_no_record(
    desk: Desk, kind: RecordKind, path: tuple[str, ...], year: int
) -> None:
    document: Any = json.loads(golden(kind)[0].data.model_dump_json(exclude_defaults=True))
    part = document
    for name in path[:-1]:
        part = part.setdefault(name, {})
    part[path[-1]] = datetime(year, 1, 1, tzinfo=UTC).isoformat() if year == 1 else f"{year}-12-31T23:59:59Z"
    station = desk.station("market-1")
    outcome = desk.take(station.topic, station.add(kind.data.model_validate(document)))
    assert [event.event.sequence for event in outcome.stored] == [1]
    if kind in WITH_ROWS:
        desk.connection.execute(f"SELECT * FROM {WITH_ROWS[kind].table.name}".encode()).fetchall()
    assert list(findings(desk)) == []
