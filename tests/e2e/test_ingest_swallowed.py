"""A line to the database that swallows one way, or both, for a while and is healthy afterwards: ingest goes on by
itself, loses nothing, doubles nothing, and ends when it is asked to."""

import threading
from random import Random
from urllib.parse import urlsplit

import psycopg
import pytest

from ingest.service import Service
from ingest.settings import Ingest
from process.connections import Broker
from shian.local.broker import LocalBroker
from shian.local.postgres import LocalPostgres
from storage.settings import Database
from storage.stations import Station, enrol
from tests.support.ingesting import ingesting
from tests.support.listener import listener
from tests.support.station import ChainedStation, result
from tests.support.swallowing import Way, swallowing_line, through
from tests.support.waiting import wait_for

_DEADLINE_S = 1.0
# The short ones leave a hole in what is said: an answer comes, but not to what was asked last.
_SWALLOWED_S = (0.003, 0.03, 0.7)
_TRIES = 9
# Every test fails here, more within a minute than a station's budget of alerts for an hour.
_BUDGETS = {"alerts": {"failed_test": 100_000}}
WAYS = pytest.mark.parametrize("way", [Way.TO_SERVER, Way.TO_CLIENT, Way.BOTH], ids=lambda way: way.name)


def _enrolled(dsn: str) -> ChainedStation:
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station("market-1"))
    return ChainedStation("market-1")


@WAYS
@pytest.mark.parametrize("batch", [7, 120], ids=["pipeline", "copy"])
def test_ingest_goes_on_by_itself(postgres: LocalPostgres, dsn: str, broker: LocalBroker, way: Way, batch: int) -> None:
    station = _enrolled(dsn)
    random = Random(f"{way} {batch}")
    with (
        swallowing_line(urlsplit(postgres.dsn).port or 5432) as line,
        ingesting(through(line, dsn), broker.port, exchange_s=_DEADLINE_S, sweep_s=0.1, budgets=_BUDGETS) as service,
        listener(broker.port) as listening,
    ):
        for number in range(_TRIES):
            # Some moments are in the middle of a batch's pipeline, some in a sweep, some in the connecting.
            line.swallow(way, _SWALLOWED_S[number % 3], after=random.randint(0, 25))
            for sample in range(batch):
                station.add(result(90.0, number=f"{number}-{sample}"))
            listening.publish(station.topic, *station.bodies[-batch:])
            wait_for(lambda: listening.through(station.stream) == len(station.bodies), timeout_s=90, what="receipts")
        assert service.is_subscribed
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT body FROM event WHERE station <> 'centre' ORDER BY sequence").fetchall() == [
            (body,) for body in station.bodies
        ]
        for query, wanted in (
            ("SELECT count(*) FROM result", len(station.bodies)),
            ("SELECT sum(tests) FROM daily_result", len(station.bodies)),
            ("SELECT count(*) FROM alert WHERE rule = 'failed_test'", len(station.bodies)),
            ("SELECT count(*) FROM quarantine", 0),
        ):
            assert connection.execute(query.encode()).fetchone() == (wanted,), query


@WAYS
def test_ingest_ends_when_asked_while_the_line_swallows(
    postgres: LocalPostgres, dsn: str, broker: LocalBroker, way: Way
) -> None:
    # The deadlines are the shipped ones.
    station = _enrolled(dsn)
    station.add(result(90.0))
    with swallowing_line(urlsplit(postgres.dsn).port or 5432) as line:
        settings = Ingest(
            name="one",
            broker=Broker(port=broker.port),
            database=Database(dsn=through(line, dsn)),
            session_expiry_s=0,
            sweep_s=0.1,
        )
        service, stop = Service(settings), threading.Event()
        thread = threading.Thread(target=service.run, args=(stop,))
        thread.start()
        with listener(broker.port) as listening:

            def receipted() -> bool:
                listening.publish(station.topic, *station.bodies)
                return listening.through(station.stream) == 1

            wait_for(receipted, timeout_s=30)
            line.swallow(way, 600)
            wait_for(lambda: line.swallowed_bytes, what="an exchange that is swallowed")
            stop.set()
            thread.join(12)
            assert not thread.is_alive()
            assert not [
                thread.name for thread in threading.enumerate() if thread.name.endswith(("-worker", "-receiver"))
            ]
