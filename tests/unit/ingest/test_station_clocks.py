"""Stations whose clocks are wrong: at 1970, at 2039, at 9998, an hour off and saying so."""

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from ingest.gaps import sweep
from ingest.statuses import StatusNews
from storage.findings import Finding
from storage.walk import walk
from tests.support.desk import Desk
from tests.support.station import ChainedStation, result
from wire.clocks import NOT_BELIEVED
from wire.kinds.camera import CameraV1
from wire.kinds.device import DeviceV1
from wire.kinds.reading import ReadingV1
from wire.kinds.result import ResultV1
from wire.kinds.sample import SampleV1
from wire.status import Status

WRONG = [
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1970, 1, 1, 0, 3, tzinfo=UTC),
    datetime(2039, 5, 1, tzinfo=UTC),
    datetime(9998, 5, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
]
TODAY = "(now() AT TIME ZONE 'Asia/Shanghai')::date"
_TRUTH = Path(__file__).parent / "truth" / "clock_1970.toml"


def _db_now(desk: Desk) -> datetime:
    now: datetime = desk.one("SELECT now()")
    return now


def _findings(desk: Desk) -> list[tuple[str, int | None, str]]:
    found = [finding for finding in walk(desk.connection) if isinstance(finding, Finding)]
    return [(finding.kind.value, finding.sequence, finding.detail) for finding in found]


def _clock_alerts(desk: Desk) -> list[str]:
    return [row[0] for row in desk.rows("SELECT state FROM alert WHERE rule = 'station_clock' ORDER BY opened_at")]


def test_nine_values_over_the_limit_at_1970_are_nine_alerts(desk: Desk) -> None:
    truth = tomllib.loads(_TRUTH.read_text("utf-8"))["test"]
    station = desk.station("market-1")
    for number, row in enumerate(truth):
        test = result(row["value"], number=row["sample"], item=row["item"], device_verdict=None)
        station.add(test, time=datetime(1970, 1, 1, 0, number, tzinfo=UTC))
    desk.take(station.topic, *station.bodies)
    columns = "sample, item, value, unit, decided_by, decided_verdict, verdict"
    assert desk.rows(f"SELECT {columns} FROM result ORDER BY sample") == [
        (row["sample"], row["item"], row["value"], row["unit"], row["limit"], "fail", "fail") for row in truth
    ]
    alerts = "SELECT sample, item FROM alert WHERE rule = 'failed_test' AND severity = 'critical' ORDER BY sample"
    assert desk.rows(alerts) == [(row["sample"], row["item"]) for row in truth]
    assert _clock_alerts(desk) == ["open"]
    assert desk.rows(f"SELECT day = {TODAY}, sum(tests) FROM daily_result GROUP BY 1") == [(True, 9)]
    assert desk.rows(f"SELECT day = {TODAY}, count(*) FROM daily_sample WHERE is_failed GROUP BY 1") == [(True, 9)]
    assert _findings(desk) == []


@pytest.mark.parametrize("wrong", WRONG, ids=lambda at: str(at.year))
def test_every_row_of_a_clock_that_is_not_believed_says_so_and_has_the_time_of_receipt(
    desk: Desk, wrong: datetime
) -> None:
    station = desk.station("market-1")
    station.add(result(88.0), time=wrong)
    station.add(SampleV1(number="9"), device=False, time=wrong)
    station.add(ReadingV1(quantity="temperature", value=4.5, unit="degC"), time=wrong)
    station.add(CameraV1(key=UUID(int=7), phase="start", kind="dark", media=("ab" * 32,)), time=wrong)
    station.add(DeviceV1(state="online"), time=wrong)
    outcome = desk.take(station.topic, *station.bodies)
    assert (len(outcome.stored), outcome.refused) == (5, ())
    for table in ("result", "sample", "reading", "camera_event"):
        query = f"SELECT recorded_at = event.received_at, flags FROM {table} JOIN event ON event.id = {table}.event"
        query = query.replace("SELECT recorded_at", f"SELECT {table}.recorded_at")
        assert desk.rows(query) == [(True, NOT_BELIEVED)], table
    assert desk.rows("SELECT DISTINCT recorded_at = received_at FROM event WHERE station <> 'centre'") == [(True,)]
    assert desk.rows("SELECT state_at <= now(), last_result_at <= now() FROM device") == [(True, True)]
    assert desk.one("SELECT count(*) FROM media WHERE recorded_at <= now()") == 1
    assert desk.rows("SELECT body FROM event WHERE station <> 'centre' ORDER BY sequence") == [
        (body,) for body in station.bodies
    ]
    told = [item for row in desk.rows("SELECT items FROM feed") for item in json.loads(row[0])]
    assert {receipt.get("recorded_at", "")[:4] for receipt in told} <= {"", str(_db_now(desk).year)}
    assert _findings(desk) == []


