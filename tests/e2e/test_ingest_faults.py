"""Everything around ingest breaks, twice, and nothing is lost, doubled or held up."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from ingest.effects import result as results
from ingest.inbox import Message
from ingest.receipts import Letter
from ingest.receiver import Receiver
from ingest.service import Service
from ingest.settings import Ingest
from process.connections import Broker
from shian.local.broker import Kind, LocalBroker, best_kind
from shian.local.postgres import LocalPostgres
from storage.errors import NewerDatabaseError
from storage.migrate import migrate
from storage.settings import Database
from storage.stations import Station, enrol
from tests.support import services
from tests.support.ingesting import ingesting
from tests.support.listener import Listener, listener
from tests.support.station import ChainedStation, result
from tests.support.waiting import wait_for

_SILENCE_S = 1.0


@pytest.fixture(params=["mosquitto", "iotcore"])
def own_broker(request: pytest.FixtureRequest) -> Iterator[LocalBroker]:
    kind: Kind = request.param
    if kind == "mosquitto" and best_kind() != kind:
        pytest.skip("no mosquitto on the PATH")
    with services.broker(kind) as broker:
        yield broker


@dataclass(slots=True)
class Centre:
    server: LocalPostgres
    dsn: str

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn) as connection:
            return connection.execute(query.encode()).fetchall()

    def enrol(self, name: str) -> ChainedStation:
        with psycopg.connect(self.dsn) as connection:
            enrol(connection, Station(name))
        return ChainedStation(name)


@pytest.fixture
def own_centre() -> Iterator[Centre]:
    """Start a database server that may be killed: its commits are durable."""
    with services.postgres(is_durable=True) as server:
        migrate(server.dsn)
        yield Centre(server, server.dsn)


@pytest.fixture
def centre(postgres: LocalPostgres, dsn: str) -> Centre:
    return Centre(postgres, dsn)


def _send_until_receipted(listening: Listener, station: ChainedStation, count: int) -> None:
    """Send as the edge does: events without a receipt for a while are sent again."""
    sent_at, known = -_SILENCE_S, -1

    def done() -> bool:
        nonlocal sent_at, known
        through = listening.through(station.stream)
        if through > known:
            known, sent_at = through, max(sent_at, time.monotonic() - _SILENCE_S / 2)
        elif through < count and time.monotonic() > sent_at + _SILENCE_S:
            listening.publish(station.topic, *station.bodies[through:count])
            sent_at = time.monotonic()
        return through >= count

    wait_for(done, timeout_s=90, what=f"receipts up to {count}")


def test_the_database_dies_and_comes_back_twice(own_centre: Centre, own_broker: LocalBroker) -> None:
    station = own_centre.enrol("market-1")
    with ingesting(own_centre.dsn, own_broker.port) as service, listener(own_broker.port) as listening:
        for part in (1, 2):
            for number in range(200):
                station.add(result(number=f"{part}-{number}"))
            listening.publish(station.topic, *station.bodies[-200:-100])
            own_centre.server.kill()
            listening.publish(station.topic, *station.bodies[-100:])
            before = listening.through(station.stream)
            wait_for(
                lambda: len(service.normal.inbox) + len(service.normal.worker._hand) >= 100,
                what="what waits for the database",
            )
            assert listening.through(station.stream) in range(before, part * 200 - 100 + 1)
            own_centre.server.start()
            _send_until_receipted(listening, station, part * 200)
    assert own_centre.rows("SELECT body FROM event WHERE station <> 'centre' ORDER BY sequence") == [
        (body,) for body in station.bodies
    ]
    assert own_centre.rows("SELECT count(*), sum(tests) FROM daily_result, (SELECT 1) AS one") == [(1, 400)]


def test_the_broker_dies_and_comes_back_twice_without_its_store(centre: Centre, own_broker: LocalBroker) -> None:
    station = centre.enrol("market-1")
    with ingesting(centre.dsn, own_broker.port, name="kept", session_expiry_s=300) as service:
        for part in (1, 2):
            for number in range(100):
                station.add(result(number=f"{part}-{number}"))
            own_broker.kill(wipe=True)
            wait_for(lambda: not service.is_subscribed, what="the loss of the broker")
            own_broker.start()
            wait_for(lambda: service.is_subscribed, timeout_s=60, what="the subscription")
            with listener(own_broker.port) as listening:
                _send_until_receipted(listening, station, part * 100)
    assert centre.rows("SELECT body FROM event WHERE station <> 'centre' ORDER BY sequence") == [
        (body,) for body in station.bodies
    ]


def test_a_crash_between_commit_and_acknowledgement_stores_nothing_twice(
    centre: Centre, broker: LocalBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashes = 0
    true_post = Receiver.post

    def post(self: Receiver, done: Sequence[Message], letters: Sequence[Letter]) -> None:
        nonlocal crashes
        if done and crashes < 2:
            crashes += 1
            raise RuntimeError("a crash between commit and acknowledgement")
        true_post(self, done, letters)

    monkeypatch.setattr(Receiver, "post", post)
    station = centre.enrol("market-1")
    for number in range(20):
        station.add(result(90.0, number=str(number)))
    with ingesting(centre.dsn, broker.port), listener(broker.port) as listening:
        listening.publish(station.topic, *station.bodies)
        wait_for(lambda: listening.through(station.stream) == 20, what="receipts")
    assert crashes == 2
    assert centre.rows("SELECT body FROM event WHERE station <> 'centre' ORDER BY sequence") == [
        (body,) for body in station.bodies
    ]
    assert centre.rows("SELECT sum(tests) FROM daily_result") == [(20,)]
    assert centre.rows("SELECT DISTINCT action FROM alert_step") == [("opened",)]


def test_what_was_not_acknowledged_is_delivered_to_the_next_process(centre: Centre) -> None:
    # Only a broker with sessions delivers again; with others the station sends again.
    if best_kind() != "mosquitto":
        pytest.skip("no mosquitto on the PATH")
    station = centre.enrol("market-1")
    for number in range(50):
        station.add(result(number=str(number)))
    with services.broker("mosquitto") as broker, listener(broker.port) as listening:
        lost = "postgresql://127.0.0.1:1/none"
        with ingesting(lost, broker.port, name="kept", session_expiry_s=300) as service:
            listening.publish(station.topic, *station.bodies)
            wait_for(lambda: len(service.normal.inbox) + len(service.normal.worker._hand) == 50)
        with ingesting(centre.dsn, broker.port, name="kept", session_expiry_s=300):
            wait_for(lambda: listening.through(station.stream) == 50, what="receipts")


def test_a_full_inbox_stops_reading_and_everything_is_stored_in_the_end(
    centre: Centre, own_broker: LocalBroker
) -> None:
    station = centre.enrol("market-1")
    for number in range(1000):
        station.add(result(number=str(number)))
    with psycopg.connect(centre.dsn) as blocker:
        blocker.execute("LOCK TABLE event IN ACCESS EXCLUSIVE MODE")
        with (
            ingesting(centre.dsn, own_broker.port, queue_messages=40, batch_messages=40) as service,
            listener(own_broker.port) as listening,
        ):
            listening.publish(station.topic, *station.bodies)
            wait_for(lambda: service.normal.inbox.is_full, what="a full inbox")
            assert len(service.normal.inbox) < 40 + 2 * 100  # what one reading may bring more
            blocker.rollback()
            _send_until_receipted(listening, station, 1000)
    assert centre.rows("SELECT count(*) FROM event WHERE station <> 'centre'") == [(1000,)]


def test_a_row_that_the_database_refuses_is_isolated_and_the_others_are_stored(
    centre: Centre, broker: LocalBroker
) -> None:
    station = centre.enrol("market-1")
    with psycopg.connect(centre.dsn) as connection:
        connection.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN IF new.sample LIKE 'bad%' THEN RAISE 'no %', new.sample; END IF; RETURN new; END $$;"
            " CREATE TRIGGER refuse BEFORE INSERT ON result FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    for number in range(300):
        station.add(result(number=f"bad-{number}" if number in (70, 71, 250) else str(number)))
    with ingesting(centre.dsn, broker.port), listener(broker.port) as listening:
        for _ in range(2):
            listening.publish(station.topic, *station.bodies)
            wait_for(lambda: set(listening.refused(station.stream)) == {71, 72, 251}, timeout_s=60)
        wait_for(lambda: listening.through(station.stream) == 70)
        wait_for(lambda: 300 in {number for one in listening.receipts(station.stream) for number in one.extra})
    assert listening.refused(station.stream)[71] == "not_storable"
    assert centre.rows("SELECT count(*) FROM event WHERE station <> 'centre'") == [(297,)]
    wanted = [("not_storable", station.bodies[at]) for at in (70, 71, 250)]
    assert centre.rows("SELECT reason, body FROM quarantine ORDER BY sequence") == wanted


def test_a_thousand_copies_of_a_poison_are_one_row_and_the_line_goes_on(centre: Centre, broker: LocalBroker) -> None:
    station = centre.enrol("market-1")
    body = station.add(result())
    with ingesting(centre.dsn, broker.port), listener(broker.port) as listening:
        listening.publish(station.topic, *[b'{"poison": NaN}'] * 1000, body)
        wait_for(lambda: listening.through(station.stream) == 1, what="the receipt behind the poison")
    assert centre.rows("SELECT count(*), min(reason) FROM quarantine") == [(1, "not_json")]


def test_a_topic_as_long_as_mqtt_allows_does_not_stop_the_line(centre: Centre, broker: LocalBroker) -> None:
    station = centre.enrol("market-1")
    body = station.add(result())
    with ingesting(centre.dsn, broker.port), listener(broker.port) as listening:
        listening.publish(f"shian/1/{'x' * 30_000}/events", body)
        listening.publish(station.topic, body)
        wait_for(lambda: listening.through(station.stream) == 1)
        wait_for(lambda: centre.rows("SELECT reason FROM quarantine") == [("bad_topic",)])


def test_a_fault_of_ours_in_one_message_does_not_stop_the_line(
    centre: Centre, broker: LocalBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    true_item = results.result_item

    def faulty(judged: Any, now: str) -> str:
        if judged.event.data.sample.number == "7":
            raise KeyError("a fault of ours")
        return true_item(judged, now)

    monkeypatch.setattr("ingest.effects.result.result_item", faulty)
    station = centre.enrol("market-1")
    for number in range(20):
        station.add(result(number=str(number)))
    with ingesting(centre.dsn, broker.port), listener(broker.port) as listening:
        listening.publish(station.topic, *station.bodies)
        wait_for(lambda: listening.refused(station.stream) == {8: "not_storable"})
        wait_for(lambda: 20 in {number for one in listening.receipts(station.stream) for number in one.extra})


def test_a_crash_that_comes_once_costs_no_message(
    centre: Centre, broker: LocalBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A line that swallows bytes can bring about an answer that belongs to another question.
    true_item, crashes = results.result_item, 0

    def faulty(*arguments: Any) -> str:
        nonlocal crashes
        crashes += 1
        if crashes == 1:
            raise TypeError("no answer of this database")
        return true_item(*arguments)

    monkeypatch.setattr("ingest.effects.result.result_item", faulty)
    station = centre.enrol("market-1")
    with ingesting(centre.dsn, broker.port), listener(broker.port) as listening:
        listening.publish(station.topic, station.add(result()))
        wait_for(lambda: listening.through(station.stream) == 1, what="the receipt")
    assert crashes > 1
    assert centre.rows("SELECT count(*) FROM quarantine") == [(0,)]


def test_two_processes_share_the_messages_and_store_each_once(centre: Centre, broker: LocalBroker) -> None:
    stations = [centre.enrol(f"market-{n}") for n in range(3)]
    for station in stations:
        for number in range(400):
            station.add(result(float(number % 60), number=str(number)))
    with ingesting(centre.dsn, broker.port), ingesting(centre.dsn, broker.port), listener(broker.port) as listening:
        for at in range(400):
            for station in stations:
                listening.publish(station.topic, station.bodies[at])
        for station in stations:
            _send_until_receipted(listening, station, 400)
    assert (
        centre.rows("SELECT through, highest, gap_since FROM stream WHERE station <> 'centre'")
        == [(400, 400, None)] * 3
    )
    assert centre.rows("SELECT sum(tests) FROM daily_result") == [(1200,)]


def test_a_database_of_a_newer_version_ends_the_process(centre: Centre, broker: LocalBroker) -> None:
    with psycopg.connect(centre.dsn) as connection:
        connection.execute("INSERT INTO migration VALUES (9999, 'tomorrow', '')")

    settings = Ingest(
        name="old", broker=Broker(port=broker.port), database=Database(dsn=centre.dsn), session_expiry_s=0
    )
    with pytest.raises(NewerDatabaseError):
        Service(settings).run(threading.Event())
