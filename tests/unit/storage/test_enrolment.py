"""Codes, keys with their times, and the end of the trust in a station; each with its audit."""

from typing import Any

import psycopg
import pytest
from psycopg import errors

from storage.areas import Area, add
from storage.enrolment import end_trust, make_code, move, rename, revoked
from storage.errors import UnknownAreaError, UnknownStationError
from storage.stations import Station, enrol, pin_key

Connection = psycopg.Connection[Any]


def _actions(connection: Connection) -> list[tuple[str, str, Any]]:
    return connection.execute(
        "SELECT action, why, facts::jsonb FROM deed WHERE place = 'm1' ORDER BY recorded_at, event"
    ).fetchall()


def test_a_new_code_ends_the_one_before_and_is_kept_as_a_hash(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station("m1"))
        first, second = (make_code(connection, "m1", actor="li", why="disk") for _ in range(2))
        rows = connection.execute("SELECT id, hash, outcome, ended_at IS NULL FROM enrolment_code ORDER BY created_at")
        found = {row[0]: row[1:] for row in rows}
        assert found[first.code.id] == (first.code.hash, "replaced", False)
        assert found[second.code.id] == (second.code.hash, "", True)
        assert second.code.secret not in str(_actions(connection))
        assert _actions(connection)[-1] == ("enrolment_code_made", "disk", {})
        with pytest.raises(UnknownStationError):
            make_code(connection, "m2", actor="li")


def test_a_station_that_is_revoked_has_no_certificate_and_no_code(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station("m1"))
        make_code(connection, "m1", actor="li")
        for serial, days in (("a1", 1), ("b2", -1)):
            connection.execute(
                "INSERT INTO station_certificate (serial, station, ends_at, fingerprint)"
                " VALUES (%s, 'm1', now() + make_interval(days => %s), '')",
                [serial, days],
            )
        assert end_trust(connection, "m1", "revoked", actor="li", why="stolen") == 1
        assert [serial for serial, _ in revoked(connection)] == ["a1"]
        assert connection.execute("SELECT standing, standing_at = now() FROM station").fetchall() == [("revoked", True)]
        assert connection.execute("SELECT outcome FROM enrolment_code").fetchall() == [("revoked",)]
        assert _actions(connection)[-1] == ("station_revoked", "stolen", {"certificates": ["a1"]})
        with pytest.raises(UnknownStationError):
            end_trust(connection, "m2", "retired", actor="li")


def test_a_station_is_renamed_and_moved_and_the_audit_has_what_was_before(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        add(connection, Area("a", "甲"), actor="li")
        enrol(connection, Station("m1", title="old", title_en="Old"))
        rename(connection, "m1", title="新", title_en=None, actor="li")
        move(connection, "m1", "a", actor="li")
        assert connection.execute("SELECT title, title_en, area FROM station").fetchall() == [("新", "Old", "a")]
        assert _actions(connection)[1:] == [
            ("station_renamed", "", {"before": "old", "title": "新", "title_en": None}),
            ("station_moved", "", {"before": None, "after": "a"}),
        ]
        with pytest.raises(UnknownAreaError, match="nowhere"):
            move(connection, "m1", "nowhere", actor="li")


def test_every_key_of_a_station_is_kept_with_its_time_whoever_changes_it(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        enrol(connection, Station("m1"))
        for key in ("ab" * 32, "cd" * 32, "cd" * 32):
            pin_key(connection, "m1", key)
        rows = connection.execute("SELECT key, valid_from, valid_to FROM station_key ORDER BY valid_from NULLS FIRST")
        (old, since, until), (new, new_since, new_until) = rows.fetchall()
        assert (old, since) == ("ab" * 32, None)
        assert (new, new_until) == ("cd" * 32, None)
        assert until == new_since


def test_a_standing_that_is_no_word_is_refused(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station("m1"))
        with pytest.raises(errors.CheckViolation):
            connection.execute("UPDATE station SET standing = 'gone'")