def test_a_clock_that_is_believed_leaves_no_mark(desk: Desk) -> None:
    station = desk.station("market-1")
    made = _db_now(desk) - timedelta(days=40)
    station.add(result(88.0), time=made)
    station.add(result(88.0, number="2"), time=_db_now(desk) + timedelta(seconds=200))
    desk.take(station.topic, *station.bodies)
    assert desk.one("SELECT min(recorded_at) FROM result") == made
    assert desk.rows("SELECT DISTINCT flags FROM result") == [("",)]
    assert _clock_alerts(desk) == []


def test_a_station_that_says_that_its_clock_is_off_is_taken_at_its_word(desk: Desk) -> None:
    station = desk.station("market-1")
    station.add(result(88.0), time=_db_now(desk) - timedelta(hours=1), clock_offset_s=-3600.0)
    station.add(result(88.0, number="2"), time=_db_now(desk) - timedelta(seconds=30), clock_offset_s=-30.0)
    desk.take(station.topic, *station.bodies)
    assert desk.rows("SELECT flags FROM result ORDER BY sample") == [(NOT_BELIEVED,), ("",)]
    assert desk.one("SELECT facts ->> 'offset_s' FROM alert WHERE rule = 'station_clock'") == "-3600.0"


@pytest.mark.parametrize("wrong", WRONG[1:4], ids=lambda at: str(at.year))
def test_the_state_of_a_device_goes_on_after_the_clock_was_wrong(desk: Desk, wrong: datetime) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, station.add(DeviceV1(state="online"), time=wrong))
    desk.take(station.topic, station.add(DeviceV1(state="fault", reason="paper"), time=wrong - timedelta(hours=1)))
    assert desk.rows("SELECT state, reason FROM device") == [("fault", "paper")]
    desk.take(station.topic, station.add(DeviceV1(state="offline"), time=_db_now(desk) - timedelta(seconds=5)))
    assert desk.rows("SELECT state, reason FROM device") == [("offline", "")]


def test_the_state_of_a_device_follows_the_chain_when_the_clock_was_corrected_by_minutes(desk: Desk) -> None:
    # Within the tolerance nothing is flagged, and yet the later state carries the earlier time.
    station = desk.station("market-1")
    desk.take(station.topic, station.add(DeviceV1(state="online"), time=_db_now(desk) + timedelta(seconds=250)))
    desk.take(station.topic, station.add(DeviceV1(state="offline"), time=_db_now(desk) - timedelta(seconds=2)))
    assert desk.rows("SELECT state, state_at <= now() FROM device") == [("offline", True)]
    older, newer = station.add(DeviceV1(state="fault")), station.add(DeviceV1(state="online"))
    desk.take(station.topic, newer)
    desk.take(station.topic, older)
    assert desk.one("SELECT state FROM device") == "online"


def test_a_stream_made_anew_goes_on_where_the_device_was(desk: Desk) -> None:
    first = desk.station("market-1")
    desk.take(first.topic, first.add(DeviceV1(state="online"), time=datetime(9998, 1, 1, tzinfo=UTC)))
    second = ChainedStation("market-1")
    desk.take(second.topic, second.add(DeviceV1(state="offline"), time=_db_now(desk)))
    assert desk.one("SELECT state FROM device") == "offline"


def test_the_newest_result_of_a_wrong_clock_does_not_stay_the_newest(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, station.add(result(number="1"), time=datetime(2039, 1, 1, tzinfo=UTC)))
    desk.take(station.topic, station.add(result(number="2"), time=_db_now(desk)))
    assert desk.rows("SELECT sample FROM result ORDER BY recorded_at DESC, event DESC") == [("2",), ("1",)]


