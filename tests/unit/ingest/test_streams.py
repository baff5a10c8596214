"""Heads in the database: order, holes, breaks, signatures, new streams, and two workers at once."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ingest.accept import Accepted, accept
from ingest.gaps import sweep
from ingest.store import Store
from storage.errors import ConflictError
from storage.stations import pin_key
from tests.support.desk import Desk
from tests.support.station import ChainedStation, result
from tests.support.waiting import wait_for
from wire.chain import public_key
from wire.kinds.checkpoint import CheckpointV1

STATE = "SELECT through, highest, signed_through, broken_at, gap_since IS NOT NULL FROM stream WHERE id = %s"


def _state(desk: Desk, station: ChainedStation) -> tuple[int, int, int, int | None, bool]:
    ((through, highest, signed, broken, has_gap),) = desk.rows(STATE, station.stream)
    return through, highest, signed, broken, has_gap


def _rules(desk: Desk) -> list[tuple[str, str]]:
    return [(rule, state) for rule, state in desk.rows("SELECT rule, state FROM alert ORDER BY opened_at")]


@pytest.mark.parametrize("seed", range(5))
def test_events_in_any_order_and_pieces_end_in_the_same_head(desk: Desk, seed: int) -> None:
    station = desk.station("market-1")
    for number in range(60):
        station.checkpoint() if number % 20 == 19 else station.add(result(number=str(number)))
    rng = random.Random(seed)
    order = list(station.bodies)
    rng.shuffle(order)
    while order:
        size = rng.randint(1, 25)
        desk.take(station.topic, *order[:size], *rng.sample(station.bodies, 2))
        order = order[size:]
    assert _state(desk, station) == (60, 60, 59, None, False)
    assert _rules(desk) == []


def test_a_hole_is_named_after_a_while_and_taken_back_when_it_is_filled(desk: Desk) -> None:
    station = desk.station("market-1")
    for number in range(9):
        station.add(result(number=str(number)))
    kept = [body for at, body in enumerate(station.bodies, start=1) if at not in (3, 4, 7)]
    desk.take(station.topic, *kept)
    assert _state(desk, station) == (2, 9, 0, None, True)
    desk.let_holes_stand(20)
    sweep(desk.connection, after_s=30)
    assert _rules(desk) == []
    desk.let_holes_stand(11)
    for _ in range(2):
        sweep(desk.connection, after_s=30)
    assert _rules(desk) == [("stream_gap", "open")]
    assert desk.one("SELECT facts -> 'missing' FROM alert") == ["3-4", "7"]
    desk.take(station.topic, *station.bodies)
    assert _state(desk, station) == (9, 9, 0, None, False)
    sweep(desk.connection, after_s=30)
    assert _rules(desk) == [("stream_gap", "resolved")]
    assert desk.rows("SELECT action FROM alert_step ORDER BY id") == [("opened",), ("resolved",)]


def test_a_hole_below_many_ranges_is_named_within_bounds(desk: Desk) -> None:
    station = desk.station("market-1")
    for number in range(3000):
        station.add(result(number=str(number)))
    desk.take(station.topic, *station.bodies[1::2])
    desk.let_holes_stand(31)
    sweep(desk.connection, after_s=30)
    note = desk.one("SELECT note FROM alert_step")
    assert note.startswith("missing: 1, 3, 5, ")
    assert len(note) < 200


def test_a_link_that_does_not_hold_is_stored_and_told_and_so_is_each_later_one(desk: Desk) -> None:
    station = desk.station("market-1")
    station.add(result())
    station.add(result(), previous="ab" * 32)
    station.add(result())
    station.add(result(), previous="cd" * 32)
    desk.take(station.topic, *station.bodies[:3])
    desk.take(station.topic, *station.bodies[3:])
    assert _state(desk, station) == (4, 4, 0, 2, False)
    assert _rules(desk) == [("stream_broken", "open")]
    assert desk.rows("SELECT action, note FROM alert_step ORDER BY id") == [
        ("opened", "event 2 does not follow from event 1"),
        ("joined", "event 4 does not follow from event 3"),
    ]
    assert desk.one("SELECT facts ->> 'sequence' FROM alert") == "2"
    assert desk.rows("SELECT sequence, kind FROM stream_break ORDER BY 1") == [(2, "link"), (4, "link")]


def test_a_stream_that_was_broken_once_opens_a_new_alert_when_the_first_is_resolved(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, station.add(result()), station.checkpoint())
    desk.take(station.topic, station.checkpoint(key=Ed25519PrivateKey.generate()))
    desk.take(station.topic, station.checkpoint(key=Ed25519PrivateKey.generate()))
    assert desk.one("SELECT count(*) FROM alert_step") == 1, "one key that was made anew is told once"
    desk.rows("UPDATE alert SET state = 'resolved' RETURNING 1")
    desk.take(station.topic, station.add(result(), previous="cd" * 32))
    assert _rules(desk) == [("stream_broken", "resolved"), ("stream_broken", "open")]


def test_the_first_good_checkpoint_pins_the_key_and_another_key_breaks_the_stream(desk: Desk) -> None:
    station = desk.station("market-1")
    station.add(result())
    station.checkpoint()
    desk.take(station.topic, *station.bodies)
    assert desk.one("SELECT public_key FROM station") == public_key(station.key)
    assert desk.one("SELECT count(*) FROM deed WHERE action = 'key_pinned'") == 1
    assert _state(desk, station) == (2, 2, 1, None, False)
    station.checkpoint(key=Ed25519PrivateKey.generate())
    station.checkpoint(key=Ed25519PrivateKey.generate())
    desk.take(station.topic, *station.bodies[2:])
    assert _state(desk, station) == (4, 4, 1, 3, False)
    assert _rules(desk) == [("stream_broken", "open")]
    assert desk.one("SELECT facts ->> 'kind' FROM alert") == "other_key"
    assert desk.one("SELECT public_key FROM station") == public_key(station.key)


def test_a_key_that_was_pinned_at_enrolment_is_the_only_one(desk: Desk) -> None:
    station = desk.station("market-1")
    pin_key(desk.connection, "market-1", public_key(Ed25519PrivateKey.generate()))
    station.add(result())
    desk.take(station.topic, *station.bodies, station.checkpoint())
    assert desk.one("SELECT facts ->> 'kind' FROM alert") == "other_key"


def test_a_checkpoint_that_comes_before_what_it_covers_is_judged_when_that_is_there(desk: Desk) -> None:
    station = desk.station("market-1")
    station.add(result())
    station.add(result())
    station.checkpoint()
    desk.take(station.topic, station.bodies[2])
    assert _state(desk, station) == (0, 3, 0, None, True)
    assert desk.one("SELECT public_key FROM station") is None
    desk.take(station.topic, *station.bodies[:2])
    assert _state(desk, station) == (3, 3, 2, None, False)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"signature": "00" * 64}, "bad_signature"),
        ({"hash": "11" * 32}, "other_hash"),
        ({"sequence": 3}, "covers_nothing"),
        ({"sequence": 99}, "covers_nothing"),
        ({"key": "00" * 32}, "bad_signature"),
    ],
)
def test_a_checkpoint_that_proves_nothing_breaks_the_stream(desk: Desk, change: dict[str, object], kind: str) -> None:
    station, trial = desk.station("market-1"), ChainedStation("market-1")
    for sender in (station, trial):
        sender.add(result())
        sender.add(result())
    trial.stream, trial.bodies, trial.key = station.stream, list(station.bodies), station.key
    true = CheckpointV1.model_validate(_checkpoint(trial))
    desk.take(station.topic, *station.bodies, station.add(true.model_copy(update=change), device=False))
    assert _state(desk, station)[2:4] == (0, 3)
    assert desk.one("SELECT facts ->> 'kind' FROM alert") == kind


def _checkpoint(station: ChainedStation) -> dict[str, object]:
    import json

    document: dict[str, dict[str, object]] = json.loads(station.checkpoint())
    return document["data"]


def test_a_stream_made_anew_is_told_and_louder_when_something_was_lost(desk: Desk) -> None:
    first = desk.station("market-1")
    first.add(result())
    desk.take(first.topic, *first.bodies)
    assert _rules(desk) == []
    second = ChainedStation("market-1")
    desk.take(second.topic, second.add(result()), second.add(result()))
    third = ChainedStation("market-1")
    desk.connection.execute("UPDATE station SET waiting = 12")
    desk.take(third.topic, third.add(result()))
    assert desk.rows("SELECT rule, severity FROM alert ORDER BY opened_at") == [
        ("stream_replaced", "info"),
        ("stream_replaced", "warning"),
    ]
    assert desk.rows("SELECT facts ->> 'before' FROM alert ORDER BY opened_at") == [
        (str(first.stream),),
        (str(second.stream),),
    ]


def test_two_workers_with_one_stream_store_each_event_once_and_agree_on_the_head(desk: Desk, dsn: str) -> None:
    stations = [desk.station(f"market-{n}") for n in range(3)]
    for station in stations:
        for number in range(300):
            station.checkpoint() if number % 100 == 99 else station.add(
                result(number=str(number), value=float(number % 60))
            )
    events = [accept(station.topic, body) for station in stations for body in station.bodies]
    everything = [event for event in events if isinstance(event, Accepted)]
    start = threading.Barrier(2)

    def work(seed: int) -> tuple[int, int]:
        rng = random.Random(seed)
        mine = [body for body in everything if rng.random() < 0.7]
        rest = [body for body in everything if body not in set(mine)] if seed else everything
        order = mine + rest
        rng.shuffle(order)
        stored = conflicts = 0
        with psycopg.connect(dsn, autocommit=True) as connection:
            store = Store(ZoneInfo("Asia/Shanghai"))
            store.open(connection)
            start.wait()
            while order:
                size = rng.randint(1, 90)
                try:
                    stored += len(store.take(connection, order[:size], [], []).stored)
                except ConflictError:
                    conflicts += 1
                    continue
                order = order[size:]
        return stored, conflicts

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(work, range(2)))
    assert sum(stored for stored, _ in done) == 900
    for station in stations:
        assert _state(desk, station) == (300, 300, 299, None, False)
    assert desk.one("SELECT sum(tests) FROM daily_result") == desk.one("SELECT count(*) FROM result")
    failed = desk.one("SELECT count(*) FROM result WHERE verdict = 'fail'")
    assert desk.one("SELECT count(*) FROM alert WHERE rule = 'failed_test'") == failed
    assert desk.rows("SELECT DISTINCT rule FROM alert ORDER BY 1") == [("failed_test",), ("verdicts_disagree",)]


def test_the_rows_of_stations_are_locked_in_one_order_by_every_batch(desk: Desk, dsn: str) -> None:
    # A checkpoint of the second station must not lock its row before that of the first: a batch of statuses locks them
    # the other way round.
    first, second = desk.station("market-1"), desk.station("market-2")
    desk.take(first.topic, first.add(result()))
    desk.take(second.topic, second.add(result()))
    entries = [accept(first.topic, first.add(result())), accept(second.topic, second.checkpoint())]
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with ThreadPoolExecutor(1) as pool, psycopg.connect(dsn, autocommit=True) as other, psycopg.connect(dsn) as blocker:
        blocker.execute("SELECT FROM station WHERE name = 'market-1' FOR NO KEY UPDATE")
        taken = pool.submit(desk.take_entries, entries)
        wait_for(lambda: other.execute(waiting.encode()).fetchone() == (1,), what="the batch to wait")
        other.execute("SELECT FROM station WHERE name = 'market-2' FOR NO KEY UPDATE NOWAIT")
        blocker.rollback()
        taken.result(30)
    assert _state(desk, second)[0] == 2
