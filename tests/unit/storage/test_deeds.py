"""Deeds: written in the transaction of the deed, chained, and found when somebody lays hands on them."""

import json
import threading
from uuid import UUID

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage import deeds
from storage.deeds import SYSTEM, Actor, Deed
from storage.findings import Finding, Kind, Walked
from storage.stations import Station, enrol
from storage.steps import run
from storage.walk import walk
from tests.support.desk import Desk
from tests.support.station import ChainedStation, result
from wire import chain, codec
from wire.codec import Reason
from wire.kinds.deed import DeedEvent
from wire.terms import ActorKind
from wire.topics import CENTRE, TopicError

LI = Actor("李娜", ActorKind.PERSON, UUID(int=7), "192.0.2.7")


def wrote(desk: Desk, *several: Deed) -> None:
    with desk.connection.transaction():
        deeds.write(desk.connection, *several)


def some(desk: Desk, count: int = 5) -> list[UUID]:
    """Write deeds, each in a transaction of its own; return their ids in order."""
    for number in range(count):
        wrote(desk, Deed(LI, "media_viewed", f"picture {number}", "market-1", facts={"number": number}))
    return [event for (event,) in desk.rows("SELECT id FROM event WHERE station = 'centre' ORDER BY sequence")]


def found(desk: Desk) -> list[tuple[Kind, str, int | None]]:
    return [(f.kind, f.station, f.sequence) for f in walk(desk.connection) if isinstance(f, Finding)]


def test_a_deed_is_an_event_and_a_row_of_the_audit(desk: Desk) -> None:
    wrote(desk, Deed(LI, "subscription_disabled", "alert 1", "market-1", "复测合格", {"rule": "failed_test"}))
    event = codec.decode(desk.one("SELECT body FROM event"))
    assert isinstance(event, DeedEvent)
    assert (event.station, event.sequence, event.data.actor, event.data.account) == (CENTRE, 1, "李娜", UUID(int=7))
    row = desk.rows("SELECT event, actor, actor_kind, address, action, subject, place, why, facts FROM deed")
    who = ("李娜", "person", "192.0.2.7")
    said = ("subscription_disabled", "alert 1", "market-1", "复测合格", '{"rule": "failed_test"}')
    assert row == [(event.id, *who, *said)]
    assert found(desk) == []


def test_what_is_rolled_back_leaves_no_deed(desk: Desk) -> None:
    some(desk, 2)
    with desk.connection.transaction(force_rollback=True):
        deeds.write(desk.connection, Deed(SYSTEM, "media_viewed", "never"))
    some(desk, 2)
    assert desk.rows("SELECT sequence FROM event ORDER BY sequence") == [(1,), (2,), (3,), (4,)]
    assert found(desk) == []


def test_many_at_once_make_one_chain(desk: Desk, dsn: str) -> None:
    def write(number: int) -> None:
        with psycopg.connect(dsn) as connection:
            for each in range(10):
                with connection.transaction():
                    deeds.write(connection, Deed(LI, "media_viewed", f"{number}/{each}"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.rows("SELECT count(*), count(DISTINCT stream), max(sequence) FROM event") == [(60, 1, 60)]
    assert found(desk) == []


def test_an_action_without_a_word_is_refused() -> None:
    with pytest.raises(KeyError):
        Deed(LI, "something_new")


def test_facts_that_are_too_large_are_cut_and_named_by_their_hash(desk: Desk) -> None:
    wrote(desk, Deed(LI, "subscription_created", "1", facts={"areas": ["街道" * 100] * 500, "name": "a\0b", "at": 1.5}))
    facts = json.loads(desk.one("SELECT facts FROM deed"))
    assert (facts["name"], facts["at"], len(facts["sha256"])) == ("a b", 1.5, 64)
    assert "areas" not in facts
    assert found(desk) == []


def test_the_key_signs_the_head_once(desk: Desk) -> None:
    key = Ed25519PrivateKey.generate()
    wrote(desk, Deed(SYSTEM, "key_pinned", CENTRE, facts={"after": chain.public_key(key)}))
    for _ in range(2):
        with desk.connection.transaction(), desk.connection.cursor() as cursor:
            run(cursor, deeds.sign(key))
    (walked,) = [news for news in walk(desk.connection) if isinstance(news, Walked)]
    assert (walked.events, walked.signed_through) == (2, 1)
    assert desk.one("SELECT signed_through FROM stream") == 1
    assert found(desk) == []


def test_a_key_that_nobody_accepted_is_named(desk: Desk) -> None:
    some(desk, 1)
    with desk.connection.transaction(), desk.connection.cursor() as cursor:
        run(cursor, deeds.sign(Ed25519PrivateKey.generate()))
    assert found(desk) == [(Kind.SIGNATURE, CENTRE, 2)]


def test_after_a_restore_another_stream_says_which_it_replaces(desk: Desk) -> None:
    some(desk, 3)
    before = desk.one("SELECT stream FROM centre")
    with desk.connection.transaction(), desk.connection.cursor() as cursor:
        run(cursor, deeds.replace("restored", {"anchored": 9}))
    some(desk, 1)
    event = codec.decode(desk.one("SELECT body FROM event WHERE stream <> %s AND sequence = 1", before))
    assert isinstance(event, DeedEvent)
    assert event.data.facts == {"replaces": str(before), "through": 3, "cause": "restored", "anchored": 9}
    assert desk.one("SELECT count(*) FROM event WHERE stream = %s", event.stream) == 2
    assert found(desk) == []


def test_the_audit_of_an_older_version_is_sealed_by_the_first_deed(desk: Desk) -> None:
    desk.connection.execute(
        "INSERT INTO audit (id, actor, action, subject) SELECT gen_random_uuid(), 'li', 'media_viewed', n::text"
        " FROM generate_series(1, 3) AS n"
    )
    some(desk, 1)
    assert desk.rows("SELECT action FROM deed ORDER BY event") == [("audit_began",), ("media_viewed",)]
    assert found(desk) == []
    desk.connection.execute("UPDATE audit SET actor = 'wang' WHERE subject = '2'")
    assert found(desk) == [(Kind.CHANGED, CENTRE, 1)]


def test_nobody_is_enrolled_or_heard_under_the_name_of_the_centre(desk: Desk) -> None:
    with pytest.raises(TopicError):
        enrol(desk.connection, Station(CENTRE))
    false = ChainedStation(CENTRE)
    outcome = desk.take(false.topic, false.add(result()))
    assert [refused.reason for refused in outcome.refused] == [Reason.BAD_TOPIC]
    some(desk, 1)
    market = desk.station("market-1")
    market.stream = desk.one("SELECT stream FROM centre")
    market.bodies = [b""] * desk.one("SELECT through FROM stream")
    outcome = desk.take(market.topic, market.add(result(), previous="0" * 64))
    assert [refused.reason for refused in outcome.refused] == [Reason.WRONG_STATION]


def test_a_station_writes_no_deeds(desk: Desk) -> None:
    market = desk.station("market-1")
    outcome = desk.take(market.topic, market.add(Deed(LI, "alert_resolved", "1").data(), device=False))
    assert [refused.reason for refused in outcome.refused] == [Reason.WRONG_STATION]
    assert desk.one("SELECT count(*) FROM deed WHERE station <> 'centre'") == 0
