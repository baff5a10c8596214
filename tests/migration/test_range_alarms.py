"""Probes of the version before one word said whether they are out of range: what people were told is not told again,
and what they were not told is told."""

from uuid import uuid4

import psycopg

from ingest import probe_sweep
from storage.migrate import migrate, shipped
from tests.support.desk import desk
from tests.support.services import ROLES

_BEFORE = 52


def test_what_was_told_stays_told_and_what_was_not_is_told(empty_dsn: str) -> None:
    migrate(empty_dsn, shipped()[:_BEFORE])
    with psycopg.connect(empty_dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO station (name) VALUES ('market-1')")
        for channel, is_out_there in ((1, True), (2, True), (3, True), (4, False)):
            connection.execute(
                "INSERT INTO probe (station, device, quantity, channel, unit, value, is_out_there, out_there_at)"
                " VALUES ('market-1', 'cold-1', 'air_temperature', %s, 'degC', 9, %s, '2026-03-02T01:00Z')",
                [channel, is_out_there],
            )
        for channel, state in ((1, "open"), (2, "resolved")):  # the second by a person, while it went on
            connection.execute(
                "INSERT INTO alert (id, rule, key, severity, station, device, item, state, caused_at, opened_at,"
                " updated_at) VALUES (%s, 'out_of_range', %s, 'critical', 'market-1', 'cold-1', 'air_temperature', %s,"
                " '2026-03-02T01:00Z', now(), now())",
                [uuid4(), f"out_of_range/market-1/cold-1/air_temperature/{channel}", state],
            )
    migrate(empty_dsn, roles=ROLES)
    with desk(empty_dsn) as after:
        told = after.rows("SELECT channel, is_out_here FROM probe ORDER BY channel")
        assert told == [(1, True), (2, True), (3, False), (4, False)]
        probe_sweep.sweep(after.connection, after.store.reading_limits, after.store.zone)
        assert after.rows("SELECT right(key, 1), state FROM alert ORDER BY key") == [
            ("1", "open"), ("2", "resolved"), ("3", "open"),
        ]  # fmt: skip
