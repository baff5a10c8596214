"""Failed tests pass everything else on their way: a real broker, a real database, ingest's threads and processes."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from edge.spool.rows import Draft
from shian.local.broker import LocalBroker, best_kind
from shian.local.ports import free_port
from storage.stations import Station, enrol
from tests.support import edge_station, services
from tests.support.ingesting import ingesting
from tests.support.listener import Listener, listener
from tests.support.station import ChainedStation, result
from tests.support.waiting import wait_for
from wire.events import source_of
from wire.kinds.result import ResultV1
from wire.terms import Lane

# The stations' lines of deploy/broker/acl before there was an urgent leaf; everybody is anonymous here.
OLD_ACL = """\
topic readwrite shian/1/+/events
topic readwrite shian/1/+/status
topic readwrite shian/1/+/receipts
"""


def rows(dsn: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode()).fetchall()


def enrolled(dsn: str, name: str = "market-1") -> ChainedStation:
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station(name))
    return ChainedStation(name)


def measured(number: int, *, is_failed: bool) -> ResultV1:
    return result(90.0 if is_failed else 12.5, number=str(number), device_verdict=None)


def told(listening: Listener, station: ChainedStation) -> set[int]:
    """Return every number that some receipt covers."""
    heard = listening.receipts(station.stream)
    return {*range(1, listening.through(station.stream) + 1), *(number for one in heard for number in one.extra)}


def test_a_failed_test_passes_a_queue_full_of_backlog(dsn: str, broker: LocalBroker) -> None:
    # The normal lane stands still, as if each of its batches took for ever.
    busy, other = enrolled(dsn), enrolled(dsn, "market-2")
    for number in range(3000):
        busy.add(result(number=str(number)))
    failed = other.add(measured(1, is_failed=True))
    with ingesting(dsn, broker.port, queue_messages=500) as service, listener(broker.port) as listening:
        listening.publish(busy.topic, busy.bodies[0])
        wait_for(lambda: listening.through(busy.stream) == 1, what="the head of the stream")
        with psycopg.connect(dsn) as blocker:
            blocker.execute("SELECT FROM stream FOR UPDATE")
            listening.publish(busy.topic, *busy.bodies[1:])
            wait_for(lambda: service.normal.inbox.is_full, what="a full queue")
            listening.publish(other.urgent_topic, failed)
            wait_for(lambda: listening.through(other.stream) == 1, what="the receipt of the failed test")
            assert rows(dsn, "SELECT rule, station FROM alert") == [("failed_test", "market-2")]
            assert listening.through(busy.stream) == 1
        wait_for(lambda: listening.through(busy.stream) == 3000, timeout_s=60, what="the backlog")


@pytest.mark.parametrize("seed", range(3))
def test_urgent_and_normal_events_of_one_stream_make_one_chain(dsn: str, broker: LocalBroker, seed: int) -> None:
    station, rng = enrolled(dsn), random.Random(seed)
    is_urgent = []
    for number in range(600):
        is_urgent.append(rng.random() < 0.2 and number % 100 != 99)
        if number % 100 == 99:
            station.checkpoint()
        else:
            station.add(measured(number, is_failed=is_urgent[-1]))
    failed = [body for body, goes_first in zip(station.bodies, is_urgent, strict=True) if goes_first]
    others = [body for body, goes_first in zip(station.bodies, is_urgent, strict=True) if not goes_first]
    with ingesting(dsn, broker.port, batch_messages=40), listener(broker.port) as listening:
        for start in range(0, len(others), 20):
            listening.publish(station.topic, *others[start : start + 20])
            listening.publish(station.urgent_topic, *failed[start // 4 : start // 4 + 5])
        listening.publish(station.urgent_topic, *failed)  # again, and by the other leaf as well
        listening.publish(station.topic, *failed)
        wait_for(lambda: listening.through(station.stream) == 600, timeout_s=60, what="a whole chain")
        heard = listening.receipts(station.stream)
        assert all(one.at is not None and not one.refused for one in heard)
        assert told(listening, station) == set(range(1, 601))
    assert rows(
        dsn, "SELECT through, highest, signed_through, broken_at, gap_since FROM stream WHERE station <> 'centre'"
    ) == [(600, 600, 599, None, None)]
    assert rows(dsn, "SELECT count(*), sum((action = 'opened')::int) FROM alert_step") == [(len(failed), len(failed))]
    assert rows(dsn, "SELECT sum(tests) FROM daily_result") == [(594,)]


def test_two_processes_share_both_lanes_and_store_each_event_once(dsn: str, broker: LocalBroker) -> None:
    stations = [enrolled(dsn, f"market-{n}") for n in range(4)]
    for station in stations:
        for number in range(300):
            station.add(measured(number, is_failed=number % 5 == 0))
    with ingesting(dsn, broker.port), ingesting(dsn, broker.port), listener(broker.port) as listening:
        for at in range(300):
            for station in stations:
                listening.publish(station.urgent_topic if at % 5 == 0 else station.topic, station.bodies[at])
        for station in stations:
            wait_for(lambda listening=listening, of=station: listening.through(of.stream) == 300, timeout_s=60)  # type: ignore[misc]
    assert (
        rows(dsn, "SELECT through, highest, gap_since, broken_at FROM stream WHERE station <> 'centre'")
        == [(300, 300, None, None)] * 4
    )
    assert rows(dsn, "SELECT sum(tests) FROM daily_result") == [(1200,)]
    assert rows(dsn, "SELECT count(*) FROM alert") == [(240,)]


@contextmanager
def _process(folder: Path, dsn: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    config = folder / "ingest.toml"
    config.write_text(f'name = "one"\nbatch_messages = 50\n[broker]\nport = {port}\n[database]\ndsn = "{dsn}"\n')
    command = [sys.executable, "-m", "shian", "ingest", "run", "--config", str(config)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_kill_9_in_the_middle_of_both_lanes_loses_and_doubles_nothing(tmp_path: Path, dsn: str) -> None:
    if best_kind() != "mosquitto":
        pytest.skip("no mosquitto on the PATH: nobody would deliver again what was not acknowledged")
    station = enrolled(dsn)
    for number in range(1500):
        station.add(measured(number, is_failed=number % 10 == 0))
    with services.broker("mosquitto") as broker, listener(broker.port) as listening:

        def both_lanes_are_there() -> bool:
            listening.publish(station.topic, station.bodies[1])
            listening.publish(station.urgent_topic, station.bodies[0])
            return listening.through(station.stream) == 2

        with _process(tmp_path, dsn, broker.port):
            wait_for(both_lanes_are_there, timeout_s=60)
        for at, body in enumerate(station.bodies):
            listening.publish(station.urgent_topic if at % 10 == 0 else station.topic, body)
        for part in (300, 700, 1100):
            with _process(tmp_path, dsn, broker.port):
                wait_for(lambda part=part: _stored(dsn) >= part, timeout_s=60)  # type: ignore[misc]
        with _process(tmp_path, dsn, broker.port):
            wait_for(lambda: listening.through(station.stream) == 1500, timeout_s=60)
    assert rows(dsn, "SELECT body FROM event WHERE station <> 'centre' ORDER BY sequence") == [
        (body,) for body in station.bodies
    ]
    assert rows(dsn, "SELECT sum(tests) FROM daily_result") == [(1500,)]
    assert rows(dsn, "SELECT count(*) FROM alert") == [(150,)]


def _stored(dsn: str) -> int:
    return int(rows(dsn, "SELECT count(*) FROM event WHERE station <> 'centre'")[0][0])


@contextmanager
def _broker_with(acl: str) -> Iterator[int]:
    program = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
    if program is None:
        pytest.skip("no mosquitto on this machine")
    with services.short_folder() as folder:
        port = free_port()
        (folder / "acl").write_text(acl)
        (folder / "acl").chmod(0o600)
        config = folder / "mosquitto.conf"
        config.write_text(
            f"user root\nlistener {port} 127.0.0.1\nallow_anonymous true\nacl_file {folder / 'acl'}\n"
            "max_queued_messages 0\n"
        )
        process = subprocess.Popen([program, "-c", str(config)], stderr=subprocess.DEVNULL)
        try:
            yield port
        finally:
            process.terminate()
            process.wait(10)


@pytest.mark.parametrize("acl", [OLD_ACL, OLD_ACL + "topic readwrite shian/1/+/urgent\n"], ids=["old", "new"])
def test_an_older_access_list_loses_nothing(tmp_path: Path, dsn: str, acl: str) -> None:
    # An agent and a centre that know the leaf, a broker that does not: Mosquitto refuses, or hangs up.
    enrolled(dsn, "m1")
    with _broker_with(acl) as port, ingesting(dsn, port):
        document = edge_station.settings_document(tmp_path, port, device=[])
        # What is counted below is sent once: no receipt is so late that an event is sent again.
        document["uplink"] = document["uplink"] | {"receipt_s": 60.0, "receipt_longest_s": 60.0}
        with edge_station.running(document, is_awaited=False) as agent:

            def count(outcome: str) -> float:
                labels = {"outcome": outcome}
                return agent.metrics.registry.get_sample_value("shian_edge_urgent_events_total", labels) or 0.0

            wait_for(lambda: agent.spool.counts().waiting == 0, timeout_s=60, what="receipts for the first events")
            for number in range(20):
                failed = Draft(measured(number, is_failed=True), source_of("m1", "reader"), Lane.URGENT)
                agent.spool.record([failed])
            wait_for(lambda: agent.spool.counts().waiting == 0, timeout_s=60, what="receipts for all")
            if acl == OLD_ACL:
                assert count("refused") + count("hung_up") == 1
                assert count("sent") == 1
            else:
                assert count("sent") == 20
    assert rows(dsn, "SELECT count(*) FROM alert WHERE rule = 'failed_test'") == [(20,)]
    assert rows(dsn, "SELECT count(*) FROM result") == [(20,)]
