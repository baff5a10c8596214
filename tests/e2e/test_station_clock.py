"""From a cable to a verified row, with a wrong clock at the station: the real agent, broker, ingest and database."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from shian.local.broker import LocalBroker
from storage.findings import Finding
from storage.stations import Station, enrol
from storage.walk import walk
from tests.support.edge_station import cable, running, settings_document
from tests.support.ingesting import ingesting
from tests.support.line_family import ACK, line
from tests.support.waiting import wait_for

Connection = psycopg.Connection[Any]
CLOCK_ALERTS = "SELECT state FROM alert WHERE rule = 'station_clock' ORDER BY opened_at"


def _rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode()).fetchall()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda now: datetime(1970, 1, 1, 0, 5, tzinfo=UTC) + (now - now.replace(hour=0)),
        lambda now: now - timedelta(hours=2),
        lambda now: now.replace(year=2039, day=1),
        lambda now: now.replace(year=9998, day=1),
    ],
    ids=["1970", "two hours behind", "2039", "9998"],
)
def test_a_failed_test_of_a_wrong_clock_rings_and_alerts_and_the_clock_is_told_until_it_is_right(
    tmp_path: Path, dsn: str, broker: LocalBroker, wrong: Any
) -> None:
    is_wrong = True

    def clock() -> datetime:
        now = datetime.now(UTC)
        return wrong(now) if is_wrong else now

    document = settings_document(tmp_path, broker.port, "market-1")
    with (
        psycopg.connect(dsn, autocommit=True) as database,
        ingesting(dsn, broker.port, gap_after_s=1.0),
        cable(tmp_path) as cord,
    ):
        enrol(database, Station("market-1"))
        with running(document, clock=clock) as agent:
            wait_for(lambda: agent.station_clock.is_confirmed, what="the centre's time")
            cord.write(line("1", "99.5"))
            cord.expect(ACK)
            wait_for(lambda: _rows(database, "SELECT 1 FROM alert WHERE rule = 'failed_test'"), what="the alert")
            assert _rows(database, CLOCK_ALERTS) == [("open",)]
            flagged = "SELECT flags LIKE '%clock_not_believed%', recorded_at = received_at, verdict FROM result"
            assert _rows(database, flagged) == [(True, True, "fail")]
            failed = ("shian_edge_failed_tests_total", {"device": "reader"})
            wait_for(lambda: agent.metrics.registry.get_sample_value(*failed) == 1, what="the count")
            assert _rows(database, "SELECT state_at <= now() + interval '1 s' FROM station") == [(True,)]
            is_wrong = False
            cord.write(line("2"))
            cord.expect(ACK)
            wait_for(lambda: _rows(database, CLOCK_ALERTS) == [("resolved",)], what="the end of the alert")
        believed = "SELECT record, flags LIKE '%clock%' FROM result ORDER BY record"
        assert _rows(database, believed) == [("1", True), ("2", False)]
        assert [finding for finding in walk(database) if isinstance(finding, Finding)] == []
