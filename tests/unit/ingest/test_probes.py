"""Probes at the centre: what they show, their alerts, and their values by minute, hour and day."""

import json
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from ingest import news, probe_sweep, rebuilt_series
from ingest.probes import Probe, ReadingLimit, limit_for
from ingest.statuses import StatusNews
from ingest.store import Store
from ingest.work import Work
from tests.support.desk import Desk
from tests.support.station import ChainedStation
from wire.kinds.device import DeviceV1
from wire.kinds.probe import NOT_READ, ProbeLimit, ProbeV1
from wire.kinds.reading import ReadingV1
from wire.status import DeviceStatus, Status
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


def _news(desk: Desk) -> list[str]:
    """Return the states that the feed has told, in their order."""
    rows = desk.rows("SELECT items FROM feed ORDER BY xid, position")
    items = [item for (found,) in rows for item in json.loads(found)]
    return [item["state"] for item in items if item["kind"] == "probe"]


def test_the_feed_tells_the_state_that_the_list_shows(desk: Desk) -> None:
    _limit(desk, above=8.0)
    station, key = desk.station("market-1"), uuid7()
    desk.take(station.topic, show(station, 9.0, 0))
    desk.take(station.topic, say(station, ProbeState.FAILING, "start", key))
    desk.take(station.topic, say(station, ProbeState.FAILING, "end", key))
    desk.take(station.topic, _say_out(station))
    _no_limit(desk)
    desk.take(station.topic, _say_out(station, "end"))
    _limit(desk, above=20.0)
    desk.take(station.topic, show(station, 9.0, 1), _say_out(station))
    _no_limit(desk)
    _sweep(desk)
    assert _news(desk) == ["out_of_range", "failing", "out_of_range", "ok", "out_of_range"]


def test_what_ingest_writes_is_every_column_but_the_place_and_the_state(desk: Desk) -> None:
    columns = desk.rows(
        "SELECT column_name FROM information_schema.columns WHERE (table_schema, table_name) = ('public', 'probe')"
    )
    place = {"id", "station", "device", "quantity", "channel", "state"}
    assert {name for (name,) in columns} - place == {field.name for field in fields(Probe)}


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


def _sweep(desk: Desk) -> None:
    desk.store.refresh(desk.connection)
    probe_sweep.sweep(desk.connection, desk.store.reading_limits, desk.store.zone)


def _states(desk: Desk) -> list[str]:
    return [row[0] for row in desk.rows("SELECT state FROM alert WHERE rule = 'out_of_range' ORDER BY id")]


def _say_out(station: ChainedStation, phase: str = "start") -> bytes:
    limit = ProbeLimit(comparison=Comparison.ABOVE, value=8.0, for_s=600.0)
    return say(station, ProbeState.OUT_OF_RANGE, phase, value=9.0, unit="degC", limit=limit, lasted_s=600.0)


def test_a_row_that_begins_decides_over_the_station_s_alarm(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, _say_out(station))
    _limit(desk, above=25.0)
    _sweep(desk)
    assert _states(desk) == ["open"], "no reading has been held against the row"
    desk.take(station.topic, *[show(station, 9.0, minute) for minute in range(4)])
    assert _states(desk) == ["resolved"], "the row allows it"
    desk.take(station.topic, _say_out(station, "end"), _say_out(station))
    assert _states(desk) == ["resolved"], "the station's own limit decides nothing now"


def test_a_row_that_begins_and_is_broken_keeps_the_station_s_alarm(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, _say_out(station))
    desk.rows(
        "INSERT INTO reading_limit (code, quantity, above, unit) VALUES ('cold', 'air_temperature', 8, 'degC')"
        " RETURNING 1"
    )
    _sweep(desk)
    desk.take(station.topic, show(station, 9.0, 0), show(station, 9.0, 1), _say_out(station, "end"))
    assert _states(desk) == ["open"]
    assert desk.one("SELECT count(*) FROM alert_step") == 1
    desk.take(station.topic, *[show(station, 4.0, minute) for minute in range(2, 6)])
    assert _states(desk) == ["resolved"]


