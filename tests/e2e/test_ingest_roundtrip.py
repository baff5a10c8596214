"""From a publish to rows and receipts, through real brokers of both kinds."""

from collections.abc import Iterator

import psycopg
import pytest

from shian.local.broker import Kind, LocalBroker, best_kind
from storage.stations import Station, enrol
from tests.support import services
from tests.support.ingesting import ingesting
from tests.support.listener import listener
from tests.support.station import START, ChainedStation, result
from tests.support.waiting import wait_for
from wire.kinds.device import DeviceV1
from wire.status import Status, encode


@pytest.fixture(scope="module", params=["mosquitto", "iotcore"])
def either_broker(request: pytest.FixtureRequest) -> Iterator[LocalBroker]:
    kind: Kind = request.param
    if kind == "mosquitto" and best_kind() != kind:
        pytest.skip("no mosquitto on the PATH")
    with services.broker(kind) as broker:
        yield broker


@pytest.fixture
def station(dsn: str) -> ChainedStation:
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station("market-1"))
    return ChainedStation("market-1")


def _one(dsn: str, query: str) -> object:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query.encode()).fetchone()
        return row[0] if row else None


def test_what_was_published_is_stored_and_the_station_gets_its_receipts(
    either_broker: LocalBroker, dsn: str, station: ChainedStation
) -> None:
    for number in range(500):
        station.add(result(number=str(number)))
    with ingesting(dsn, either_broker.port), listener(either_broker.port) as listening:
        listening.publish(station.topic, *station.bodies)
        wait_for(lambda: listening.through(station.stream) == 500, what="receipts")
    assert _one(dsn, "SELECT count(*) FROM event WHERE station <> 'centre'") == 500
    assert _one(dsn, "SELECT count(*) FROM result") == 500


def test_what_came_before_through_a_hole_is_extra_and_then_covered(
    either_broker: LocalBroker, dsn: str, station: ChainedStation
) -> None:
    for number in range(5):
        station.add(result(number=str(number)))
    with ingesting(dsn, either_broker.port), listener(either_broker.port) as listening:
        listening.publish(station.topic, station.bodies[3], station.bodies[4])
        wait_for(lambda: {n for one in listening.receipts(station.stream) for n in one.extra} == {4, 5})
        assert listening.through(station.stream) == 0
        listening.publish(station.topic, *station.bodies[:3])
        wait_for(lambda: listening.through(station.stream) == 5)


def test_a_message_that_is_no_event_goes_to_quarantine_and_the_line_goes_on(
    either_broker: LocalBroker, dsn: str, station: ChainedStation
) -> None:
    body = station.add(result())
    bad = [
        b"\xff\xfe",
        b"{",
        b"[" * 60_000,
        body.replace(b"12.5,", b"NaN,"),
        body.replace(b"shian.result.v1", b"org.result.v9"),
        body + b" " * (64 * 1024 + 1 - len(body)),
    ]
    with ingesting(dsn, either_broker.port), listener(either_broker.port) as listening:
        for _ in range(3):
            listening.publish(station.topic, *bad)
        listening.publish("shian/1/market-2/events", body)
        listening.publish(station.topic, body)
        wait_for(lambda: listening.through(station.stream) == 1)
        wait_for(lambda: listening.refused(station.stream).get(1) == "wrong_station")
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT reason, body, hash = sha256(body) FROM quarantine").fetchall()
    assert sorted(row[0] for row in rows) == sorted(
        ["not_utf8", "not_json", "not_json", "not_json", "unknown_type", "too_large", "wrong_station"]
    )
    assert {row[1] for row in rows} == {*bad, body}
    assert all(row[2] for row in rows)


def test_a_station_that_is_enrolled_later_gets_what_it_sent_before_and_its_receipts(
    either_broker: LocalBroker, dsn: str
) -> None:
    station = ChainedStation("market-9")
    for number in range(3):
        station.add(result(number=str(number)))
    with ingesting(dsn, either_broker.port), listener(either_broker.port) as listening:
        listening.publish(station.topic, *station.bodies)
        wait_for(lambda: listening.refused(station.stream) == dict.fromkeys((1, 2, 3), "unknown_station"))
        assert _one(dsn, "SELECT count(*) FROM event WHERE station <> 'centre'") == 0
        with psycopg.connect(dsn) as connection:
            enrol(connection, Station("market-9"))
        wait_for(lambda: listening.through(station.stream) == 3)
    assert _one(dsn, "SELECT count(*) FROM quarantine WHERE released_at IS NULL") == 0


def test_the_status_of_a_station_and_its_devices_are_kept_and_told_once(
    either_broker: LocalBroker, dsn: str, station: ChainedStation
) -> None:
    station.add(DeviceV1(state="fault", reason="no_answer"))
    status = encode(Status(state="online", at=START, waiting=7, version="0.1.0"))
    with ingesting(dsn, either_broker.port), listener(either_broker.port) as listening:
        listening.publish("shian/1/market-1/status", status, status, b"nonsense", retain=True)
        listening.publish(station.topic, *station.bodies)
        wait_for(lambda: listening.through(station.stream) == 1)
        wait_for(lambda: _one(dsn, "SELECT state FROM station") == "online")
        listening.publish("shian/1/market-1/status", b"", retain=True)
    assert _one(dsn, "SELECT waiting FROM station") == 7
    assert _one(dsn, "SELECT state || ' ' || reason FROM device") == "fault no_answer"
    assert _one(dsn, 'SELECT count(*) FROM feed WHERE items LIKE \'%"station","station"%\'') == 1
