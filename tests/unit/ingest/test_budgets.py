"""Budgets: what one station may make grow within an hour, and what happens above; a neighbour never notices."""

from typing import Any
from uuid import uuid4

from ingest import gaps, upkeep
from ingest.accept import accept
from ingest.quarantine import HEAD
from ingest.store import Store
from storage import exchange, stations
from storage.budgets import StationBudgets
from storage.derived import derived
from tests.support.desk import Desk
from tests.support.server import add_subscription
from tests.support.station import ChainedStation, result
from wire.terms import Verdict

KIB = 1024
FAIL = Verdict.FAIL
SMALL: dict[str, Any] = {"quarantine_bytes": 256 * KIB, "quarantine_messages": 50}


def junk(number: int, size: int = 64 * KIB) -> bytes:
    return (b"%08d" % number).ljust(size, b"x")


def limit(desk: Desk, **budgets: Any) -> None:
    desk.store.use.budgets = StationBudgets.model_validate(budgets)


def an_hour_passes(desk: Desk, hours: int = 1) -> None:
    """Make everything that was counted so much older: the database's clock is not ours to turn."""
    desk.connection.execute("UPDATE budget SET hour = hour - make_interval(hours => %s)", [hours])
    desk.store.refresh(desk.connection)


def sweep(desk: Desk, dsn: str) -> None:
    with exchange.connect(dsn, "test", exchange_s=20, autocommit=True) as connection:
        upkeep.sweep(connection, desk.store.use.budgets)


def restart(desk: Desk) -> None:
    """Restart: another process goes on with the same database."""
    before = desk.store
    desk.store = Store(before.zone, use=type(before.use)(before.use.budgets))
    desk.store.open(desk.connection)


def alerts(desk: Desk, rule: str = "over_budget") -> list[tuple[str, str]]:
    return [(a, b) for a, b in desk.rows("SELECT station, state FROM alert WHERE rule = %s ORDER BY opened_at", rule)]


def kept(desk: Desk) -> tuple[int, int]:
    ((rows, size),) = desk.rows("SELECT count(*), coalesce(sum(octet_length(body)), 0) FROM quarantine")
    return rows, size


def flood(desk: Desk, topic: str, first: int, count: int = 300) -> None:
    for start in range(first, first + count, 100):
        desk.take(topic, *map(junk, range(start, start + 100)))


def test_3000_junk_messages_fill_no_disk_and_make_one_alert(desk: Desk) -> None:
    # The budgets are the shipped ones: once 3,000 messages of 64 KiB were 188 MiB in quarantine.
    desk.station("noisy")
    for start in range(0, 3000, 250):
        desk.take("shian/1/noisy/events", *map(junk, range(start, start + 250)))
    rows, size = kept(desk)
    assert rows == 3000
    assert size <= 16 * KIB * KIB + 3000 * HEAD
    assert alerts(desk) == [("noisy", "open")]
    assert desk.one("SELECT count(*) FROM alert") == 1


def test_above_the_budget_the_hash_and_the_head_are_kept_then_only_a_count(desk: Desk) -> None:
    desk.station("noisy")
    limit(desk, **SMALL)
    flood(desk, "shian/1/noisy/events", 0)
    assert kept(desk) == (50, 256 * KIB + 46 * HEAD)
    whole, cut = (
        desk.rows("SELECT body, size, hash FROM quarantine WHERE is_cut = %s", is_cut) for is_cut in (False, True)
    )
    assert (len(whole), len(cut)) == (4, 46)
    assert {(len(body), size) for body, size, _ in cut} == {(HEAD, 64 * KIB)}
    assert {bytes(row[2]) for row in whole + cut} == {accept("t", junk(number)).hash for number in range(50)}
    assert desk.rows("SELECT kind, used, above FROM budget ORDER BY kind") == [
        ("quarantine", 50, 250),
        ("quarantine_bytes", 256 * KIB, 46),
    ]


def test_a_neighbour_of_junk_loses_nothing_and_keeps_its_own_budget(desk: Desk) -> None:
    desk.station("noisy")
    good = desk.station("good")
    limit(desk, **SMALL)
    good.add(result(12.0))
    batch = [accept("shian/1/noisy/events", junk(number)) for number in range(300)]
    outcome = desk.take_entries([*batch, accept(good.topic, good.bodies[0]), accept(good.topic, b"bad cable")])
    assert [event.body for event in outcome.stored] == good.bodies
    assert desk.rows("SELECT body, is_cut FROM quarantine WHERE station = 'good'") == [(b"bad cable", False)]
    assert alerts(desk) == [("noisy", "open")]


def test_a_restart_does_not_give_the_budget_again(desk: Desk) -> None:
    desk.station("noisy")
    limit(desk, **SMALL)
    for first in range(0, 900, 300):
        flood(desk, "shian/1/noisy/events", first)
        restart(desk)
    assert kept(desk)[0] == 50


