"""The centre's memory of repeats: a station's count, and the mark on a row."""

from datetime import UTC, datetime
from typing import Any

from ingest.statuses import StatusNews
from storage.findings import Finding, Kind
from storage.walk import walk
from tests.support.desk import Desk
from tests.support.station import ChainedStation, result
from wire.kinds.result import POSSIBLE_REPEAT, ResultV1
from wire.status import Status

AT = datetime(2026, 1, 10, tzinfo=UTC)


def tell(desk: Desk, state: str, repeats: int = 0) -> None:
    status = Status.model_validate({"state": state, "at": AT, "repeats": repeats})
    desk.take_entries([StatusNews("market-1", status)])


def test_the_count_of_a_station_is_what_it_said_last_and_no_last_will_clears_it(desk: Desk) -> None:
    desk.station("market-1")
    assert desk.one("SELECT repeats FROM station") == 0
    tell(desk, "online", 7)
    tell(desk, "offline")
    assert desk.one("SELECT repeats FROM station") == 7
    tell(desk, "online", 2)
    assert desk.one("SELECT repeats FROM station") == 2, "its spool was made anew"
    tell(desk, "online", 2**70)
    assert desk.one("SELECT repeats FROM station") == 2**63 - 1


def test_a_possible_repeat_is_stored_and_told_with_its_mark(desk: Desk) -> None:
    station = desk.station("market-1")
    marked = result().model_copy(update={"flags": ("no_identity", POSSIBLE_REPEAT)})
    desk.take(station.topic, station.add(marked))
    assert desk.one("SELECT flags FROM result") == "no_identity possible_repeat"
    assert "possible_repeat" in desk.one("SELECT items FROM feed ORDER BY position DESC LIMIT 1")


def nameless(number: str = "1", value: float = 12.0, **more: Any) -> ResultV1:
    """Return a result without anything by which it could be known again; each has an identity of its own."""
    return result(value, number=number).model_copy(update={"flags": ("no_identity",), **more})


def flags(desk: Desk) -> list[str]:
    """Return the flags in the order in which the rows came."""
    return [flags for (flags,) in desk.rows("SELECT flags FROM result ORDER BY received_at, recorded_at, event")]


def findings(desk: Desk) -> list[Finding]:
    return [finding for finding in walk(desk.connection) if isinstance(finding, Finding)]


def later(station: ChainedStation) -> ChainedStation:
    """Return another stream of the same station."""
    return ChainedStation(station.name, key=station.key)


def test_what_another_spool_recorded_alike_is_marked_by_the_centre(desk: Desk) -> None:
    # The second spool has not seen the first test: it is an older copy, or was made anew.
    station = desk.station("market-1")
    desk.take(station.topic, station.add(nameless()))
    fresh = later(station)
    for data in (nameless(), nameless("2"), nameless(value=13.0), nameless(channel=2), result(12.0)):
        desk.take(station.topic, fresh.add(data))
    assert flags(desk) == ["no_identity", "no_identity possible_repeat", *["no_identity"] * 3, ""]
    assert "possible_repeat" in "".join(text for (text,) in desk.rows("SELECT items::text FROM feed"))
    assert findings(desk) == []


def test_within_one_stream_the_box_itself_marks(desk: Desk) -> None:
    station = desk.station("market-1")
    fresh = later(station)
    desk.take(station.topic, station.add(nameless("1")))
    desk.take(station.topic, fresh.add(nameless("2")), fresh.add(nameless("2")))
    assert flags(desk) == ["no_identity"] * 3


def test_whichever_comes_second_is_marked(desk: Desk) -> None:
    station = desk.station("market-1")
    first, second = station.add(nameless("0")), station.add(nameless("1"))
    desk.take(station.topic, first)
    fresh = later(station)
    desk.take(station.topic, fresh.add(nameless("1")))
    desk.take(station.topic, second)
    assert flags(desk) == ["no_identity", "no_identity", "no_identity possible_repeat"]
    assert findings(desk) == []


def test_both_in_one_batch_one_is_marked(desk: Desk) -> None:
    station = desk.station("market-1")
    fresh = later(station)
    desk.take(station.topic, station.add(nameless()), fresh.add(nameless()))
    assert sorted(flags(desk)) == ["no_identity", "no_identity possible_repeat"]


def test_a_disputed_one_is_marked_and_stays_so_when_it_is_recorded_again(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, station.add(nameless()))
    copy = station.copy(0)
    copy.add(nameless())
    desk.take(station.topic, *copy.bodies)
    fresh = later(station)
    desk.take(station.topic, fresh.again(copy.bodies[0]))
    assert flags(desk) == ["no_identity", "no_identity disputed possible_repeat"]
    assert {finding.kind for finding in findings(desk)} == {Kind.FORKED}


def test_a_mark_that_was_given_to_one_with_an_identity_is_found(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, station.add(result(12.0)))
    desk.rows("UPDATE result SET flags = 'possible_repeat' RETURNING 1")
    assert [finding.kind for finding in findings(desk)] == [Kind.CHANGED]