@pytest.mark.parametrize("is_retained", [True, False])
@pytest.mark.parametrize("wrong", WRONG, ids=lambda at: str(at.year))
def test_the_state_of_a_station_is_not_pinned_by_its_clock(desk: Desk, wrong: datetime, *, is_retained: bool) -> None:
    desk.station("market-1")
    desk.take_entries([StatusNews("market-1", Status(state="online", at=wrong), is_retained)])
    assert desk.rows("SELECT state, state_at BETWEEN now() - interval '1 min' AND now() FROM station") == [
        ("online", True)
    ]
    told = json.loads(desk.one("SELECT items FROM feed"))
    assert told[0]["at"][:4] == str(_db_now(desk).year)


def test_a_retest_joins_its_alert_when_the_clock_was_put_right_in_between(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, station.add(result(88.0), time=WRONG[1]))
    desk.take(station.topic, station.add(result(12.0, is_retest=True), time=_db_now(desk)))
    desk.take(station.topic, station.add(result(11.0, is_retest=True), time=WRONG[2]))
    steps = "SELECT action FROM alert_step JOIN alert ON alert.id = alert WHERE rule = 'failed_test' ORDER BY at"
    assert desk.rows(steps) == [("opened",), ("joined",), ("joined",)]


def test_a_station_is_offline_since_its_last_will_came_and_not_since_it_connected(desk: Desk) -> None:
    desk.station("market-1")
    connected = _db_now(desk) - timedelta(days=3)
    desk.take_entries([StatusNews("market-1", Status(state="offline", at=connected))])
    assert desk.one("SELECT state_at > now() - interval '1 min' FROM station")


def test_one_alert_a_station_opens_once_and_ends_by_itself(desk: Desk) -> None:
    station = desk.station("market-1")
    for number in range(3):
        body = station.add(result(number=str(number)), time=datetime(1970, 1, 1, 0, number, tzinfo=UTC))
        desk.take(station.topic, body)
    assert _clock_alerts(desk) == ["open"]
    sweep(desk.connection, after_s=30)
    assert _clock_alerts(desk) == ["open"]
    desk.take(station.topic, station.add(DeviceV1(state="online"), time=_db_now(desk)))
    sweep(desk.connection, after_s=30)
    assert _clock_alerts(desk) == ["resolved"]
    steps = "SELECT action FROM alert_step JOIN alert ON alert.id = alert WHERE rule = 'station_clock' ORDER BY at"
    assert desk.rows(steps) == [("opened",), ("resolved",)]
    desk.take(station.topic, station.add(result(), time=datetime(2039, 1, 1, tzinfo=UTC)))
    assert _clock_alerts(desk) == ["resolved", "open"]


def test_the_alert_of_a_clock_waits_for_the_backlog_of_the_wrong_time(desk: Desk) -> None:
    # A failed test of the right time came first; events of the wrong clock are still on their way.
    station = desk.station("market-1")
    for number in range(4):
        station.add(result(number=str(number)), time=datetime(1970, 1, 1, 0, number, tzinfo=UTC))
    station.add(result(88.0, number="9"), time=_db_now(desk))
    desk.take(station.topic, station.bodies[0], station.bodies[4])
    sweep(desk.connection, after_s=30)
    assert _clock_alerts(desk) == ["open"]
    desk.take(station.topic, *station.bodies)
    sweep(desk.connection, after_s=30)
    assert _clock_alerts(desk) == ["resolved"]


def test_an_unreadable_time_of_the_analyzer_costs_the_time_and_not_the_test(desk: Desk) -> None:
    # Once these results were refused as `not_storable`: acknowledged, and without a row or an alert.
    station = desk.station("market-1")
    for number, at in enumerate((WRONG[0], WRONG[-1])):
        data = result(88.0, number=str(number)).model_dump() | {"measured_at": at, "measured_at_text": "99991231"}
        data["sample"]["sampled_at"] = at
        station.add(ResultV1.model_validate(data))
    station.add(SampleV1(number="9", sampled_at=WRONG[0]), device=False)
    station.add(ReadingV1(quantity="temperature", value=4.5, unit="degC", measured_at=WRONG[-1]))
    assert desk.take(station.topic, *station.bodies).refused == ()
    assert desk.rows("SELECT measured_at, measured_at_text, verdict FROM result") == [(None, "99991231", "fail")] * 2
    assert desk.rows("SELECT sampled_at FROM sample UNION ALL SELECT measured_at FROM reading") == [(None,), (None,)]
    assert desk.one("SELECT count(*) FROM alert WHERE rule = 'failed_test'") == 2
    assert _findings(desk) == []
