"""A station with a good certificate that wants more than its own: forged topics, sources, groups and client ids, and
other certificates' events; against a real Mosquitto by the files of `shian broker config`, and the real ingest."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from prometheus_client import REGISTRY

from authority.pairs import write_pair
from authority.requests import make_key, make_request
from ingest.session import names
from ingest.settings import Ingest
from storage.stations import Station, enrol
from tests.support.guarded_broker import Guarded, guarded_broker
from tests.support.ingesting import ingesting
from tests.support.station import ChainedStation, result
from tests.support.waiting import wait_for
from wire import receipts
from wire.topics import Leaf, subscription

EVENTS = 200
ALL = (
    "#",
    "$share/x/#",
    "shian/#",
    "+/+/+/+",
    *(subscription(leaf) for leaf in Leaf),
    *(subscription(leaf, group=group) for leaf in Leaf for group in ("ingest", "ingest-urgent")),
    "shian/1/m1/receipts",
    "shian/1/m1/commands",
    "$SYS/#",
)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with guarded_broker(tmp_path_factory.mktemp("guarded")) as broker:
        yield broker


@pytest.fixture
def victim(dsn: str) -> ChainedStation:
    with psycopg.connect(dsn) as connection:
        for name in ("m1", "m2"):
            enrol(connection, Station(name))
    station = ChainedStation("m1")
    for number in range(EVENTS):
        station.add(result(number=str(number)))
    return station


def rows(dsn: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(statement.encode()).fetchall()


def test_no_subscription_takes_anything_of_others(dsn: str, guarded: Guarded, victim: ChainedStation) -> None:
    with (
        ingesting(dsn, guarded.settings("ingest")),
        guarded.peer("m2", "thief") as thief,
        guarded.peer("m2", "second-thief") as second,
        guarded.peer("m1", "m1") as station,
    ):
        for one in (thief, second):
            one.subscribe(*ALL)
        station.subscribe("shian/1/m1/receipts")
        station.send(victim.topic, *victim.bodies[: EVENTS // 2])
        station.send(victim.urgent_topic, *victim.bodies[EVENTS // 2 :])
        wait_for(lambda: rows(dsn, "SELECT count(*) FROM result") == [(EVENTS,)], what="every result")

        def through() -> int:
            return max((receipts.decode(body).through for _, body in station.received), default=0)

        wait_for(lambda: through() == EVENTS, what="the receipts")
        assert thief.received == second.received == []


def test_a_session_is_not_taken_over_by_a_name_that_can_be_guessed(
    dsn: str, guarded: Guarded, victim: ChainedStation
) -> None:
    with ingesting(dsn, guarded.settings("ingest"), name="centre", session_expiry_s=60) as service:
        since = [lane.receiver.connected_s for lane in (service.normal, service.urgent)]
        for guess in ("ingest-centre", "ingest-centre:urgent", "ingest", "ingest-centre-"):
            for is_lasting in (False, True):
                with guarded.peer("m2", guess, is_lasting=is_lasting) as thief:
                    assert thief.is_in
        with guarded.peer("m1", "m1") as station:
            station.send(victim.topic, *victim.bodies)
            wait_for(lambda: rows(dsn, "SELECT count(*) FROM result") == [(EVENTS,)], what="every result")
        for lane, before in zip((service.normal, service.urgent), since, strict=True):
            now = lane.receiver.connected_s
            assert before is not None
            assert now is not None
            assert now > before, "the connection is the one of before"


def test_a_certificate_of_another_ingest_reads_and_a_station_reads_nothing_by_its_id(
    guarded: Guarded, tmp_path: Path
) -> None:
    """Show what the names protect: with the session's name in hand a station does end a worker's connection."""
    settings = Ingest(name="centre", broker=guarded.settings("ingest"))
    known_as = names(settings)
    assert known_as.session.startswith("ingest-centre-")
    assert known_as == names(settings), "the same after a restart"
    with guarded.peer("ingest", known_as.session) as worker, guarded.peer("m2", known_as.session):
        wait_for(lambda: worker.disconnected, what="the end of the connection")
    other = guarded.settings("server")
    assert names(Ingest(name="centre", broker=other)).session != known_as.session


def test_workers_that_share_a_secret_group_get_each_event_once(
    dsn: str, guarded: Guarded, victim: ChainedStation, tmp_path: Path
) -> None:
    group = tmp_path / "group"
    group.write_text("5f0c4a61d2a94d0f8a3be6c1\n")
    broker = guarded.settings("ingest")
    with (
        guarded.peer("m2", "thief") as thief,
        ingesting(dsn, broker, group_file=group) as first,
        ingesting(dsn, broker, group_file=group) as second,
        guarded.peer("m1", "m1") as station,
    ):
        thief.subscribe(*ALL)
        before = REGISTRY.get_sample_value("shian_ingest_received_total") or 0.0
        station.send(victim.topic, *victim.bodies)
        wait_for(lambda: rows(dsn, "SELECT count(*) FROM result") == [(EVENTS,)], what="every result")
        assert first.is_subscribed
        assert second.is_subscribed
        assert REGISTRY.get_sample_value("shian_ingest_received_total") == before + EVENTS
        assert thief.received == []


def test_a_forged_topic_is_refused_by_the_broker(guarded: Guarded) -> None:
    forged = [
        *(f"shian/1/m1/{leaf}" for leaf in ("events", "urgent", "status", "receipts", "commands")),
        *(f"shian/1/m2/{leaf}" for leaf in ("receipts", "commands")),
        "shian/1/m1/live/kitchen",
        "shian/1/centre/events",
        "$SYS/broker/x",
        "elsewhere",
    ]
    for topic in forged:
        # Anew each time: Mosquitto hangs up on whoever publishes where it may not.
        with guarded.peer("m2", "forger") as forger:
            assert forger.publish(topic, b"forged") == "Not authorized", topic


def test_a_forged_source_and_a_replay_of_anothers_events_are_quarantined(
    dsn: str, guarded: Guarded, victim: ChainedStation
) -> None:
    own = ChainedStation("m2")
    own.add(result(number="own"))
    with ingesting(dsn, guarded.settings("ingest")), guarded.peer("m2", "replayer") as replayer:
        # The very bytes of the other station, and its stream, by this one's certificate.
        replayer.send("shian/1/m2/events", *victim.bodies[:5])
        replayer.send("shian/1/m2/urgent", *victim.bodies[5:10])
        claimed = ChainedStation("m2", stream=victim.stream)
        claimed.add(result(number="claimed"))
        with guarded.peer("m1", "m1") as station:
            station.send(victim.topic, *victim.bodies)
            wait_for(lambda: rows(dsn, "SELECT count(*) FROM result") == [(EVENTS,)], what="every result")
        replayer.send(claimed.topic, *claimed.bodies)
        replayer.send(own.topic, *own.bodies)
        wait_for(lambda: rows(dsn, "SELECT count(*) FROM result WHERE station = 'm2'") == [(1,)], what="its own")
        wait_for(
            lambda: rows(dsn, "SELECT count(*) FROM quarantine WHERE reason = 'wrong_station'") == [(11,)],
            what="the refusals",
        )
    assert rows(dsn, "SELECT count(*) FROM result WHERE station = 'm1'") == [(EVENTS,)]


def test_an_expired_certificate_is_not_let_in(guarded: Guarded, tmp_path: Path) -> None:
    key, pair = make_key(), tmp_path / "old.pem"
    long_ago = datetime.now(UTC) - timedelta(days=91)
    authority = guarded.certificates.authority
    write_pair(pair, key, authority.issue_client(make_request(key), "m1", now=long_ago, days=90).pem)
    with guarded.peer(pair, "late") as late:
        wait_for(lambda: late.disconnected, what="the refusal")
        assert late.connected == []


def test_another_authoritys_certificate_is_not_let_in(guarded: Guarded, tmp_path: Path) -> None:
    with guarded_broker(tmp_path / "other") as other:
        pair = other.certificates.client("ingest")
        with guarded.peer(pair, "stranger") as stranger:
            wait_for(lambda: stranger.disconnected, what="the refusal")
            assert stranger.connected == []


def test_a_revoked_certificate_is_not_let_in_once_the_list_is_read(guarded: Guarded) -> None:
    with guarded.peer("m3", "m3") as station:
        assert station.is_in
    guarded.revoke("m3")

    def is_refused() -> bool:
        with guarded.peer("m3", "m3") as station:
            return not station.connected

    wait_for(is_refused, what="the refusal")
    with guarded.peer("m1", "m1") as other:
        assert other.is_in
