"""Probes at the centre: what they show, their alerts, and their values by minute, hour and day."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from ingest.probes import ReadingLimit, limit_for
from tests.support.desk import Desk
from tests.support.station import ChainedStation
from wire.kinds.device import DeviceV1
from wire.kinds.probe import ProbeLimit, ProbeV1
from wire.kinds.reading import ReadingV1
from wire.terms import Comparison, ProbeState

DAY = date(2026, 3, 2)
BEGIN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def show(station: ChainedStation, value: float, minutes: float, **fields: Any) -> bytes:
    data = {"quantity": "air_temperature", "value": value, "unit": "degC", "channel": 3, **fields}
    return station.add(ReadingV1.model_validate(data), time=BEGIN + timedelta(minutes=minutes))


def say(station: ChainedStation, state: ProbeState, phase: str, key: UUID | None = None, **fields: Any) -> bytes:
    data = {
        "key": key or uuid7(),
        "phase": phase,
        "state": state,
        "quantity": "air_temperature",
        "channel": 3,
        **fields,
    }
    return station.add(ProbeV1.model_validate(data))


def alerts(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.rows("SELECT rule, state, device, item FROM alert ORDER BY opened_at, id")


def test_a_probe_shows_its_newest_value_and_its_device_the_time_of_it(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, show(station, 4.0, 0), show(station, 5.0, 2), show(station, 3.0, 1))
    desk.take(station.topic, station.add(DeviceV1(state="online", adapter="modbus_rtu")))
    assert desk.rows("SELECT station, device, quantity, channel, value, unit, at FROM probe") == [
        ("market-1", "tester-1", "air_temperature", 3, 5.0, "degC", BEGIN + timedelta(minutes=2))
    ]
    assert desk.rows("SELECT adapter, last_result_at, last_reading_at FROM device") == [
        ("modbus_rtu", None, BEGIN + timedelta(minutes=2))
    ]
    assert desk.one("SELECT count(*) FROM daily_sample") == 0


def test_readings_and_states_are_in_the_feed(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, show(station, 4.0, 0), say(station, ProbeState.SILENT, "start", reason="does not answer"))
    text = "".join(row[0] for row in desk.rows("SELECT items::text FROM feed"))
    assert '"kind":"reading"' in text.replace(" ", "")
    assert '"state":"silent"' in text.replace(" ", "")


@pytest.mark.parametrize("state", [ProbeState.FAILING, ProbeState.SILENT])
@pytest.mark.parametrize("ending", ["its own end", "a new agent that finds it well"])
def test_a_probe_in_trouble_is_one_alert_that_ends_by_itself(desk: Desk, state: ProbeState, ending: str) -> None:
    station, key = desk.station("market-1"), uuid7()
    desk.take(station.topic, say(station, state, "start", key, reason="exception 2"))
    assert alerts(desk) == [("probe_lost", "open", "tester-1", "air_temperature")]
    assert desk.rows("SELECT trouble, reason FROM probe") == [(state.value, "exception 2")]
    if ending == "its own end":
        desk.take(station.topic, say(station, state, "end", key))
    else:
        desk.take(station.topic, say(station, ProbeState.OK, "end"))
    assert desk.rows("SELECT state FROM alert") == [("resolved",)]
    assert desk.rows("SELECT trouble, reason FROM probe") == [("", "")]
    assert desk.one("SELECT count(*) FROM probe_event") == 2


def test_a_range_is_the_stations_word_where_the_table_says_nothing(desk: Desk) -> None:
    station, key = desk.station("market-1"), uuid7()
    limit = ProbeLimit(comparison=Comparison.ABOVE, value=8.0, for_s=600.0)
    desk.take(station.topic, say(station, ProbeState.OUT_OF_RANGE, "start", key, value=9.0, unit="degC", limit=limit))
    assert alerts(desk) == [("out_of_range", "open", "tester-1", "air_temperature")]
    assert desk.one("SELECT severity FROM alert") == "critical"
    desk.take(station.topic, say(station, ProbeState.OUT_OF_RANGE, "end", key, value=4.0, unit="degC", limit=limit))
    assert desk.rows("SELECT state FROM alert") == [("resolved",)]


@pytest.mark.parametrize("is_backlog", [False, True])
def test_above_eight_degrees_for_ten_minutes_by_the_centres_table(desk: Desk, is_backlog: bool) -> None:
    desk.rows(
        "INSERT INTO reading_limit (code, quantity, above, unit) VALUES ('cold', 'air_temperature', 8, 'degC')"
        " RETURNING 1"
    )
    desk.store.refresh(desk.connection)
    station = desk.station("market-1")
    values = [4.0, *[9.0] * 10, 7.0, *[9.0] * 10]
    bodies = [show(station, value, minute) for minute, value in enumerate(values)]
    for batch in [bodies] if is_backlog else [[body] for body in bodies]:
        desk.take(station.topic, *batch)
    assert alerts(desk) == [], "ten readings above, a minute apart, are nine minutes"
    desk.take(station.topic, show(station, 9.0, len(values)))
    assert alerts(desk) == [("out_of_range", "open", "tester-1", "air_temperature")]
    desk.take(station.topic, say(station, ProbeState.OUT_OF_RANGE, "end"))
    assert desk.rows("SELECT state FROM alert") == [("open",)], "the table decides, not the station's own limit"
    desk.take(station.topic, *[show(station, 5.0, len(values) + minute) for minute in (1, 2, 3, 4)])
    assert desk.rows("SELECT state FROM alert") == [("resolved",)]


def _limit(desk: Desk, above: float) -> None:
    desk.rows(
        "INSERT INTO reading_limit (code, quantity, above, unit, for_s)"
        f" VALUES ('cold', 'air_temperature', {above}, 'degC', 0) RETURNING 1"
    )
    desk.store.refresh(desk.connection)


def _no_limit(desk: Desk) -> None:
    desk.rows("DELETE FROM reading_limit RETURNING 1")
    desk.store.refresh(desk.connection)


def test_a_station_s_alarm_ends_with_its_end_though_the_table_has_a_row_by_then(desk: Desk) -> None:
    station, key = desk.station("market-1"), uuid7()
    desk.take(station.topic, say(station, ProbeState.OUT_OF_RANGE, "start", key, value=9.0, unit="degC"))
    _limit(desk, above=25.0)
    desk.take(station.topic, show(station, 9.0, 0))
    desk.take(station.topic, say(station, ProbeState.OUT_OF_RANGE, "end", key, value=4.0, unit="degC"))
    assert desk.rows("SELECT rule, state FROM alert") == [("out_of_range", "resolved")]


def test_a_row_that_is_taken_away_leaves_the_station_s_own_alarm(desk: Desk) -> None:
    _limit(desk, above=8.0)
    station, key = desk.station("market-1"), uuid7()
    desk.take(station.topic, show(station, 9.0, 0))
    desk.take(station.topic, say(station, ProbeState.OUT_OF_RANGE, "start", key, value=9.0, unit="degC"))
    _no_limit(desk)
    desk.take(station.topic, show(station, 9.0, 1), show(station, 9.0, 9))
    assert desk.rows("SELECT rule, state FROM alert") == [("out_of_range", "open")]
    desk.take(station.topic, say(station, ProbeState.OUT_OF_RANGE, "end", key, value=4.0, unit="degC"))
    assert desk.rows("SELECT rule, state FROM alert") == [("out_of_range", "resolved")]


def test_a_limit_holds_on_its_days_by_the_time_of_the_reading(desk: Desk) -> None:
    desk.rows(
        "INSERT INTO reading_limit (code, quantity, above, unit, for_s, valid_from, valid_to) VALUES"
        " ('early', 'air_temperature', 8, 'degC', 0, '2026-01-01', '2026-03-02'),"
        " ('late', 'air_temperature', 6, 'degC', 0, '2026-03-03', NULL) RETURNING 1"
    )
    desk.store.refresh(desk.connection)
    station = desk.station("market-1")
    desk.take(station.topic, show(station, 9.0, 0))
    assert alerts(desk) == [], "2 March has no limit"
    desk.take(station.topic, show(station, 7.0, 15 * 60), show(station, 7.0, 15 * 60 + 1))
    assert alerts(desk) == [("out_of_range", "open", "tester-1", "air_temperature")], "it is the third in Shanghai"
    assert desk.one("SELECT limit_code FROM probe") == "late"


def test_a_limit_in_another_unit_is_converted(desk: Desk) -> None:
    desk.rows(
        "INSERT INTO reading_limit (code, quantity, above, unit, for_s)"
        " VALUES ('cold', 'air_temperature', 8000, 'mg/kg', 0), ('warm', 'mass', 1, 'g', 0) RETURNING 1"
    )
    desk.store.refresh(desk.connection)
    station = desk.station("market-1")
    desk.take(station.topic, show(station, 9000.0, 0), show(station, 2000.0, 1, quantity="mass", unit="mg"))
    assert alerts(desk) == [("out_of_range", "open", "tester-1", "mass")]


def test_the_row_that_names_most_of_a_probe_decides() -> None:
    def limit(code: str, station: str = "", device: str = "", channel: int | None = None) -> ReadingLimit:
        return ReadingLimit(code, station, device, "t", channel, 8.0, None, "degC", 0.0)

    rows = [limit("any"), limit("station", "m1"), limit("device", "m1", "d1"), limit("channel", "m1", "d1", 3)]
    found = [
        limit_for(rows, place, DAY)
        for place in (("m1", "d1", "t", 3), ("m1", "d1", "t", 4), ("m1", "d2", "t", 3), ("m2", "d1", "t", 3))
    ]
    assert [one.code if one else None for one in found] == ["channel", "device", "station", "any"]
    assert limit_for(rows, ("m1", "d1", "u", 3), DAY) is None


def test_series_count_each_reading_once_and_leave_gaps(desk: Desk) -> None:
    station = desk.station("market-1")
    bodies = [show(station, float(minute), minute) for minute in (0, 0.5, 1, 61, 24 * 60)]
    desk.take(station.topic, *bodies[:3])
    desk.take(station.topic, *bodies)
    rows = desk.rows("SELECT step, at, n, total, low, high FROM reading_series ORDER BY step, at")
    assert [(at - BEGIN, n, total, low, high) for step, at, n, total, low, high in rows if step == 3600] == [
        (timedelta(0), 3, 1.5, 0.0, 1.0),
        (timedelta(hours=1), 1, 61.0, 61.0, 61.0),
        (timedelta(hours=24), 1, 1440.0, 1440.0, 1440.0),
    ]
    assert [row[2] for row in rows if row[0] == 60] == [2, 1, 1, 1]
    midnight = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
    assert [(row[1] - midnight, row[2]) for row in rows if row[0] == 86_400] == [(timedelta(0), 4), (timedelta(1), 1)]
