"""Numbers of a stream that was given up: recorded again in the next one they are no gap, and else they are named."""

from ingest.gaps import sweep
from storage.findings import Finding
from storage.walk import walk
from tests.support.desk import Desk
from tests.support.station import ChainedStation, result
from wire.chain import digest
from wire.kinds.agent import Again, AgentV1


def old_stream(desk: Desk, count: int = 6) -> ChainedStation:
    station = desk.station("market-1")
    for number in range(1, count + 1):
        station.add(result(12.0, number=str(number)))
    return station


def run(station: ChainedStation, first: int, last: int) -> Again:
    return Again(first=first, last=last, hash=digest(station.bodies[last - 1]))


def give_up(station: ChainedStation, *runs: Again) -> ChainedStation:
    """Return the stream that follows, which names all of the runs."""
    fresh = ChainedStation(station.name, key=station.key)
    numbers = [number for run in runs for number in range(run.first, run.last + 1)]
    said = AgentV1(state="started", replaces=station.stream, cause="behind", rerecorded=len(numbers), again=runs)
    fresh.add(said, device=False)
    for number in numbers:
        fresh.again(station.bodies[number - 1])
    return fresh


def gaps(desk: Desk) -> list[tuple[int | None, int | None]]:
    return [
        (finding.sequence, finding.last)
        for finding in walk(desk.connection)
        if isinstance(finding, Finding) and finding.kind == "gap"
    ]


def gap_alerts(desk: Desk) -> list[tuple[str]]:
    """Return the alerts about gaps after a sweep that comes late enough."""
    desk.let_holes_stand(60)
    sweep(desk.connection, after_s=30)
    return desk.rows("SELECT state FROM alert WHERE rule = 'stream_gap' ORDER BY opened_at")


def test_a_hole_that_was_recorded_again_is_no_gap_and_its_alert_ends(desk: Desk) -> None:
    station = old_stream(desk)
    desk.take(station.topic, *station.bodies[:3], station.bodies[5])
    assert (gap_alerts(desk), gaps(desk)) == ([("open",)], [(4, 5)])
    fresh = give_up(station, run(station, 4, 6))
    desk.take(station.topic, *fresh.bodies)
    assert (gap_alerts(desk), gaps(desk)) == ([("resolved",)], [])
    assert desk.one("SELECT gap_since FROM stream WHERE id = %s", station.stream) is None
    assert gap_alerts(desk) == [("resolved",)], "once more changes nothing"


def test_no_alert_is_opened_when_the_next_stream_comes_in_time(desk: Desk) -> None:
    station = old_stream(desk)
    fresh = give_up(station, run(station, 4, 6))
    desk.take(station.topic, *fresh.bodies)
    desk.take(station.topic, *station.bodies[:3], station.bodies[5])
    assert (gap_alerts(desk), gaps(desk)) == ([], [])


def test_a_hole_whose_upper_neighbour_had_its_receipt_is_known_by_the_hash(desk: Desk) -> None:
    station = old_stream(desk)
    desk.take(station.topic, *station.bodies[:3], station.bodies[5])
    desk.take(station.topic, *give_up(station, run(station, 4, 5)).bodies)
    assert (gap_alerts(desk), gaps(desk)) == ([], [])


def test_a_number_that_came_nowhere_is_still_named(desk: Desk) -> None:
    station = old_stream(desk)
    desk.take(station.topic, *station.bodies[:2], station.bodies[5])
    assert gaps(desk) == [(3, 5)]
    desk.take(station.topic, *give_up(station, run(station, 5, 6)).bodies)
    assert gaps(desk) == [(3, 4)]
    assert gap_alerts(desk) == [("open",)]
    assert desk.one("SELECT facts -> 'missing' FROM alert WHERE rule = 'stream_gap'") == ["3-4"]


def test_what_the_next_stream_names_and_does_not_bring_is_missing_there_too(desk: Desk) -> None:
    station = old_stream(desk)
    desk.take(station.topic, *station.bodies[:3], station.bodies[5])
    fresh = give_up(station, run(station, 4, 6))
    desk.take(station.topic, fresh.bodies[0])
    assert gaps(desk) == [(4, 5)], "nobody has recorded event 6 again yet"
    desk.take(station.topic, fresh.bodies[3])
    assert gaps(desk) == [(2, 3)], "of the next stream"


