"""The one transaction: bytes in, rows out."""

import json
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from tests.support.desk import Desk
from tests.support.station import ChainedStation, result
from wire.kinds.camera import CameraV1
from wire.kinds.device import DeviceV1
from wire.kinds.reading import ReadingV1
from wire.kinds.sample import SampleV1
from wire.terms import Role, Verdict


@pytest.mark.parametrize("count", [1, 3, 49, 50, 120])
def test_every_event_of_a_batch_becomes_a_row_of_the_ledger_and_a_typed_row(desk: Desk, count: int) -> None:
    station = desk.station("market-1")
    for number in range(count):
        station.add(result(number=str(number)))
    outcome = desk.take(station.topic, *station.bodies)
    assert len(outcome.stored) == count
    assert desk.rows("SELECT body FROM event WHERE station <> 'centre' ORDER BY sequence") == [
        (body,) for body in station.bodies
    ]
    assert desk.one("SELECT count(*) FROM result") == count
    assert outcome.heads[station.stream.int].through == count
    assert desk.rows(
        "SELECT through, highest, encode(head, 'hex'), gap_since, broken_at FROM stream WHERE station <> 'centre'"
    ) == [(count, count, station.head, None, None)]


@pytest.mark.parametrize("count", [1, 120])
def test_the_same_bytes_again_change_nothing_and_are_reported_as_there(desk: Desk, count: int) -> None:
    station = desk.station("market-1")
    for number in range(count):
        station.add(result(90.0, number=str(number)))
    desk.take(station.topic, *station.bodies)
    counted = "SELECT (SELECT sum(tests) FROM daily_result), (SELECT count(*) FROM daily_sample),"
    counted += " (SELECT count(*) FROM feed), (SELECT count(*) FROM alert), (SELECT count(*) FROM alert_step)"
    before = desk.rows(counted)
    outcome = desk.take(station.topic, *station.bodies)
    assert (len(outcome.stored), len(outcome.there)) == (0, count)
    assert outcome.heads[station.stream.int].through == count
    assert desk.rows(counted) == before


def test_one_batch_with_the_same_event_three_times_stores_it_once(desk: Desk) -> None:
    station = desk.station("market-1")
    body = station.add(result())
    outcome = desk.take(station.topic, body, body, body)
    assert (len(outcome.stored), len(outcome.there)) == (1, 2)


def test_a_result_row_says_what_the_event_says_and_which_limit_decided(desk: Desk) -> None:
    station = desk.station("market-1")
    station.add(result(63.2, number="7", device_verdict=Verdict.PASS))
    desk.take(station.topic, *station.bodies)
    columns = "station, device, sample, commodity, value, unit, verdict, decided_verdict, device_verdict, decided_by"
    assert desk.rows(f"SELECT {columns} FROM result") == [
        ("market-1", "tester-1", "7", "菠菜", 63.2, "%", "fail", "fail", "pass", "pesticide-inhibition-5009.199")
    ]


def test_samples_readings_camera_and_device_events_get_their_rows(desk: Desk) -> None:
    station = desk.station("market-1")
    station.add(SampleV1(number="9", commodity="韭菜"), device=False)
    station.add(ReadingV1(quantity="temperature", value=4.5, unit="degC"))
    station.add(CameraV1(key=uuid4(), phase="start", kind="dark"))
    station.add(DeviceV1(state="online"))
    desk.take(station.topic, *station.bodies)
    assert desk.rows("SELECT number, commodity FROM sample") == [("9", "韭菜")]
    assert desk.rows("SELECT quantity, value, unit FROM reading") == [("temperature", 4.5, "degC")]
    assert desk.rows("SELECT phase, kind FROM camera_event") == [("start", "dark")]
    assert desk.rows("SELECT name, state FROM device") == [("tester-1", "online")]


def test_days_are_counted_in_the_time_zone_of_the_district(desk: Desk) -> None:
    station = desk.station("market-1")
    late = datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)
    station.add(result(number="1"), time=late)
    station.add(result(number="2"), time=late.replace(hour=16, minute=0, second=0))
    desk.take(station.topic, *station.bodies)
    assert desk.rows("SELECT day, tests FROM daily_result ORDER BY day") == [
        (date(2026, 3, 2), 1),
        (date(2026, 3, 3), 1),
    ]


def test_samples_are_counted_once_and_tests_each_time_and_controls_not_at_all(desk: Desk) -> None:
    station = desk.station("market-1")
    station.add(result(number="1"))
    station.add(result(number="1", item="polar_compounds"))
    station.add(result(90.0, number="2", device_verdict=Verdict.FAIL))
    station.add(result(99.0, number="c", role=Role.CONTROL))
    station.add(result(99.0, number="b", role=Role.BLANK))
    desk.take(station.topic, *station.bodies)
    assert desk.one("SELECT sum(tests) FROM daily_result") == 3
    assert desk.rows("SELECT is_failed FROM daily_sample ORDER BY sample") == [(False,), (True,)]
    assert desk.one("SELECT count(*) FROM alert") == 1
    assert desk.rows("SELECT samples, failed FROM daily_station") == [(2, 1)]


def test_a_sample_that_fails_later_is_one_sample_still(desk: Desk) -> None:
    station = desk.station("market-1")
    for value in (12.0, 90.0, 13.0, 91.0):
        desk.take(station.topic, station.add(result(value, number="1", device_verdict=None)))
    assert desk.rows("SELECT samples, failed FROM daily_station") == [(1, 1)]


def test_the_feed_holds_at_most_200_items_a_row_in_the_order_of_the_events(desk: Desk) -> None:
    station = desk.station("market-1")
    for number in range(450):
        station.add(result(number=str(number)))
    desk.take(station.topic, *station.bodies)
    rows = [json.loads(row[0]) for row in desk.rows("SELECT items FROM feed ORDER BY xid, position")]
    assert [len(row) for row in rows] == [200, 200, 50]
    assert [item["sample"] for row in rows for item in row] == [str(number) for number in range(450)]


def test_a_stream_of_another_station_is_refused(desk: Desk) -> None:
    owner, thief = desk.station("market-1"), desk.station("market-2")
    owner.add(result())
    desk.take(owner.topic, *owner.bodies)
    thief = ChainedStation("market-2", stream=owner.stream)
    thief.add(result())
    thief.add(result())
    outcome = desk.take(thief.topic, thief.bodies[1])
    assert [refusal.reason for refusal in outcome.refused] == ["wrong_station"]
    assert desk.one("SELECT count(*) FROM event WHERE station <> 'centre'") == 1


def test_a_device_that_says_what_reads_it_is_known_by_that_before_its_first_result(desk: Desk) -> None:
    station = desk.station("market-1")
    station.add(DeviceV1(state="online", adapter="camera"))
    station.add(DeviceV1(state="offline", reason="stalled"))
    desk.take(station.topic, *station.bodies)
    assert desk.rows("SELECT name, adapter, state FROM device") == [("tester-1", "camera", "offline")]
