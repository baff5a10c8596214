"""Errors of the database, told apart in both ways of writing (few rows in a pipeline, many by COPY), and isolated."""

import psycopg
import pytest

from ingest.accept import accept
from ingest.isolate import store_apart
from storage.errors import ConflictError, DatabaseAwayError, RowsRefusedError
from tests.support.desk import Desk
from tests.support.station import result

COUNTS = [1, 2, 49, 50, 120]
_POISON = (
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN IF new.sample = 'bad' THEN RAISE {what}; END IF; RETURN new; END $$;"
    " CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
)


def _poison(desk: Desk, table: str = "result", what: str = "'no'") -> None:
    desk.connection.execute(_POISON.format(table=table, what=what).encode())


@pytest.mark.parametrize("count", COUNTS)
def test_a_refused_row_is_named_and_leaves_a_connection_that_works(desk: Desk, count: int) -> None:
    _poison(desk)
    station = desk.station("market-1")
    for number in range(count):
        station.add(result(number="bad" if number == count - 1 else str(number)))
    for _ in range(2):
        with pytest.raises(RowsRefusedError, match="P0001: no"):
            desk.take(station.topic, *station.bodies)
    assert desk.one("SELECT count(*) FROM event WHERE station <> 'centre'") == 0
    assert len(desk.take(station.topic, *station.bodies[:-1]).stored) == count - 1


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("SQLSTATE '40001'", ConflictError),
        ("SQLSTATE '40P01'", ConflictError),
        ("SQLSTATE '53100'", DatabaseAwayError),
        ("SQLSTATE '25006'", DatabaseAwayError),
        ("SQLSTATE '42501'", DatabaseAwayError),
        ("SQLSTATE '23505'", RowsRefusedError),
        ("SQLSTATE '22003'", RowsRefusedError),
        ("SQLSTATE '54000'", RowsRefusedError),
    ],
)
def test_what_may_get_better_is_tried_again_and_never_refused(
    desk: Desk, count: int, what: str, error: type[Exception]
) -> None:
    _poison(desk, what=what)
    station = desk.station("market-1")
    for number in range(count):
        station.add(result(number="bad" if number == 0 else str(number)))
    with pytest.raises(error):
        desk.take(station.topic, *station.bodies)


@pytest.mark.parametrize("count", COUNTS)
def test_a_connection_that_is_cut_is_the_database_away(desk: Desk, dsn: str, count: int) -> None:
    station = desk.station("market-1")
    for number in range(count):
        station.add(result(number=str(number)))
    with psycopg.connect(dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [desk.connection.info.backend_pid])
    with pytest.raises(DatabaseAwayError):
        desk.take(station.topic, *station.bodies)
    assert desk.connection.closed


@pytest.mark.parametrize("bad", [{0}, {6}, {0, 1, 2}, {3, 99}, set(range(100))])
def test_only_the_bad_ones_go_to_quarantine(desk: Desk, bad: set[int]) -> None:
    _poison(desk)
    station = desk.station("market-1")
    for number in range(100):
        station.add(result(number="bad" if number in bad else str(number)))
    outcomes = store_apart(desk.take_entries, [accept(station.topic, body) for body in station.bodies])
    assert sum(len(outcome.stored) for outcome in outcomes) == 100 - len(bad)
    rows = desk.rows("SELECT sequence, reason, detail FROM quarantine ORDER BY sequence")
    assert [row[:2] for row in rows] == [(at + 1, "not_storable") for at in sorted(bad)]
    assert all("P0001: no" in row[2] for row in rows)


def test_what_not_even_the_quarantine_holds_is_counted_and_the_others_go_on(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    _poison(desk)
    desk.connection.execute("ALTER TABLE quarantine ADD CHECK (reason <> 'not_storable')")
    station = desk.station("market-1")
    for number in ("1", "bad", "3"):
        station.add(result(number=number))
    outcomes = store_apart(desk.take_entries, [accept(station.topic, body) for body in station.bodies])
    assert sum(len(outcome.stored) for outcome in outcomes) == 2
    assert "message_lost" in capsys.readouterr().out