@pytest.mark.parametrize("ending", ["removed", "ended"])
@pytest.mark.parametrize("then", ["silence", "readings", "no value"])
def test_a_row_that_allowed_the_value_ends_while_the_station_says_out(desk: Desk, ending: str, then: str) -> None:
    _limit(desk, above=25.0)
    station, key = desk.station("market-1"), uuid7()
    desk.take(station.topic, show(station, 9.0, 0), _say_out(station))
    _sweep(desk)
    assert _states(desk) == []
    if then == "no value":
        desk.take(station.topic, say(station, ProbeState.SILENT, "start", key))
    if ending == "removed":
        _no_limit(desk)
    else:
        desk.rows("UPDATE reading_limit SET valid_to = (now() AT TIME ZONE 'Asia/Shanghai')::date RETURNING 1")
    for minute in (1, 2) if then == "readings" else ():
        desk.take(station.topic, show(station, 9.0, minute))
    _sweep(desk)
    assert _states(desk) == ["open"]
    facts = desk.one("SELECT facts FROM alert WHERE rule = 'out_of_range'")
    assert (facts["bound"], facts["value"], facts["minutes"]) == ("> 8", 9.0, 10)
    at = desk.one("SELECT max(recorded_at) FROM probe_event WHERE state = 'out_of_range'")
    assert desk.one("SELECT caused_at FROM alert WHERE rule = 'out_of_range'") == at, "when it was"
    _sweep(desk)
    assert desk.one("SELECT count(*) FROM alert_step JOIN alert ON alert.id = alert WHERE rule = 'out_of_range'") == 1
    desk.take(station.topic, _say_out(station, "end"))
    _sweep(desk)
    assert _states(desk) == ["resolved"]


@pytest.mark.parametrize("is_broken", [False, True])
def test_a_row_that_ends_ends_its_own_alarm_where_the_station_has_none(desk: Desk, is_broken: bool) -> None:
    _limit(desk, above=8.0)
    station = desk.station("market-1")
    desk.take(station.topic, show(station, 9.0, 0))
    if is_broken:
        desk.take(station.topic, say(station, ProbeState.SILENT, "start"))
    _no_limit(desk)
    _sweep(desk)
    assert _states(desk) == ["resolved"]
    assert desk.rows("SELECT is_out_here, is_out_there FROM probe") == [(False, False)]
    _limit(desk, above=8.0)
    desk.take(station.topic, show(station, 9.0, 1))
    assert _states(desk) == ["resolved", "open"], "it is beyond the row that is there again"


def test_a_row_that_is_taken_away_leaves_the_station_s_own_alarm(desk: Desk) -> None:
    _limit(desk, above=8.0)
    station, key = desk.station("market-1"), uuid7()
    desk.take(station.topic, show(station, 9.0, 0))
    desk.take(station.topic, say(station, ProbeState.OUT_OF_RANGE, "start", key, value=9.0, unit="degC"))
    _no_limit(desk)
    desk.take(station.topic, show(station, 9.0, 1), show(station, 9.0, 9))
    _sweep(desk)
    assert desk.rows("SELECT rule, state FROM alert") == [("out_of_range", "open")]
    desk.take(station.topic, say(station, ProbeState.OUT_OF_RANGE, "end", key, value=4.0, unit="degC"))
    assert desk.rows("SELECT rule, state FROM alert") == [("out_of_range", "resolved")]


def test_a_row_that_cannot_be_compared_does_not_silence_the_station(desk: Desk) -> None:
    desk.rows(
        "INSERT INTO reading_limit (code, quantity, above, unit) VALUES ('cold', 'air_temperature', 8, 'mg/kg')"
        " RETURNING 1"
    )
    desk.store.refresh(desk.connection)
    station = desk.station("market-1")
    desk.take(station.topic, show(station, 9.0, 0), _say_out(station))
    assert _states(desk) == ["open"]


def test_a_restart_in_the_middle_of_the_time_of_a_limit_forgets_nothing(desk: Desk) -> None:
    desk.rows(
        "INSERT INTO reading_limit (code, quantity, above, unit) VALUES ('cold', 'air_temperature', 8, 'degC')"
        " RETURNING 1"
    )
    station = desk.station("market-1")
    for minutes in (range(6), range(6, 11)):
        desk.store = Store(desk.store.zone)
        desk.store.open(desk.connection)
        desk.take(station.topic, *[show(station, 9.0, minute) for minute in minutes])
    assert _states(desk) == ["open"]


