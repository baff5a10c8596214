"""Deadlines of exchanges with PostgreSQL, and who may take longer: a command that the server is at work for."""

import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest

from shian.local.postgres import LocalPostgres
from storage import exchange
from storage.exchange import SilentDatabaseError, connect_patiently
from tests.support.swallowing import SwallowingLine, Way, swallowing_line, through

_WAYS = pytest.mark.parametrize("way", [Way.TO_SERVER, Way.TO_CLIENT, Way.BOTH], ids=lambda way: way.name)


@pytest.fixture
def line(postgres: LocalPostgres) -> Iterator[SwallowingLine]:
    with swallowing_line(urlsplit(postgres.dsn).port or 5432) as cut_line:
        yield cut_line


@_WAYS
@pytest.mark.parametrize("is_pipeline", [False, True], ids=["plain", "pipeline"])
def test_a_swallowed_exchange_ends_with_its_connection(
    line: SwallowingLine,
    dsn: str,
    way: Way,
    is_pipeline: bool,
) -> None:
    with exchange.connect(through(line, dsn), "test", exchange_s=60, autocommit=True) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        connection.exchange_s = 0.3
        line.swallow(way, 600)
        with pytest.raises(SilentDatabaseError):
            if is_pipeline:
                with connection.pipeline(), connection.transaction():
                    connection.execute("SELECT 2")
            else:
                connection.execute("SELECT 2")
        assert connection.closed


def test_who_is_to_end_waits_no_longer_than_the_time_to_leave(
    line: SwallowingLine, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "LEAVE_S", 0.2)
    with exchange.connect(through(line, dsn), "test", exchange_s=600, autocommit=True) as connection:
        connection.leave = threading.Event()
        line.swallow(Way.BOTH, 600)
        threading.Timer(0.2, connection.leave.set).start()
        with pytest.raises(SilentDatabaseError):
            connection.execute("SELECT 1")


def test_a_command_waits_as_long_as_the_server_is_at_work(dsn: str) -> None:
    with connect_patiently(dsn, "test", exchange_s=0.2) as connection:
        assert connection.execute("SELECT pg_sleep(1.5), 7").fetchone() == ("", 7)
        assert connection.execute("SELECT 8").fetchone() == (8,)


@_WAYS
def test_a_command_does_not_wait_for_an_answer_that_was_swallowed(line: SwallowingLine, dsn: str, way: Way) -> None:
    with connect_patiently(through(line, dsn), "test", exchange_s=60) as connection:
        connection.execute("SELECT 1")
        connection.exchange_s = 0.2
        # The question itself, or its answer: a line that is slow to be asked must not be well again by then.
        line.swallow(way, 0.5, after=2 if way is Way.TO_CLIENT else 1)
        with pytest.raises(SilentDatabaseError):
            connection.execute("SELECT 2")


def test_the_server_ends_a_statement_before_it_is_given_up(dsn: str) -> None:
    more = exchange.parameters("test", statement_s=0.2)
    with exchange.connect(dsn, "test", exchange_s=20, **more) as connection:
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(30)")
        connection.rollback()
        assert connection.execute("SELECT 1").fetchone() == (1,)
