"""A centre that was put back to a backup is fed again by its stations: what was acknowledged is there, once.

By the commands of docs/deploy.md, with a real agent, a real broker and a real ingest. The older dump is put back twice,
once while the station stays connected and once while it is switched off."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from edge.agent import Agent
from edge.commands import status as status_view
from shian.local.broker import LocalBroker
from storage.findings import Finding
from storage.migrate import migrate
from storage.stations import Station, enrol
from storage.walk import walk
from tests.e2e.test_backup import run_tool
from tests.support import services
from tests.support.edge_station import cable, running, settings_document
from tests.support.ingesting import ingesting
from tests.support.line_family import ACK, line
from tests.support.ptys import Cable
from tests.support.waiting import wait_for

STATION = "m1"


@dataclass(slots=True)
class Analyzer:
    """An analyzer, and all that it was told is recorded: every fourth test failed."""

    cord: Cable
    failed: dict[str, bool] = field(default_factory=dict)

    def measure(self, count: int) -> None:
        for _ in range(count):
            number = str(len(self.failed) + 1)
            self.failed[number] = len(self.failed) % 4 == 3
            self.cord.write(line(number, "66.0" if self.failed[number] else "12.5"))
            self.cord.expect(ACK)


@dataclass(frozen=True, slots=True)
class Centre:
    dsn: str

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn) as connection:
            return connection.execute(query.encode()).fetchall()

    def records(self) -> Counter[str]:
        return Counter(record for (record,) in self.rows("SELECT record FROM result"))

    def findings(self) -> list[Finding]:
        with psycopg.connect(self.dsn) as connection:
            return [found for found in walk(connection) if isinstance(found, Finding)]

    def assert_has(self, analyzer: Analyzer) -> None:
        """Assert that everything is there once, and that every failed test has one alert."""
        assert self.records() == Counter(list(analyzer.failed))
        alerted = Counter(sample for (sample,) in self.rows("SELECT sample FROM alert WHERE rule = 'failed_test'"))
        assert alerted == Counter(f"S{number}" for number, is_failed in analyzer.failed.items() if is_failed)
        assert self.rows("SELECT coalesce(sum(tests), 0)::int FROM daily_result") == [(len(analyzer.failed),)]
        assert self.findings() == []


@pytest.fixture
def new_database(postgres: services.HasDsn) -> Iterator[Any]:
    with ExitStack() as closing:
        yield lambda: closing.enter_context(services.database(postgres))


def restored(file: Path, dsn: str) -> Centre:
    run_tool("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={dsn}", str(file))
    migrate(dsn, roles=services.ROLES)
    return Centre(dsn)


def drained(agent: Agent) -> None:
    wait_for(lambda: agent.spool.counts().waiting == 0, timeout_s=30, what="the spool to empty")
    assert agent.spool.counts().refused == 0


@contextmanager
def fed_again(centre: Centre, port: int, analyzer: Analyzer) -> Iterator[None]:
    """Let ingest work on the restored database until it has everything and everything is receipted."""
    with ingesting(centre.dsn, port):
        wait_for(lambda: centre.records().total() >= len(analyzer.failed), timeout_s=30, what="what the centre lacks")
        yield
    centre.assert_has(analyzer)


def test_a_centre_that_was_put_back_twice_has_everything_again(
    broker: LocalBroker, dsn: str, new_database: Any, tmp_path: Path
) -> None:
    file, document = tmp_path / "shian.dump", settings_document(tmp_path, broker.port, STATION)
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station(STATION))
    with cable(tmp_path) as cord:
        analyzer = Analyzer(cord)
        with running(document) as agent:
            with ingesting(dsn, broker.port):
                analyzer.measure(8)
                drained(agent)
                run_tool("pg_dump", "--format=custom", f"--file={file}", f"--dbname={dsn}")
                analyzer.measure(8)
                drained(agent)
            first = restored(file, new_database())
            assert first.records().total() == 8
            with fed_again(first, broker.port, analyzer):
                drained(agent)
                analyzer.measure(4)
                drained(agent)
        second = restored(file, new_database())
        with running(document) as agent, fed_again(second, broker.port, analyzer):
            drained(agent)
            analyzer.measure(4)
            drained(agent)
    for centre in (first, second):
        alerts = centre.rows("SELECT state, facts FROM alert WHERE rule = 'centre_behind'")
        assert [state for state, _ in alerts] == ["open"]
        assert alerts[0][1]["lost"] == 0
        assert centre.rows("SELECT count(*) FROM alert WHERE rule LIKE 'stream%' AND state = 'open'") == [(0,)]
    times = status_view.as_document(tmp_path / "data")["spool"]["centre_behind"]
    assert len(times) == 2
    assert times[0]["through"] == times[1]["through"]
    assert times[0]["events"] > times[1]["events"] >= 8


def test_a_centre_without_the_station_and_its_stream_is_fed_all_of_it(
    broker: LocalBroker, dsn: str, new_database: Any, tmp_path: Path
) -> None:
    file, document = tmp_path / "shian.dump", settings_document(tmp_path, broker.port, STATION)
    run_tool("pg_dump", "--format=custom", f"--file={file}", f"--dbname={dsn}")
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station(STATION))
    with cable(tmp_path) as cord, running(document) as agent:
        analyzer = Analyzer(cord)
        with ingesting(dsn, broker.port):
            analyzer.measure(8)
            drained(agent)
        centre = restored(file, new_database())
        with ingesting(centre.dsn, broker.port):
            wait_for(lambda: agent.spool.counts().refused > 8, timeout_s=30, what="events of nobody")
            with psycopg.connect(centre.dsn) as connection:
                enrol(connection, Station(STATION))
            wait_for(lambda: centre.records().total() == 8, timeout_s=30, what="what waited in quarantine")
            analyzer.measure(4)
            wait_for(lambda: centre.records().total() == 12, timeout_s=30)
            wait_for(
                lambda: agent.spool.counts().waiting + agent.spool.counts().refused == 0,
                timeout_s=30,
                what="the spool to empty",
            )
        centre.assert_has(analyzer)
