"""Enrolment and keys."""

import psycopg
import pytest

from storage.areas import Area, add
from storage.errors import UnknownAreaError, UnknownStationError
from storage.stations import BadKeyError, Station, enrol, pin_key
from wire.topics import TopicError


def test_a_station_is_enrolled_once_and_a_second_time_changes_nothing(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        add(connection, Area("d", "区"), actor="li")
        assert enrol(connection, Station("market-1", title="一号市场", area="d", public_key="ab" * 32), actor="li")
        assert not enrol(connection, Station("market-1", title="other"))
        rows = connection.execute("SELECT title, area, public_key, state FROM station").fetchall()
        assert rows == [("一号市场", "d", "ab" * 32, "never_seen")]
        assert connection.execute("SELECT actor, action, subject FROM deed ORDER BY event").fetchall() == [
            ("li", "area_added", "d"),
            ("li", "station_enrolled", "market-1"),
        ]


def test_bad_names_keys_and_areas_are_refused(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        with pytest.raises(TopicError):
            enrol(connection, Station("Market 1"))
        with pytest.raises(BadKeyError):
            enrol(connection, Station("market-1", public_key="AB"))
        with pytest.raises(UnknownAreaError, match="nowhere"):
            enrol(connection, Station("market-1", area="nowhere"))
        assert connection.execute("SELECT count(*) FROM station").fetchone() == (0,)


def test_a_key_is_pinned_by_an_officer_and_the_old_one_is_kept_in_the_audit(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station("market-1"))
        pin_key(connection, "market-1", "ab" * 32, actor="li")
        pin_key(connection, "market-1", "cd" * 32, actor="wang")
        with pytest.raises(UnknownStationError):
            pin_key(connection, "market-2", "ab" * 32)
        with pytest.raises(BadKeyError):
            pin_key(connection, "market-1", "")
        rows = connection.execute(
            "SELECT actor, facts::jsonb FROM deed WHERE action = 'key_pinned' ORDER BY event"
        ).fetchall()
        assert rows == [
            ("li", {"before": None, "after": "ab" * 32}),
            ("wang", {"before": "ab" * 32, "after": "cd" * 32}),
        ]