def test_the_next_hour_brings_the_budget_again_and_ends_the_alert(desk: Desk, dsn: str) -> None:
    desk.station("noisy")
    limit(desk, **SMALL)
    for turn in range(2):
        flood(desk, "shian/1/noisy/events", turn * 1000)
        sweep(desk, dsn)
        assert alerts(desk)[turn:] == [("noisy", "open")]
        an_hour_passes(desk)
        desk.take("shian/1/noisy/events", f"cable {turn}".encode())
        assert desk.one("SELECT is_cut FROM quarantine ORDER BY received_at DESC, id DESC LIMIT 1") is False
        sweep(desk, dsn)
        assert alerts(desk)[turn:] == [("noisy", "open")], "an hour of silence before it is over"
        an_hour_passes(desk)
        sweep(desk, dsn)
        assert alerts(desk)[turn:] == [("noisy", "resolved")]


def test_the_alert_says_how_much_stayed_out(desk: Desk, dsn: str) -> None:
    desk.station("noisy")
    limit(desk, **SMALL)
    flood(desk, "shian/1/noisy/events", 0)
    flood(desk, "shian/1/noisy/events", 300)
    sweep(desk, dsn)
    facts = desk.one("SELECT facts FROM alert")
    assert facts["above"] == {"quarantine": 550, "quarantine_bytes": 46}
    assert facts["en"] == (
        "550 refused messages that were only counted, 46 refused messages of which the beginning is kept"
    )


def test_the_same_junk_a_thousand_times_is_one_row_and_one_message_of_the_budget(desk: Desk) -> None:
    desk.station("noisy")
    limit(desk, **SMALL)
    for _ in range(4):
        desk.take("shian/1/noisy/events", *[junk(1)] * 100)
    assert kept(desk) == (1, 64 * KIB)
    assert desk.one("SELECT used FROM budget WHERE kind = 'quarantine'") == 1


def test_who_is_not_enrolled_shares_one_budget_under_however_many_names(desk: Desk) -> None:
    limit(desk, **SMALL)
    for name in range(30):
        desk.take(f"shian/1/nobody-{name}/events", *map(junk, range(10)))
    assert kept(desk)[0] == 50
    assert alerts(desk) == [("", "open")]


def test_an_event_of_a_station_that_is_enrolled_late_is_lost_by_no_budget(desk: Desk) -> None:
    # Above the budget an event is not even refused: the station keeps it, and sends it again.
    limit(desk, quarantine_bytes=4 * KIB, quarantine_messages=10)
    late = ChainedStation("late")
    for number in range(40):
        late.add(result(12.0, number=str(number), raw="aa" * 400))
    outcome = desk.take(late.topic, *late.bodies)
    told = {refusal.sequence for refusal in outcome.refused}
    whole = desk.rows("SELECT sequence FROM quarantine WHERE NOT is_cut ORDER BY 1")
    assert told == {row[0] for row in whole}
    assert outcome.put_off == 40 - len(told) > 0
    stations.enrol(desk.connection, stations.Station("late"))
    desk.store.refresh(desk.connection)
    desk.take(late.topic, *late.bodies)
    assert desk.one("SELECT through FROM stream WHERE station <> 'centre'") == 40


def test_a_fork_is_alerted_also_when_its_row_is_not_kept(desk: Desk) -> None:
    station = desk.station("forker")
    limit(desk, quarantine_messages=0)
    first, second = station.copy(0), station.copy(0)
    same = uuid4()
    desk.take(station.topic, first.add(result(12.0), event_id=same))
    for _ in range(3):
        desk.take(station.topic, second.copy(0).add(result(13.0), event_id=same))
    assert kept(desk) == (0, 0)
    assert alerts(desk, "stream_forked") == [("forker", "open")]


def test_old_bodies_in_quarantine_are_cut_to_their_head_some_at_a_turn(desk: Desk, dsn: str) -> None:
    desk.station("noisy")
    for number in range(150):
        desk.take("shian/1/noisy/events", junk(number, 2 * KIB))
    desk.connection.execute(
        "UPDATE quarantine SET received_at = received_at - interval '91 days' WHERE sequence IS NULL"
    )
    desk.take("shian/1/noisy/events", junk(150, 2 * KIB))
    left = []
    for _ in range(3):
        sweep(desk, dsn)
        left.append(desk.one("SELECT count(*) FROM quarantine WHERE NOT is_cut"))
    assert left == [51, 1, 1]
    assert desk.rows("SELECT DISTINCT octet_length(body), size FROM quarantine WHERE is_cut") == [(HEAD, 2 * KIB)]


def failing(station: ChainedStation, count: int, first: int = 0) -> list[bytes]:
    return [station.add(result(88.0, number=str(first + number), device_verdict=FAIL)) for number in range(count)]


