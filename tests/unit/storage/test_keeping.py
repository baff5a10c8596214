"""No table grows without end unseen: each is pruned, or says why not; and proof has a floor that the database holds."""

import asyncio
import re
from pathlib import Path

import psycopg
import pytest

from server.database import Database
from server.pruning import Pruning
from server.settings import DatabaseSettings, KeepSettings
from storage.keeping import Aged, aged, declared
from storage.named import queries
from storage.roles import RIGHTS
from tests.support.desk import Desk
from tests.support.server import add_delivery, add_subscription
from tests.support.services import SERVER, as_role
from tests.support.station import result

ROOT = Path(__file__).resolve().parents[3]


def test_every_table_stands_in_the_declaration_once() -> None:
    said = declared()
    found = [*said["pruned"]]
    found += [name for table in aged() for name in (table.table, *table.also)]
    found += [name for part in ("kept", "bounded", "view") for names in said[part].values() for name in names]
    assert sorted(found) == sorted(RIGHTS)


@pytest.mark.parametrize("table", aged(), ids=lambda table: table.table)
def test_every_age_is_a_setting_with_its_floor(table: Aged) -> None:
    field = KeepSettings.model_fields[table.setting]
    assert f"ge={table.floor}" in repr(field)
    assert table.table in queries("keeping")
    assert set(KeepSettings.model_fields) == {one.setting for one in aged()}


@pytest.mark.parametrize("table", declared()["pruned"])
def test_every_other_chore_is_there_and_is_run(table: str) -> None:
    file, _, name = declared()["pruned"][table].partition(": ")
    text = (ROOT / file).read_text("utf-8")
    statement = text.partition(f"-- name: {name}\n")[2].partition("-- name:")[0]
    assert re.search(rf"DELETE FROM {table}\b", statement)
    code = [path for folder in ("ingest", "server", "storage", "shian") for path in (ROOT / folder).rglob("*.py")]
    assert any(re.search(rf'["\.]{name}"', path.read_text("utf-8")) for path in code)


def sweep(dsn: str, table: str, **keep: int) -> int:
    """Prune as the server does, by its role; return the number of rows."""

    async def swept() -> int:
        db = Database(DatabaseSettings(dsn=as_role(dsn, SERVER)))
        await db.open()
        try:
            (wanted,) = [one for one in aged() if one.table == table]
            return await Pruning(db, KeepSettings(**keep)).sweep(wanted)
        finally:
            await db.close()

    return asyncio.run(swept())


def add_changes(desk: Desk) -> None:
    desk.rows(
        "INSERT INTO state_change (station, device, at, event) SELECT 'm1', 'd', now() - make_interval(days => days),"
        " gen_random_uuid() FROM unnest(ARRAY[0, 3, 399, 401, 500]) AS days RETURNING 1"
    )
    desk.rows(
        "INSERT INTO watch_past (rule, key, station, began, ended) SELECT 'repeats', 'k', 'm1', now() - make_interval("
        "days => days + 1), now() - make_interval(days => days) FROM unnest(ARRAY[0, 32, 500]) AS days RETURNING 1"
    )


def test_state_changes_and_the_past_of_the_watch_go_by_age(dsn: str, desk: Desk) -> None:
    add_changes(desk)
    assert sweep(dsn, "state_change") == 2
    assert sweep(dsn, "state_change", state_changes_days=2) == 2
    assert sweep(dsn, "watch_past") == 1
    assert sweep(dsn, "watch_past", watch_days=31) == 1
    assert desk.one("SELECT count(*) FROM state_change") == 1
    assert desk.rows("SELECT 1 FROM deed") == []


