"""An older copy of a spool, and two boxes that are one station: named for what they are, with counts."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.statuses import StatusNews
from tests.support.desk import Desk
from tests.support.station import START, ChainedStation, result
from wire.kinds.agent import AgentV1
from wire.status import Status


def alerts(desk: Desk) -> list[tuple[str, str]]:
    """Return the alerts about streams and spools, in the order in which they were opened."""
    return desk.rows(
        "SELECT rule, state FROM alert WHERE rule NOT IN ('failed_test', 'verdicts_disagree') ORDER BY opened_at, id"
    )


def facts(desk: Desk, rule: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.one("SELECT facts FROM alert WHERE rule = %s ORDER BY opened_at DESC LIMIT 1", rule)
    return found


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def start(station: ChainedStation, minutes: float, **more: Any) -> bytes:
    return station.add(AgentV1(state="started", **more), device=False, time=at(minutes))


def measured(station: ChainedStation, minutes: float) -> bytes:
    return station.add(result(12.0, number=str(len(station.bodies))), time=at(minutes))


def renew(station: ChainedStation, minutes: float, cause: str, again: int = 0) -> ChainedStation:
    """Begin the stream that the agent begins when the centre has another one."""
    fresh = ChainedStation(station.name, key=station.key)
    start(fresh, minutes, replaces=station.stream, cause=cause, rerecorded=again, detail="the centre has event 3")
    return fresh


def test_an_older_copy_is_named_with_what_is_recorded_again(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, start(station, 0), measured(station, 1), measured(station, 2))
    fresh = renew(station, 10, "behind", again=7)
    desk.take(station.topic, *fresh.bodies, measured(fresh, 11))
    assert alerts(desk) == [("spool_older_copy", "open")]
    found = facts(desk, "spool_older_copy")
    assert (found["through"], found["rerecorded"], found["cause"]) == (3, 7, "behind")
    assert found["replaces"] == str(station.stream)


def test_twice_in_a_row_is_one_alert_with_the_counts_of_the_last(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, start(station, 0), measured(station, 1))
    for minutes, again in ((10, 3), (20, 5)):
        fresh = renew(station, minutes, "behind", again)
        desk.take(station.topic, *fresh.bodies, measured(fresh, minutes + 1))
    assert alerts(desk) == [("spool_older_copy", "open")]
    assert facts(desk, "spool_older_copy")["rerecorded"] == 5
    assert desk.rows("SELECT action FROM alert_step ORDER BY id") == [("opened",), ("joined",)]


def test_the_first_event_of_a_new_stream_that_comes_late_takes_the_other_name_back(desk: Desk) -> None:
    # A failed test of the new stream passes its first event by.
    station = desk.station("market-1")
    desk.take(station.topic, start(station, 0), measured(station, 1))
    fresh = renew(station, 10, "behind")
    desk.take(station.topic, measured(fresh, 11))
    assert alerts(desk) == [("stream_replaced", "open")]
    desk.take(station.topic, *fresh.bodies)
    assert sorted(alerts(desk)) == [("spool_older_copy", "open"), ("stream_replaced", "resolved")]


def test_a_spool_that_was_made_anew_is_replaced_as_before(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, start(station, 0), measured(station, 1))
    fresh = ChainedStation("market-1", key=station.key)
    desk.take(station.topic, start(fresh, 10), measured(fresh, 11))
    assert alerts(desk) == [("stream_replaced", "open")]


def test_an_older_stream_that_goes_on_beside_a_newer_one_is_two_boxes(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, start(station, 0), measured(station, 1))
    clone = renew(station, 10, "behind")
    desk.take(station.topic, *clone.bodies, measured(clone, 11))
    desk.take(station.topic, measured(station, 12))
    assert sorted(alerts(desk)) == [("spool_older_copy", "resolved"), ("two_boxes", "open")]
    for minutes in range(13, 20):
        desk.take(station.topic, measured(station if minutes % 2 else clone, minutes))
    assert sorted(alerts(desk)) == [("spool_older_copy", "resolved"), ("two_boxes", "open")]
    steps = "SELECT count(*) FROM alert_step JOIN alert ON alert.id = alert WHERE rule = 'two_boxes'"
    assert desk.one(steps) == 1, "they show it with every event, and it is told once"
    assert set(facts(desk, "two_boxes")["streams"]) == {str(station.stream), str(clone.stream)}


def test_two_boxes_that_became_one_are_not_told_again(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, start(station, 0))
    clone = renew(station, 10, "behind")
    desk.take(station.topic, *clone.bodies, measured(clone, 11))
    desk.take(station.topic, measured(station, 12))
    desk.rows("UPDATE alert SET state = 'resolved' RETURNING 1")
    desk.take(station.topic, measured(station, 13), measured(station, 14))
    assert ("two_boxes", "open") not in alerts(desk)
    desk.take(station.topic, measured(clone, 15))
    assert ("two_boxes", "open") in alerts(desk), "the other one is back"


def test_a_backlog_of_the_old_stream_is_no_second_box(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, start(station, 0), measured(station, 1))
    late = [measured(station, minutes) for minutes in range(2, 9)]
    fresh = renew(station, 10, "diverged")
    desk.take(station.topic, *fresh.bodies, measured(fresh, 11))
    desk.take(station.topic, *late)
    assert alerts(desk) == [("spool_older_copy", "open")]


def test_a_station_that_goes_back_to_an_older_stream_is_an_older_copy(desk: Desk) -> None:
    # The spool that was put back is all that the centre has of its stream: it just goes on, after a start.
    station = desk.station("market-1")
    desk.take(station.topic, start(station, 0), measured(station, 1))
    fresh = ChainedStation("market-1", key=station.key)
    desk.take(station.topic, start(fresh, 10), measured(fresh, 11))
    desk.rows("UPDATE alert SET state = 'resolved' RETURNING 1")
    back = [start(station, 20), measured(station, 21), measured(station, 22)]
    desk.take(station.topic, back[2])
    desk.take(station.topic, *back[:2])
    desk.take(station.topic, measured(station, 23))
    assert alerts(desk)[1:] == [("spool_older_copy", "open")]
    assert facts(desk, "spool_older_copy")["replaces"] == str(fresh.stream)


def test_an_older_agent_whose_copy_goes_on_is_an_older_copy_and_not_two_boxes(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, start(station, 0), *[measured(station, minutes) for minutes in range(1, 6)])
    copy = station.copy(3)
    start(copy, 20)
    for minutes in range(21, 30):
        measured(copy, minutes)
    desk.take(station.topic, *copy.bodies[3:])
    desk.take(station.topic, measured(copy, 31), measured(copy, 32))
    assert sorted(alerts(desk)) == [("spool_older_copy", "open"), ("stream_broken", "open")]
    assert facts(desk, "spool_older_copy")["disputed"] == 3


def test_two_boxes_of_an_older_agent_are_told_when_both_go_on(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, start(station, 0), measured(station, 1))
    clone = station.copy(2)
    start(clone, 20)
    desk.take(station.topic, *[measured(station, 21 + minutes / 10) for minutes in range(5)])
    desk.take(station.topic, *clone.bodies[2:], measured(clone, 22))
    assert alerts(desk) == [("spool_older_copy", "open")]
    desk.take(station.topic, measured(station, 23))
    assert sorted(alerts(desk)) == [("spool_older_copy", "resolved"), ("two_boxes", "open")]


def test_a_connection_that_is_taken_over_is_two_boxes(desk: Desk) -> None:
    desk.station("market-1")

    def say(takeovers: int) -> None:
        status = Status(state="online", at=datetime.now(UTC), takeovers=takeovers)
        desk.take_entries([StatusNews("market-1", status)])

    say(0)
    assert alerts(desk) == []
    for takeovers in (1, 1, 4):
        say(takeovers)
    assert alerts(desk) == [("two_boxes", "open")]
    assert facts(desk, "two_boxes")["takeovers"] == 4


def test_a_salvaged_spool_makes_the_count_of_its_alert_right(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, start(station, 0), measured(station, 1))
    desk.take_entries([StatusNews("market-1", Status(state="online", at=datetime.now(UTC), waiting=5))])
    fresh = ChainedStation("market-1", key=station.key)
    desk.take(station.topic, start(fresh, 10))
    assert facts(desk, "stream_replaced")["waiting"] == 5
    said = {"cause": "salvaged", "replaces": station.stream}
    desk.take(station.topic, start(fresh, 20, rerecorded=6, unreadable=2, **said))
    found = facts(desk, "stream_replaced")
    assert (found["waiting"], found["salvaged"], found["unreadable"]) == (2, 6, 2)
    assert alerts(desk) == [("stream_replaced", "open")]
    desk.take(station.topic, start(fresh, 30, rerecorded=2, **said))
    assert alerts(desk) == [("stream_replaced", "resolved")]


def test_a_centre_that_was_behind_is_one_alert_a_station_and_no_start_of_an_agent(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, start(station, 0), measured(station, 1))
    for resent, lost in ((12, 0), (15, 3)):
        says = {"cause": "centre_behind", "through": 4, "resent": resent, "lost": lost, "detail": "5-7"}
        desk.take(station.topic, start(station, 10, **says))
    assert alerts(desk) == [("centre_behind", "open")]
    found = facts(desk, "centre_behind")
    assert (found["through"], found["sent_again"], found["lost"]) == (4, 15, 3), "those of the last time"
    notes = [note for (note,) in desk.rows("SELECT note FROM alert_step ORDER BY id")]
    assert notes[0] == "the centre was behind this station: 12 events sent again"
    assert notes[-1].endswith("15 events sent again, 3 no longer kept: 5-7")
