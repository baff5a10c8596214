"""One test makes one row, whichever of a station's streams brings it, and in whatever order."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from ingest.accept import Accepted, accept
from ingest.receipts import receipts
from ingest.store import Store
from storage.errors import ConflictError
from storage.findings import Finding, Walked
from storage.repeats import name_of
from storage.walk import walk
from tests.support.desk import Desk
from tests.support.station import ChainedStation, result
from wire.chain import digest
from wire.kinds.agent import AgentV1, Damaged
from wire.kinds.reading import ReadingV1
from wire.kinds.sample import SampleV1
from wire.receipts import decode


def values(desk: Desk) -> list[float]:
    return [value for (value,) in desk.rows("SELECT value FROM result ORDER BY value")]


def findings(desk: Desk) -> list[tuple[str, str]]:
    return [(finding.kind.value, finding.detail) for finding in walk(desk.connection) if isinstance(finding, Finding)]


def folded(desk: Desk) -> int:
    return sum(finding.folded for finding in walk(desk.connection) if isinstance(finding, Walked))


def begin_again(station: ChainedStation, **more: Any) -> ChainedStation:
    """Begin a new stream of the same station."""
    fresh = ChainedStation(station.name, key=station.key)
    fresh.add(AgentV1(state="started", **more), device=False)
    return fresh


def accepted(station: ChainedStation, body: bytes) -> Accepted:
    accepted = accept(station.topic, body)
    assert isinstance(accepted, Accepted)
    return accepted


def test_what_is_recorded_again_is_stored_and_receipted_and_makes_no_second_row(desk: Desk) -> None:
    station = desk.station("market-1")
    kinds = (result(80.0), SampleV1(number="1"), ReadingV1(quantity="t", value=4.0, unit="C"))
    bodies = [station.add(data) for data in kinds]
    desk.take(station.topic, *bodies)
    counted = desk.rows("SELECT sum(tests) FROM daily_result")
    fresh = begin_again(station)
    again = [fresh.again(body) for body in bodies]
    outcome = desk.take(fresh.topic, *fresh.bodies)
    (letter,) = receipts(outcome)
    assert decode(letter.body).through == 4
    for table in ("result", "sample", "reading"):
        assert desk.one(f"SELECT count(*) FROM {table}") == 1, table
    assert desk.rows("SELECT sum(tests) FROM daily_result") == counted
    assert desk.one("SELECT count(*) FROM alert_step JOIN alert ON alert.id = alert WHERE rule = 'failed_test'") == 1
    assert (outcome.folded, folded(desk), findings(desk)) == (3, 3, [])
    assert desk.one("SELECT count(*) FROM event WHERE stream = %s", fresh.stream) == len(again) + 1


def test_twice_in_a_row_what_never_came_the_first_time_makes_a_row_once(desk: Desk) -> None:
    station = desk.station("market-1")
    here, lost = station.add(result(1.0)), station.add(result(2.0))
    desk.take(station.topic, here)
    for _ in range(2):
        fresh = begin_again(station)
        fresh.again(here)
        fresh.again(lost)
        desk.take(fresh.topic, *fresh.bodies)
        assert values(desk) == [1.0, 2.0]
    desk.take(station.topic, lost)
    assert values(desk) == [1.0, 2.0], "the first one comes last"
    assert findings(desk) == []


def test_a_test_that_was_read_again_from_the_memory_is_known_by_its_identity(desk: Desk) -> None:
    station, test = desk.station("market-1"), result(80.0)
    desk.take(station.topic, station.add(test))
    fresh = begin_again(station)
    fresh.add(test)
    fresh.add(result(81.0))
    desk.take(fresh.topic, *fresh.bodies)
    assert values(desk) == [80.0, 81.0]
    assert (folded(desk), findings(desk)) == (1, [])


def test_between_stations_the_same_identity_is_two_tests(desk: Desk) -> None:
    one, other, test = desk.station("market-1"), desk.station("market-2"), result(80.0)
    desk.take(one.topic, one.add(test))
    fresh = begin_again(other)
    desk.take(other.topic, other.add(result(1.0)))
    desk.take(fresh.topic, *fresh.bodies, fresh.add(test))
    assert values(desk) == [1.0, 80.0, 80.0]


def test_two_boxes_with_an_older_agent_that_write_one_stream_make_one_row_a_test(desk: Desk) -> None:
    # Both read one analyzer's memory; the second one's event has a number that nobody has yet.
    station, test = desk.station("market-1"), result(80.0)
    station.add(result(1.0))
    clone = station.copy(1)
    desk.take(station.topic, *station.bodies, station.add(test))
    clone.add(result(2.0))
    desk.take(clone.topic, *clone.bodies, clone.add(test))
    assert values(desk) == [1.0, 2.0, 80.0]


def test_a_station_cannot_hide_another_result_behind_an_id_that_is_known(desk: Desk) -> None:
    station = desk.station("market-1")
    body = station.add(result(1.0))
    desk.take(station.topic, body)
    fresh = begin_again(station)
    fresh.add(result(99.0), original=accepted(station, body).event.id)
    desk.take(fresh.topic, *fresh.bodies)
    assert values(desk) == [1.0, 99.0]
    assert findings(desk) == []


@pytest.mark.parametrize("seed", range(6))
def test_in_any_order_and_pieces_each_test_has_one_row(desk: Desk, seed: int) -> None:
    # Ground truth: 24 tests, each in up to three streams, by its id, by its identity, or by both.
    rng = random.Random(seed)
    station = desk.station("market-1")
    tests = [result(float(number)) for number in range(24)]
    bodies = [station.add(test) for test in tests]
    streams = [station]
    for _ in range(2):
        fresh = begin_again(station)
        for test, body in zip(tests, bodies, strict=True):
            match rng.randrange(3):
                case 0:
                    fresh.again(body)
                case 1:
                    fresh.add(test)
                case _:
                    pass
        streams.append(fresh)
    sent = [body for stream in streams for body in stream.bodies]
    rng.shuffle(sent)
    while sent:
        size = rng.randint(1, 30)
        desk.take(station.topic, *sent[:size])
        sent = sent[size:]
    assert values(desk) == [float(number) for number in range(24)]
    assert desk.one("SELECT sum(tests) FROM daily_result") == 24
    assert findings(desk) == []


def test_two_workers_with_two_streams_at_once_make_one_row_a_test(dsn: str, desk: Desk) -> None:
    # The second stream begins while the first one's batches are stored; both bring the same tests.
    station = desk.station("market-1")
    tests = [result(float(number)) for number in range(60)]
    originals = [station.add(test) for test in tests]
    fresh = begin_again(station)
    for number, (test, body) in enumerate(zip(tests, originals, strict=True)):
        if number % 2:
            fresh.again(body)
        else:
            fresh.add(test)

    def work(bodies: list[bytes]) -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            store = Store(ZoneInfo("Asia/Shanghai"))
            store.open(connection)
            for start in range(0, len(bodies), 3):
                batch = [accepted(station, body) for body in bodies[start : start + 3]]
                _until_stored(partial(store.take, connection, batch, (), ()))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, [station.bodies, fresh.bodies]))
    assert values(desk) == [float(number) for number in range(60)]
    assert findings(desk) == []


def _until_stored(take: Callable[[], Any]) -> None:
    for _ in range(100):
        try:
            take()
        except ConflictError:
            continue
        return
    raise AssertionError("100 conflicts in a row")


@pytest.mark.parametrize(
    ("harm", "kind"),
    [
        ("DELETE FROM folded", "removed"),
        ("UPDATE folded SET into_event = event", "changed"),
        ("UPDATE folded SET into_event = (SELECT event FROM result WHERE value = 2)", "changed"),
        ("UPDATE folded SET into_event = '01234567-89ab-7def-8123-456789abcdef'", "removed"),
        (
            "INSERT INTO folded SELECT result.event, into_event, result.station, now() FROM result, folded"
            " WHERE result.value = 2",
            "changed",
        ),
    ],
)
def test_the_walk_names_a_fold_that_is_none(desk: Desk, harm: str, kind: str) -> None:
    station = desk.station("market-1")
    body = station.add(result(1.0))
    desk.take(station.topic, body, station.add(result(2.0)))
    fresh = begin_again(station)
    fresh.again(body)
    desk.take(fresh.topic, *fresh.bodies)
    assert findings(desk) == []
    desk.connection.execute(harm.encode())
    assert kind in [found for found, _ in findings(desk)]


def test_a_disputed_result_is_judged_alerted_and_named(desk: Desk) -> None:
    station = desk.station("market-1")
    for number in range(4):
        station.add(result(float(number), number=str(number)))
    copy = station.copy(2)
    desk.take(station.topic, *station.bodies)
    failed = copy.add(result(80.0, number="x"))
    copy.add(result(5.0, number="y"))
    outcome = desk.take(copy.topic, *copy.bodies)
    (letter,) = receipts(outcome)
    assert [(refusal.sequence, refusal.reason) for refusal in decode(letter.body).refused] == [
        (3, "forked"),
        (4, "forked"),
    ]
    assert values(desk) == [0.0, 1.0, 2.0, 3.0, 5.0, 80.0]
    assert desk.rows("SELECT value FROM result WHERE flags = 'disputed' ORDER BY 1") == [(5.0,), (80.0,)]
    rules = [rule for (rule,) in desk.rows("SELECT rule FROM alert ORDER BY rule")]
    assert rules == ["failed_test", "spool_older_copy", "verdicts_disagree"]
    assert [kind for kind, _ in findings(desk)] == ["forked", "forked"]
    desk.take(copy.topic, *copy.bodies)
    assert desk.one("SELECT count(*) FROM result") == 6, "sent again"
    fresh = begin_again(station, replaces=station.stream, cause="diverged", rerecorded=2)
    fresh.again(failed)
    fresh.again(copy.bodies[3])
    desk.take(fresh.topic, *fresh.bodies)
    assert desk.one("SELECT count(*) FROM result") == 6, "recorded again"
    assert [kind for kind, _ in findings(desk)] == ["forked", "forked"]
    desk.connection.execute("UPDATE result SET value = 1 WHERE value = 80")
    assert ("changed", "disputed: its row in result: value") in findings(desk)


def test_one_event_in_two_versions_is_a_fork_and_no_other_box(desk: Desk) -> None:
    # A bit that flipped on the way: the same id and number, other bytes.
    station = desk.station("market-1")
    body = station.add(result(18.77))
    desk.take(station.topic, body)
    desk.take(station.topic, body.replace(b"18.77", b"28.77"))
    assert [rule for (rule,) in desk.rows("SELECT rule FROM alert")] == ["stream_forked"]
    assert values(desk) == [18.77, 28.77]


def test_the_walk_goes_on_where_what_was_folded_into_is_no_event_any_more(desk: Desk) -> None:
    station = desk.station("market-1")
    body = station.add(result(5.0))
    desk.take(station.topic, body)
    fresh = begin_again(station)
    fresh.again(body)
    desk.take(fresh.topic, *fresh.bodies)
    desk.connection.execute("UPDATE event SET body = 'x' WHERE stream = %s", [station.stream])
    assert [detail for _, detail in findings(desk)] == ["its bytes are no event any more: not_json"]


def test_the_walk_goes_on_where_a_disputed_body_is_no_event_any_more(desk: Desk) -> None:
    desk.station("market-1")
    desk.connection.execute(
        "INSERT INTO disputed (id, stream, sequence, station, type, recorded_at, received_at, hash, body)"
        " VALUES (%s, gen_random_uuid(), 1, 'market-1', 'x', now(), now(), sha256('x'), 'x')",
        [name_of(sha256(b"x").digest())],
    )
    assert ("changed", "disputed: its bytes are no event any more") in findings(desk)


def test_the_damage_of_an_old_stream_is_not_that_of_the_new_one(desk: Desk) -> None:
    # The event that accounts for a number is recorded again as well; its numbers are those of its first stream.
    station = desk.station("market-1")
    lost = [station.add(result(float(number))) for number in range(3)]
    damage = AgentV1(state="spool_damaged", damaged=(Damaged(sequence=2, hash=digest(lost[1])),))
    told = station.add(damage, device=False)
    desk.take(station.topic, lost[0], lost[2], told)
    fresh = begin_again(station)
    fresh.again(lost[2])
    fresh.again(told)
    desk.take(fresh.topic, *fresh.bodies)
    assert desk.rows("SELECT stream, sequence FROM accounted") == [(station.stream, 2)]
    assert values(desk) == [0.0, 2.0]