def test_who_was_told_goes_with_its_attempts_when_it_is_old_and_over(dsn: str, desk: Desk) -> None:
    station = desk.station("m1")
    desk.take(
        station.topic, *(station.add(result(63.0, number=str(number), device_verdict=None)) for number in range(3))
    )
    alerts = [row[0] for row in desk.rows("SELECT id FROM alert ORDER BY key")]
    subscription = add_subscription(desk.connection, "https://example.com/h")
    for alert in alerts:
        delivery = add_delivery(desk.connection, alert, subscription, state="delivered")
        desk.rows(
            "INSERT INTO delivery_attempt (delivery, attempt, at, outcome, duration_ms)"
            " VALUES (%s, 1, now(), 'delivered', 1) RETURNING 1",
            delivery,
        )
    desk.rows("UPDATE delivery SET finished_at = now() - interval '3 years 10 days' RETURNING 1")
    desk.rows("UPDATE delivery SET finished_at = now() - interval '700 days' WHERE alert = %s RETURNING 1", alerts[1])
    desk.rows("UPDATE alert SET state = 'resolved', resolved_at = now() WHERE id = ANY (%s) RETURNING 1", alerts[:2])
    # The third alert is open to this day, and of the second it was told less than two years ago.
    assert sweep(dsn, "delivery") == 1
    assert sweep(dsn, "delivery") == 0
    assert {row[0] for row in desk.rows("SELECT alert FROM delivery")} == set(alerts[1:])
    assert desk.one("SELECT count(*) FROM delivery_attempt") == 2
    assert desk.rows("SELECT action, subject, facts::jsonb -> 'rows' FROM deed WHERE action = 'rows_retired'") == [
        ("rows_retired", "delivery", 1)
    ]


def test_the_database_holds_the_floor_against_its_server(dsn: str, desk: Desk) -> None:
    station = desk.station("m1")
    desk.take(station.topic, station.add(result(63.0, device_verdict=None)))
    ((alert,),) = desk.rows("UPDATE alert SET state = 'resolved', resolved_at = now() RETURNING id")
    add_delivery(desk.connection, alert, add_subscription(desk.connection, "https://example.com/h"), state="delivered")
    desk.rows("UPDATE delivery SET finished_at = now() - interval '729 days' RETURNING 1")
    for days, stream in ((399, None), (401, None), (401, "gen_random_uuid()")):
        desk.rows(
            "INSERT INTO quarantine (id, received_at, topic, stream, reason, hash, body) VALUES (gen_random_uuid(),"
            f" now() - interval '{days} days', %s, {stream or 'NULL'}, 'not_json', '', '') RETURNING 1",
            f"{days}{stream}",
        )
    with psycopg.connect(as_role(dsn, SERVER), autocommit=True) as server:
        assert server.execute("SELECT forget_told(now(), 100)").fetchone() == (0,)
        assert server.execute("SELECT forget_refused(now(), 100)").fetchone() == (1,)
        for table in ("delivery", "delivery_attempt", "quarantine"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                server.execute(f"DELETE FROM {table}".encode())
    assert desk.one("SELECT count(*) FROM quarantine") == 2


def test_a_secret_for_one_use_that_ended_is_forgotten(dsn: str, desk: Desk) -> None:
    # Anybody may begin to sign in by another server, and each beginning is a row.
    desk.rows(
        "INSERT INTO one_time (hash, purpose, expires_at) VALUES ('a', 'oidc', now() - interval '2 d'),"
        " ('b', 'oidc', now()) RETURNING 1"
    )
    assert sweep(dsn, "one_time") == 1
    assert desk.rows("SELECT hash FROM one_time") == [(b"b",)]


def test_a_turn_of_long_ago_is_forgotten(dsn: str, desk: Desk) -> None:
    desk.rows(
        "INSERT INTO turn (channel, address, taken, rest_until) VALUES"
        " ('a', 'old', ARRAY[now() - interval '9 d'], NULL),"
        " ('a', 'new', ARRAY[now() - interval '9 d', now()], NULL), ('a', 'rests', '{}', now() + interval '1 h')"
        " RETURNING 1"
    )
    assert sweep(dsn, "turn") == 1
    assert [row[0] for row in desk.rows("SELECT address FROM turn ORDER BY address")] == ["new", "rests"]
