"""What the centre keeps of repeats: a station's count, and the mark on a row."""

from datetime import UTC, datetime

from ingest.statuses import StatusNews
from tests.support.desk import Desk
from tests.support.station import result
from wire.events import POSSIBLE_REPEAT
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