def told(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.rows(
        "SELECT alert.key, edition, delivery.state FROM delivery JOIN alert ON alert.id = alert ORDER BY 1, 2"
    )


def deliver_all(desk: Desk) -> None:
    desk.connection.execute("UPDATE delivery SET state = 'delivered'")


def test_2000_failing_samples_make_a_bounded_number_of_alerts_and_none_is_silent(desk: Desk) -> None:
    # The budgets are the shipped ones: once 2,000 samples opened 1,443 alerts within 10 s.
    station = desk.station("burst")
    bodies = failing(station, 2000)
    for start in range(0, 2000, 400):
        desk.take(station.topic, *bodies[start : start + 400])
    assert desk.one("SELECT count(*) FROM result WHERE verdict = 'fail'") == 2000
    assert desk.one("SELECT count(*) FROM alert WHERE rule = 'failed_test'") == 201
    many = "SELECT {} FROM alert WHERE facts ? 'folded'"
    facts = desk.one(many.format("facts"))
    assert (facts["folded"], len(facts["listed"])) == (1800, 100)
    assert facts["listed"][0] == "菠菜 农药残留 200 failed (screening): 88.0 %"
    steps = "SELECT count(DISTINCT s.event) FROM alert_step s JOIN alert ON alert.id = s.alert WHERE rule = %s"
    assert desk.one(steps, "failed_test") == 2000, "each failed test is a step of an alert"
    with desk.connection.transaction():
        assert list(derived(desk.connection)) == []


def test_a_folded_alert_is_delivered_and_delivered_again_while_it_grows(desk: Desk, dsn: str) -> None:
    add_subscription(desk.connection, "https://example.gov.cn/hook")
    station = desk.station("burst")
    limit(desk, alerts={"failed_test": 2})
    desk.take(station.topic, *failing(station, 5))
    first = told(desk)
    assert len(first) == 3
    deliver_all(desk)
    desk.take(station.topic, *failing(station, 4, first=5))
    sweep(desk, dsn)
    assert told(desk)[:-1] == [(*delivery[:2], "delivered") for delivery in first][:-1], "not before five minutes"
    make_older = "UPDATE alert SET facts = facts || jsonb_build_object('told_at', now() - interval '301 s')"
    desk.connection.execute((make_older + " WHERE facts ? 'told_at'").encode())
    for _ in range(2):
        sweep(desk, dsn)
        again = [delivery for delivery in told(desk) if "/more/" in delivery[0]]
        assert [delivery[1:] for delivery in again] == [(0, "delivered"), (1, "waiting")]
    facts = desk.one("SELECT facts FROM alert WHERE facts ? 'folded'")
    assert (facts["folded"], facts["told"]) == (7, 7)


def test_the_neighbour_of_a_burst_has_its_own_alerts(desk: Desk) -> None:
    burst, good = desk.station("burst"), desk.station("good")
    limit(desk, alerts={"failed_test": 3})
    entries = [accept(burst.topic, body) for body in failing(burst, 50)]
    entries += [accept(good.topic, body) for body in failing(good, 3)]
    desk.take_entries(entries)
    assert len(alerts_of(desk, "good")) == 3
    assert len(alerts_of(desk, "burst")) == 4


def alerts_of(desk: Desk, station: str) -> list[str]:
    return [row[0] for row in desk.rows("SELECT key FROM alert WHERE station = %s ORDER BY key", station)]


def test_what_belongs_to_an_alert_that_is_open_joins_it_also_above_the_budget(desk: Desk) -> None:
    station = desk.station("burst")
    limit(desk, alerts={"failed_test": 2})
    desk.take(station.topic, *failing(station, 2))
    retest = station.add(result(80.0, number="1", device_verdict=FAIL, is_retest=True))
    desk.take(station.topic, retest, *failing(station, 1, first=9))
    joined = desk.rows("SELECT alert.sample FROM alert_step JOIN alert ON alert.id = alert WHERE action = 'joined'")
    assert joined == [("1",)]
    assert desk.one("SELECT facts ->> 'folded' FROM alert WHERE facts ? 'folded'") == "1"


def test_the_next_hour_brings_alerts_of_their_own_again_twice(desk: Desk) -> None:
    station = desk.station("burst")
    limit(desk, alerts={"failed_test": 2})
    for turn in range(2):
        desk.take(station.topic, *failing(station, 5, first=10 * turn))
        restart(desk)
        desk.take(station.topic, *failing(station, 1, first=10 * turn + 7))
        own = "SELECT count(*) FROM alert WHERE NOT facts ? 'folded'"
        assert desk.one(own) == 2 * (turn + 1)
        an_hour_passes(desk)


def test_500_new_streams_make_a_handful_of_alerts(desk: Desk, dsn: str) -> None:
    # Once each stream made an alert. Streams above the budget wait for the next hour, and nothing of them is lost.
    station = desk.station("renewing")
    desk.take(station.topic, station.add(result(12.0)))
    streams = [ChainedStation("renewing") for _ in range(500)]
    bodies = [stream.add(result(12.0)) for stream in streams]
    put_off = 0
    for start in range(0, 500, 50):
        put_off += desk.take(station.topic, *bodies[start : start + 50]).put_off
    sweep(desk, dsn)
    assert (desk.one("SELECT count(*) FROM stream WHERE station <> 'centre'"), put_off) == (100, 401)
    assert desk.rows("SELECT rule, count(*) FROM alert GROUP BY 1 ORDER BY 1") == [
        ("over_budget", 1),
        ("stream_replaced", 4),
    ]
    assert desk.one("SELECT facts ->> 'folded' FROM alert WHERE facts ? 'folded'") == "96"
    for _ in range(5):
        an_hour_passes(desk)
        desk.take(station.topic, *bodies)
    assert desk.one("SELECT count(*) FROM event WHERE station <> 'centre'") == 501


def test_a_hostile_stream_of_holes_makes_ten_alerts_at_a_time(desk: Desk) -> None:
    station = desk.station("holes")
    for _ in range(30):
        box = ChainedStation("holes")
        box.add(result(12.0))
        desk.take(station.topic, box.add(result(12.0)))
    desk.let_holes_stand(60)
    for _ in range(3):
        gaps.sweep(desk.connection, after_s=30, most=10)
    assert desk.one("SELECT count(*) FROM alert WHERE rule = 'stream_gap'") == 10


def test_a_flood_of_events_is_put_off_and_comes_in_the_next_hour(desk: Desk, dsn: str) -> None:
    flooding, good = desk.station("flooding"), desk.station("good")
    limit(desk, events=30)
    bodies = [flooding.add(result(12.0, number=str(number))) for number in range(100)]
    good.add(result(12.0))
    stored = []
    waiting = bodies
    for _ in range(4):
        outcome = desk.take_entries(
            [accept(flooding.topic, waiting_event) for waiting_event in waiting] + [accept(good.topic, good.bodies[0])]
        )
        assert {event.body for event in (*outcome.stored, *outcome.there)} >= set(good.bodies)
        assert outcome.refused == ()
        waiting = waiting[len(outcome.stored) - (good.bodies[0] in {event.body for event in outcome.stored}) :]
        stored.append(desk.one("SELECT count(*) FROM event WHERE station = 'flooding'"))
        sweep(desk, dsn)
        assert alerts(desk) == [("flooding", "open")]
        restart(desk)
        desk.take(flooding.topic, *waiting)
        assert desk.one("SELECT count(*) FROM event WHERE station = 'flooding'") == stored[-1]
        an_hour_passes(desk)
    assert stored == [30, 60, 90, 100]


def test_bytes_are_bounded_as_events_are(desk: Desk) -> None:
    station = desk.station("flooding")
    limit(desk, bytes=20 * KIB)
    desk.take(station.topic, *[station.add(result(12.0, raw="ab" * 2000)) for _ in range(20)])
    assert 12 * KIB < desk.one("SELECT sum(octet_length(body)) FROM event WHERE station <> 'centre'") <= 20 * KIB


def test_a_failed_test_by_the_urgent_leaf_passes_its_own_flood(desk: Desk) -> None:
    station = desk.station("flooding")
    limit(desk, events=40)
    for number in range(60):
        desk.take(station.topic, station.add(result(12.0, number=str(number))))
    urgent = failing(station, 20, first=100)
    outcome = desk.take(station.urgent_topic, *urgent)
    assert len(outcome.stored) == 10, "a quarter more, and that is bounded as well"
    assert desk.one("SELECT count(*) FROM alert WHERE rule = 'failed_test'") == 10


def test_what_a_station_sends_once_it_is_shut_out_is_not_even_read(desk: Desk) -> None:
    station = desk.station("flooding")
    limit(desk, events=5)
    desk.take(station.topic, *[station.add(result(12.0)) for _ in range(8)])
    assert desk.store.use.shut == {station.topic}
    desk.store.use.drop(station.topic)
    desk.take("shian/1/other/events", b"junk")
    assert desk.one("SELECT above FROM budget WHERE kind = 'events'") == 4
    an_hour_passes(desk)
    assert desk.store.use.shut == frozenset()


def test_a_backlog_of_a_week_is_within_the_budgets() -> None:
    # 2,000 samples and 5,000 results at once, and fifty stations that come back: far from all bounds.
    budgets = StationBudgets.model_validate({})
    assert budgets.events > 10 * 7000
    assert budgets.bytes > 10 * 7000 * 2 * KIB
    assert budgets.alerts.failed_test > 4 * 0.0125 * 2000
