"""The live feed over a real WebSocket, a real server and a real PostgreSQL."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from shian.local.postgres import LocalPostgres
from tests.support import services
from tests.support.server import Served, now, publish, serving
from tests.support.waiting import wait_for

DEADLINE_S = 90.0


@pytest.fixture
def server(dsn: str) -> Iterator[Served]:
    with following(dsn, heartbeat_s=0.5, poll_s=0.5) as follower:
        yield follower


@contextmanager
def following(dsn: str, **feed: Any) -> Iterator[Served]:
    """Serve with a feed that follows the database: before that the first word to a client is `stale`, and published
    news are before its beginning."""
    with serving(dsn, feed=feed) as site:
        wait_for(lambda: ready(site), what="the feed")
        yield site


def ready(server: Served) -> bool:
    return server.get("/readyz").status_code == 200


def item(text: str) -> dict[str, Any]:
    return {"kind": "station", "station": text, "state": "online", "at": now().isoformat()}


def told(socket: Any, count: int) -> tuple[list[str], str]:
    """Return the stations of the next `count` items, and the last cursor."""
    stations: list[str] = []
    cursor = ""
    while len(stations) < count:
        message = json.loads(socket.recv(DEADLINE_S))
        assert "reload" not in message
        cursor = message.get("cursor", cursor)
        stations += [item["station"] for item in message.get("items", [])]
    return stations, cursor


def test_a_new_client_is_told_where_it_starts_and_then_the_news(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as database:
        publish(database, item("before"))
        with following(dsn) as server, server.live() as socket:
            assert set(json.loads(socket.recv(DEADLINE_S))) == {"cursor"}
            publish(database, item("a"), item("b"))
            assert told(socket, 2)[0] == ["a", "b"]


def test_a_client_resumes_from_its_cursor_without_loss_or_repeat(server: Served, dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as database:
        with server.live() as socket:
            socket.recv(DEADLINE_S)
            publish(database, item("a"))
            _, cursor = told(socket, 1)
        for name in "bcd":
            publish(database, item(name))
        with server.live(cursor) as socket:
            assert told(socket, 3)[0] == ["b", "c", "d"]
            publish(database, item("e"))
            assert told(socket, 1)[0] == ["e"]


def test_a_row_of_an_older_transaction_that_commits_later_is_not_skipped(server: Served, dsn: str) -> None:
    with psycopg.connect(dsn) as older, psycopg.connect(dsn) as newer, server.live() as socket:
        socket.recv(DEADLINE_S)
        publish(older, item("older"))
        publish(newer, item("newer"))
        newer.commit()
        # The newer one is held back: a cursor behind it would skip the older one for ever.
        quiet = [json.loads(socket.recv(DEADLINE_S)) for _ in range(3)]
        assert all("items" not in message for message in quiet)
        older.commit()
        assert told(socket, 2)[0] == ["older", "newer"]


def test_a_transaction_that_is_rolled_back_holds_nothing_up(server: Served, dsn: str) -> None:
    with psycopg.connect(dsn) as older, psycopg.connect(dsn) as newer, server.live() as socket:
        socket.recv(DEADLINE_S)
        publish(older, item("older"))
        publish(newer, item("newer"))
        newer.commit()
        older.rollback()
        assert told(socket, 1)[0] == ["newer"]


def test_news_without_a_word_is_found_by_looking(server: Served, dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as database, server.live() as socket:
        socket.recv(DEADLINE_S)
        database.execute("INSERT INTO feed (items) VALUES (%s)", [json.dumps([item("quiet")])])
        assert told(socket, 1)[0] == ["quiet"]


@pytest.mark.parametrize("cursor", ["nonsense", "1", "-1-2", "99999999999999999999-1", "999999999-1"])
def test_a_cursor_that_is_not_of_this_feed_is_told_to_reload(server: Served, cursor: str) -> None:
    with server.live(cursor) as socket:
        assert json.loads(socket.recv(DEADLINE_S)) == {"reload": True}


def test_a_cursor_older_than_what_is_kept_is_told_to_reload(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as database:
        for name in "abc":
            publish(database, item(name))
        database.execute("UPDATE feed SET at = at - interval '2 days'")
        rows = database.execute("SELECT xid::text || '-' || position FROM feed ORDER BY xid").fetchall()
        publish(database, item("d"))
        with serving(dsn) as server:
            wait_for(lambda: database.execute("SELECT count(*) FROM feed").fetchone() == (2,), what="the pruning")
            with server.live(rows[0][0]) as socket:
                assert json.loads(socket.recv(DEADLINE_S)) == {"reload": True}
            with server.live(rows[2][0]) as socket:
                assert told(socket, 1)[0] == ["d"]


def test_a_client_that_missed_more_than_is_replayed_is_told_to_reload(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as database, following(dsn, replay=5) as server:
        with server.live() as socket:
            socket.recv(DEADLINE_S)
            publish(database, item("a"))
            _, cursor = told(socket, 1)
            for number in range(6):
                publish(database, item(str(number)))
            told(socket, 6)
        with server.live(cursor) as socket:
            assert json.loads(socket.recv(DEADLINE_S)) == {"reload": True}


def test_a_slow_client_is_dropped_to_reload_and_holds_nobody_up(dsn: str) -> None:
    big = item("x" * 60_000)
    with (
        psycopg.connect(dsn, autocommit=True) as database,
        following(dsn, queue=3) as server,
        server.live(max_queue=1) as slow,
        server.live(max_queue=None) as quick,
    ):
        slow.recv(DEADLINE_S)
        quick.recv(DEADLINE_S)
        for _ in range(400):
            publish(database, big)
            told(quick, 1)
        messages: list[dict[str, Any]] = []
        while not messages or "reload" not in messages[-1]:
            messages.append(json.loads(slow.recv(DEADLINE_S)))
        assert len(messages) < 400
        publish(database, item("on"))
        assert told(quick, 1)[0] == ["on"]


def test_clients_stay_while_the_database_restarts_and_miss_nothing() -> None:
    with services.postgres() as postgres, services.database(postgres) as dsn:
        migrate_and_talk(postgres, dsn)


def migrate_and_talk(postgres: LocalPostgres, dsn: str) -> None:
    from storage.migrate import migrate

    migrate(dsn, roles=services.ROLES)
    with following(dsn, heartbeat_s=0.5) as server, server.live() as socket:
        socket.recv(DEADLINE_S)
        postgres.stop()
        while "stale" not in json.loads(socket.recv(DEADLINE_S)):
            pass
        assert server.get("/readyz").status_code == 503
        assert server.get("/healthz").status_code == 200
        postgres.start()
        with psycopg.connect(dsn, autocommit=True) as database:
            publish(database, item("back"))
            assert told(socket, 1)[0] == ["back"]
        wait_for(lambda: ready(server))
