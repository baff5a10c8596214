"""Budgets: what one station may make grow within an hour, and what happens above; a neighbour never notices."""

from typing import Any
from uuid import uuid4

from ingest import upkeep
from ingest.accept import accept
from ingest.quarantine import HEAD
from ingest.store import Store
from storage import exchange, stations
from storage.budgets import StationBudgets
from tests.support.desk import Desk
from tests.support.station import ChainedStation, result

KIB = 1024
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
    """Another process goes on with the same database."""
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
    """With the budgets as they are shipped: once 3,000 of 64 KiB were 188 MiB in quarantine."""
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
    whole, cut = (desk.rows("SELECT body, size, hash FROM quarantine WHERE is_cut = %s", it) for it in (False, True))
    assert (len(whole), len(cut)) == (4, 46)
    assert {(len(body), size) for body, size, _ in cut} == {(HEAD, 64 * KIB)}
    assert {bytes(it[2]) for it in whole + cut} == {accept("t", junk(number)).hash for number in range(50)}
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
    assert [it.body for it in outcome.stored] == good.bodies
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
    """Above the budget it is not even refused: the station keeps it, and sends it again."""
    limit(desk, quarantine_bytes=4 * KIB, quarantine_messages=10)
    late = ChainedStation("late")
    for number in range(40):
        late.add(result(12.0, number=str(number), raw="aa" * 400))
    outcome = desk.take(late.topic, *late.bodies)
    told = {it.sequence for it in outcome.refused}
    whole = desk.rows("SELECT sequence FROM quarantine WHERE NOT is_cut ORDER BY 1")
    assert told == {it[0] for it in whole}
    assert outcome.put_off == 40 - len(told) > 0
    stations.enrol(desk.connection, stations.Station("late"))
    desk.store.refresh(desk.connection)
    desk.take(late.topic, *late.bodies)
    assert desk.one("SELECT through FROM stream") == 40


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