@pytest.mark.parametrize("is_backlog", [False, True])
def test_what_swings_around_its_limit_makes_a_handful_of_alerts(desk: Desk, is_backlog: bool) -> None:
    _limit(desk, above=8.0)
    station = desk.station("market-1")
    bodies = [show(station, 9.0 if minute // 3 % 2 else 7.0, minute) for minute in range(240)]
    for batch in [bodies] if is_backlog else [[body] for body in bodies]:
        desk.take(station.topic, *batch)
    assert 1 <= len(_states(desk)) <= 3
    desk.take(station.topic, *[show(station, 4.0, minute) for minute in range(240, 280)])
    assert set(_states(desk)) == {"resolved"}


def test_episodes_of_one_batch_are_alerts_of_their_own_and_the_last_one_stays(desk: Desk) -> None:
    _limit(desk, above=8.0)
    station = desk.station("market-1")
    values = [9.0] * 5 + [4.0] * 5 + [9.0] * 5
    desk.take(station.topic, *[show(station, value, minute) for minute, value in enumerate(values)])
    assert _states(desk) == ["resolved", "open"]
    desk.take(station.topic, *[show(station, 4.0, 15 + minute) for minute in range(5)], show(station, 9.0, 120))
    assert _states(desk) == ["resolved", "resolved", "open"]
    assert desk.rows("SELECT facts ->> 'minutes' FROM alert_step WHERE code = 'back_after' ORDER BY id") == [
        ("7",), ("9",),
    ]  # fmt: skip


def test_an_alarm_that_came_late_says_when_it_was_and_that_it_is_over(desk: Desk) -> None:
    _limit(desk, above=8.0)
    station = desk.station("market-1")
    desk.take(station.topic, *[show(station, 9.0 if minute < 300 else 4.0, minute) for minute in range(0, 360, 5)])
    assert desk.rows("SELECT state, caused_at FROM alert") == [("resolved", BEGIN)]
    assert desk.rows("SELECT action, facts ->> 'minutes' FROM alert_step ORDER BY id") == [
        ("opened", "0"), ("resolved", "305"),
    ]  # fmt: skip


def _status(desk: Desk, station: str, *devices: str) -> None:
    body = Status(
        state="online", at=datetime.now(UTC), devices=tuple(DeviceStatus(name=name, is_open=True) for name in devices)
    )
    with desk.connection.transaction(), desk.connection.cursor() as cursor:
        work = Work.begin(cursor, statuses=[StatusNews(station, body)])
        news.note_statuses(work)


@pytest.mark.parametrize("how", ["taken out", "retired"])
def test_the_alerts_of_a_device_that_is_gone_end(desk: Desk, how: str) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, show(station, 9.0, 0), _say_out(station), say(station, ProbeState.FAILING, "start"))
    _status(desk, "market-1", "tester-1")
    _sweep(desk)
    assert desk.rows("SELECT DISTINCT state FROM alert") == [("open",)]
    if how == "taken out":
        _status(desk, "market-1", "tester-2")
    else:
        desk.rows("UPDATE station SET standing = 'retired' WHERE name = 'market-1' RETURNING 1")
    _sweep(desk)
    assert desk.rows("SELECT rule, state FROM alert ORDER BY rule") == [
        ("out_of_range", "resolved"), ("probe_lost", "resolved"),
    ]  # fmt: skip
    assert desk.rows("SELECT trouble, is_out_here, is_out_there FROM probe") == [("", False, False)]


@pytest.mark.parametrize("is_silent", [False, True])
def test_the_alert_of_a_probe_that_has_another_name_now_ends_after_a_day(desk: Desk, *, is_silent: bool) -> None:
    _limit(desk, above=8.0)
    station, day = desk.station("market-1"), 24 * 60
    desk.take(station.topic, show(station, 9.0, 0), show(station, 4.0, 0, quantity="water_temperature"))
    if is_silent:
        silent = {"key": uuid7(), "phase": "start", "state": "silent", "quantity": "air_temperature", "channel": 3}
        desk.take(station.topic, station.add(ProbeV1.model_validate(silent), time=BEGIN + timedelta(minutes=1)))
    for minutes, state in ((day, "open"), (day + 2, "open" if is_silent else "resolved")):
        desk.take(station.topic, show(station, 9.0, minutes, quantity="cold_room"))
        _sweep(desk)
        assert desk.rows("SELECT state FROM alert WHERE rule = 'out_of_range'") == [(state,)]
    assert desk.one("SELECT state FROM probe WHERE quantity = 'air_temperature'") == ("silent" if is_silent else "ok")


def _say_not_read(station: ChainedStation, **fields: Any) -> bytes:
    return say(station, ProbeState.OK, "end", reason=NOT_READ, **fields)


@pytest.mark.parametrize("has_row", [False, True])
def test_a_probe_that_its_station_does_not_read_any_more_has_no_trouble(desk: Desk, *, has_row: bool) -> None:
    """Rename a probe that is silent and out of its range, by the station's word or by a row, and rename it back: each
    time the alerts end, and say that nobody knows how it is."""
    if has_row:
        _limit(desk, above=8.0)
    station = desk.station("market-1")
    for times in (1, 2):
        desk.take(station.topic, *[show(station, 9.0, 60 * times + minute) for minute in range(12)])
        desk.take(station.topic, _say_out(station), say(station, ProbeState.SILENT, "start"))
        assert desk.rows("SELECT DISTINCT rule FROM alert WHERE state = 'open' ORDER BY 1") == [
            ("out_of_range",), ("probe_lost",),
        ]  # fmt: skip
        desk.take(station.topic, _say_not_read(station))
        assert desk.rows("SELECT DISTINCT state FROM alert") == [("resolved",)]
        assert desk.rows("SELECT code FROM alert_step WHERE action = 'resolved'") == [("gone",)] * 2 * times
        assert desk.rows("SELECT state, trouble, is_out_there, is_out_here FROM probe") == [("ok", "", False, False)]
    _sweep(desk)
    assert desk.rows("SELECT count(*) FROM alert") == [(4,)]
    shown = "SELECT state, trouble, is_out_there, is_out_here, at FROM probe"
    before = desk.rows(shown)
    desk.rows("DELETE FROM probe RETURNING 1")
    list(rebuilt_series.rebuild(desk.connection, kept_from=None))
    assert desk.rows(shown) == before


def test_an_old_word_that_a_probe_is_not_read_ends_no_newer_trouble(desk: Desk) -> None:
    station, place = desk.station("market-1"), {"key": uuid7(), "quantity": "air_temperature", "channel": 3}
    silent = ProbeV1.model_validate({**place, "phase": "start", "state": "silent"})
    not_read = ProbeV1.model_validate({**place, "phase": "end", "state": "ok", "reason": NOT_READ})
    desk.take(station.topic, station.add(silent, time=BEGIN))
    desk.take(station.topic, station.add(not_read, time=BEGIN - timedelta(minutes=1)))
    assert alerts(desk) == [("probe_lost", "open", "tester-1", "air_temperature")]
    desk.take(station.topic, station.add(not_read, time=BEGIN + timedelta(minutes=1)))
    assert alerts(desk) == [("probe_lost", "resolved", "tester-1", "air_temperature")]


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


@pytest.mark.parametrize("is_told", [False, True])
def test_one_row_follows_another_at_midnight_of_the_district(desk: Desk, is_told: bool) -> None:
    desk.rows(
        "INSERT INTO reading_limit (code, quantity, above, unit, valid_from, valid_to) VALUES"
        " ('cold.20260303', 'air_temperature', 8, 'degC', '2026-01-01', '2026-03-03'),"
        " ('cold', 'air_temperature', 6, 'degC', '2026-03-03', NULL) RETURNING 1"
    )
    desk.store.refresh(desk.connection)
    station, midnight = desk.station("market-1"), 15 * 60
    first = midnight - (20 if is_told else 5)
    desk.take(station.topic, *[show(station, 9.0, minute) for minute in range(first, midnight)])
    assert _states(desk) == ["open"] * is_told
    desk.take(station.topic, *[show(station, 9.0, midnight + minute) for minute in range(6)])
    assert _states(desk) == ["open"], "ten minutes, of both days"
    assert desk.one("SELECT count(*) FROM alert_step") == 1
    desk.take(station.topic, *[show(station, 7.0, midnight + minute) for minute in range(6, 12)])
    assert _states(desk) == ["open"], "the new row does not allow it"
    desk.take(station.topic, *[show(station, 5.0, midnight + minute) for minute in range(12, 16)])
    assert _states(desk) == ["resolved"]


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


def test_a_probe_that_changes_its_unit_is_drawn_in_one(desk: Desk) -> None:
    station = desk.station("market-1")
    values = ((4.0, ""), (4.0, "degC"), (41.0, "degF"), (7.0, "%"), (6.0, ""), (6.0, "°C"))
    for minute, (value, unit) in enumerate(values):
        desk.take(station.topic, show(station, value, minute, unit=unit))
    steps = "SELECT n, round(total::numeric, 6)::float8, high FROM reading_series WHERE step = 3600"
    assert desk.rows(steps) == [(5, 25.0, 6.0)], "what cannot be converted is a gap"
    minutes = "SELECT low FROM reading_series WHERE step = 60 ORDER BY at"
    assert desk.rows(minutes) == [(4.0,), (4.0,), (5.0,), (6.0,), (6.0,)]
    assert desk.rows("SELECT unit, drawn_unit FROM probe") == [("°C", "degC")]
    desk.take(station.topic, show(station, 50.0, 10, unit="degF"))
    days = list(rebuilt_series.rebuild(desk.connection, kept_from=None))
    assert DAY in days
    assert desk.rows("SELECT drawn_unit FROM probe") == [("degF",)]
    assert desk.rows("SELECT n, round(high::numeric, 6)::float8 FROM reading_series WHERE step = 86400") == [(6, 50.0)]