def test_numbers_under_which_somebody_else_wrote_are_not_answered_for(desk: Desk) -> None:
    # A box loses the tail of its spool: the tail's event 5 is missing, and not the one that it recorded instead.
    lost = old_stream(desk)
    station = lost.copy(4)
    for number in (5, 6, 7):
        station.add(result(12.0, number=f"again-{number}"))
    desk.take(lost.topic, *lost.bodies[:4], lost.bodies[5])
    desk.take(lost.topic, *give_up(station, run(station, 5, 7)).bodies)
    assert gaps(desk) == [(5, None)]
    lost.add(result(12.0, number="7"))
    shorter = lost.copy(4)
    shorter.add(result(12.0, number="other"))
    shorter.add(result(12.0, number="other"))
    desk.take(lost.topic, *give_up(shorter, run(shorter, 5, 6)).bodies, lost.bodies[6])
    assert gaps(desk) == [(5, None)], "nor by their number alone"


def test_a_checkpoint_above_the_hole_says_nothing_and_what_follows_does(desk: Desk) -> None:
    station = old_stream(desk, 4)
    station.checkpoint()
    station.add(result(12.0, number="6"))
    desk.take(station.topic, *station.bodies[:3], *station.bodies[4:])
    fresh = ChainedStation(station.name, key=station.key)
    said = AgentV1(state="started", replaces=station.stream, cause="behind", again=(run(station, 4, 6),))
    fresh.add(said, device=False)
    fresh.again(station.bodies[3])
    desk.take(station.topic, *fresh.bodies)
    assert gaps(desk) == [(4, None)]
    desk.take(station.topic, fresh.again(station.bodies[5]))
    assert gaps(desk) == []


def test_a_station_answers_for_no_stream_of_another(desk: Desk) -> None:
    station = old_stream(desk)
    desk.take(station.topic, *station.bodies[:3], station.bodies[5])
    other = desk.station("market-2")
    other.add(
        AgentV1(state="started", replaces=station.stream, cause="behind", again=(run(station, 4, 5),)), device=False
    )
    desk.take(other.topic, *other.bodies)
    assert gaps(desk) == [(4, 5)]
    assert gap_alerts(desk) == [("open",)]


def test_rows_that_no_event_says_hide_no_gap(desk: Desk) -> None:
    station = old_stream(desk)
    desk.take(station.topic, *station.bodies[:3], station.bodies[5])
    desk.rows(
        "INSERT INTO given_up SELECT stream, id, station FROM event WHERE sequence = 1 RETURNING 1",
    )
    assert gaps(desk) == [(4, 5)]


def test_given_up_twice_in_a_row_before_anything_was_delivered(desk: Desk) -> None:
    station = old_stream(desk)
    desk.take(station.topic, *station.bodies[:3], station.bodies[5])
    second = give_up(station, run(station, 4, 6))
    third = give_up(second, run(second, 1, 4))
    desk.take(station.topic, second.bodies[1], *third.bodies)
    assert (gap_alerts(desk), gaps(desk)) == ([], [])


def test_numbers_that_two_boxes_have_in_common_are_answered_for_by_one(desk: Desk) -> None:
    # The tail's event 5 came, and the box that goes on without it has the same 3 and 4 before another 5.
    lost = old_stream(desk)
    station = lost.copy(4)
    station.add(result(12.0, number="other"))
    desk.take(lost.topic, *lost.bodies[:2], lost.bodies[4])
    assert gaps(desk) == [(3, 4)]
    fresh = give_up(station, run(station, 3, 3), run(station, 4, 4), run(station, 5, 5))
    desk.take(lost.topic, *fresh.bodies)
    assert (gap_alerts(desk), gaps(desk)) == ([], [])


def test_several_runs_side_by_side_answer_for_one_hole(desk: Desk) -> None:
    station = old_stream(desk, 9)
    desk.take(station.topic, *station.bodies[:1], station.bodies[8])
    fresh = give_up(
        station, run(station, 3, 5), run(station, 6, 6), *(run(station, number, number) for number in (7, 8, 9))
    )
    desk.take(station.topic, *fresh.bodies)
    assert gaps(desk) == [(2, None)]


def test_a_hole_that_was_salvaged_is_no_gap_either(desk: Desk) -> None:
    station = old_stream(desk)
    desk.take(station.topic, *station.bodies[:3], station.bodies[5])
    assert (gap_alerts(desk), gaps(desk)) == ([("open",)], [(4, 5)])
    fresh = ChainedStation(station.name, key=station.key)
    fresh.add(AgentV1(state="started"), device=False)
    for number in (4, 5, 6):
        fresh.again(station.bodies[number - 1])
    runs = (run(station, 4, 6),)
    said = AgentV1(state="started", replaces=station.stream, cause="salvaged", rerecorded=3, again=runs)
    fresh.add(said, device=False)
    desk.take(station.topic, *fresh.bodies)
    assert (gap_alerts(desk), gaps(desk)) == ([("resolved",)], [])
