"""The walk derives again what follows from the events: verdicts by the limits of their time, alerts, counts."""

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from ingest.store import Store
from storage import deeds
from storage.deeds import SYSTEM, Deed
from storage.findings import Finding, Kind
from storage.walk import walk
from tests.support.desk import Desk
from tests.support.station import START, ChainedStation, result
from wire.terms import Role, Verdict
from wire.verdicts import UNIT_INCOMPARABLE as INCOMPARABLE

FAILED = (4, 8)
_LENIENT = (
    "INSERT INTO analyte_limit (code, item, standard, comparison, value, unit, valid_from, version)"
    " VALUES ('lenient', 'pesticide_inhibition', 'X 1', '>=', 99, '%', '2025-01-01', 2)"
)
_PASSED = "UPDATE result SET verdict = 'pass', decided_verdict = 'pass', decided_by = {} WHERE verdict = 'fail'"
_ALERTS_OF_FAILED = "(SELECT id FROM alert WHERE rule = 'failed_test')"


@pytest.fixture
def market(desk: Desk) -> ChainedStation:
    """Store ten tests of a day, two of which failed, one as a sample of no number; a control that failed besides."""
    station = desk.station("market-1")
    for number in range(1, 11):
        value = 63.0 if number in FAILED else 12.5
        station.add(result(value, number="" if number == FAILED[1] else str(number), device_verdict=None))
    station.add(result(88.0, number="k", role=Role.CONTROL, device_verdict=None))
    desk.take(station.topic, *station.bodies)
    other = desk.station("market-2")
    desk.take(other.topic, other.add(result(88.0, device_verdict=Verdict.PASS)))
    return station


def _found(desk: Desk, *stations: str) -> list[Finding]:
    return [finding for finding in walk(desk.connection, stations) if isinstance(finding, Finding)]


def _named(desk: Desk) -> set[tuple[str, str, int | None]]:
    return {(finding.kind.value, finding.station, finding.sequence) for finding in _found(desk)}


def _harm(desk: Desk, *statements: str) -> None:
    for statement in statements:
        assert desk.connection.execute(statement.encode()).rowcount, statement


@pytest.mark.usefixtures("market")
def test_what_follows_from_the_events_is_no_flaw(desk: Desk) -> None:
    assert desk.one("SELECT count(*) FROM alert") == 4
    assert _found(desk) == []


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize(
    ("add", "code"),
    [(_LENIENT, "'lenient'"), (None, "'pesticide-inhibition-448'"), (None, "'polar-compounds-2716'"), (None, "NULL")],
)
def test_failed_tests_that_name_another_limit_are_named(desk: Desk, add: str | None, code: str) -> None:
    _make_older(desk)
    _harm(desk, *filter(None, [add]), _PASSED.format(code))
    named = _named(desk)
    assert {place[1:] for place in named if place[0] == "verdict"} >= {("market-1", at) for at in (*FAILED, 11)}
    assert ("count", "market-1", None) in named


@pytest.mark.usefixtures("market")
def test_a_limit_that_is_named_but_did_not_decide_is_named(desk: Desk) -> None:
    _harm(desk, "UPDATE result SET decided_by = 'pesticide-inhibition-448' WHERE sample = '1' AND station = 'market-1'")
    (finding,) = _found(desk)
    assert (finding.kind.value, finding.station, finding.sequence) == ("verdict", "market-1", 1)
    assert "pass by pesticide-inhibition-5009.199" in finding.detail


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM analyte_limit WHERE code = 'pesticide-inhibition-5009.199'",
        "UPDATE analyte_limit SET value = 90 WHERE code = 'pesticide-inhibition-5009.199'",
        "UPDATE analyte_limit SET code = 'other' WHERE code = 'pesticide-inhibition-5009.199'",
        "UPDATE analyte_limit SET valid_from = '2026-12-01' WHERE code = 'pesticide-inhibition-5009.199'",
    ],
)
@pytest.mark.parametrize("is_recorded", [True, False])
def test_a_limit_that_judged_and_was_dropped_or_changed_is_named(desk: Desk, harm: str, *, is_recorded: bool) -> None:
    if not is_recorded:
        desk.connection.execute("ALTER TABLE analyte_limit DISABLE TRIGGER ALL")
    _harm(desk, harm)
    found = _found(desk)
    assert {(finding.kind.value, finding.station) for finding in found} == {("limit", "")}
    assert any("pesticide-inhibition-5009.199" in finding.detail for finding in found)
    assert [finding.kind.value for finding in _found(desk, "market-2")] == [finding.kind.value for finding in found]


@pytest.mark.usefixtures("market")
def test_a_limit_that_was_added_without_a_record_is_named(desk: Desk) -> None:
    desk.connection.execute("ALTER TABLE analyte_limit DISABLE TRIGGER ALL")
    _harm(desk, _LENIENT)
    assert [finding.detail for finding in _found(desk)] == ["lenient was added, and its history does not say so"]


@pytest.mark.usefixtures("market")
def test_a_history_that_was_changed_is_named(desk: Desk) -> None:
    _harm(desk, "UPDATE analyte_limit_history SET value = 90 WHERE code = 'pesticide-inhibition-5009.199'")
    assert {place[0] for place in _named(desk)} == {"limit", "verdict"}


def test_verdicts_before_and_after_a_change_of_the_table_are_right(desk: Desk, market: ChainedStation) -> None:
    _make_older(desk)
    _harm(
        desk,
        "UPDATE analyte_limit SET valid_to = '2026-03-01', version = 2 WHERE code = 'pesticide-inhibition-5009.199'",
        _LENIENT,
    )
    outcome = desk.take(market.topic, market.add(result(63.0, number="20", device_verdict=None)))
    assert len(outcome.stored) == 1
    assert desk.rows("SELECT verdict, decided_by FROM result WHERE sample = '20'") == [("pass", "lenient")]
    assert _found(desk) == []
    assert desk.rows("SELECT action, code FROM analyte_limit_history WHERE actor <> '' ORDER BY id") == [
        ("update", "pesticide-inhibition-5009.199"),
        ("insert", "lenient"),
    ]
    _harm(desk, "UPDATE analyte_limit SET value = 98 WHERE code = 'lenient'")
    (finding,) = _found(desk)
    assert "lenient was changed at" in finding.detail


@pytest.mark.usefixtures("market")
def test_a_limit_that_judged_nothing_may_be_mended(desk: Desk) -> None:
    _harm(desk, _LENIENT.replace("2025", "2199"), "UPDATE analyte_limit SET value = 98 WHERE code = 'lenient'")
    _harm(desk, "DELETE FROM analyte_limit WHERE code = 'lenient'")
    assert _found(desk) == []


_LONG_AGO = "UPDATE analyte_limit_history SET at = at - interval '1 hour' WHERE code = 'nitrite'"
_IN_MG = (
    "INSERT INTO analyte_limit (code, item, standard, comparison, value, unit, valid_from, version)"
    " VALUES ('nitrite', 'nitrite', 'X 2', '>', 4, 'mg/kg', '2020-01-01', 2)"
)
_JUDGED = "SELECT verdict, decided_by, flags FROM result WHERE item = 'nitrite' ORDER BY recorded_at, event"


def _of_nitrite(desk: Desk, station: ChainedStation, **values: float) -> None:
    for unit, value in values.items():
        data = result(value, number=unit, item="nitrite", device_verdict=None)
        station.add(data.model_copy(update={"unit": unit.replace("_", "/")}))
    desk.take(station.topic, *station.bodies)


def test_a_value_is_judged_in_the_unit_of_the_limit_and_says_where_it_cannot_be(desk: Desk) -> None:
    _harm(desk, _IN_MG, _LONG_AGO)
    _of_nitrite(desk, desk.station("market-1"), ug_kg=4100.0, mg_kg=3.0, mg_L=9.0)
    assert desk.rows(_JUDGED) == [
        ("fail", "nitrite", ""),
        ("pass", "nitrite", ""),
        ("undetermined", None, INCOMPARABLE),
    ]
    assert desk.one("SELECT count(*) FROM alert WHERE rule = 'failed_test'") == 1
    assert desk.one("SELECT count(*) FROM feed WHERE position(%s IN items::text) > 0", INCOMPARABLE) == 1
    assert _found(desk) == []


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE result SET flags = '' WHERE flags = 'unit_incomparable'",
        "UPDATE result SET flags = 'unit_incomparable', verdict = 'undetermined', decided_verdict = 'undetermined',"
        " decided_by = NULL WHERE decided_by = 'nitrite'",
    ],
)
def test_a_unit_is_no_excuse_for_a_verdict(harm: str, desk: Desk) -> None:
    _harm(desk, _IN_MG, _LONG_AGO)
    _of_nitrite(desk, desk.station("market-1"), ug_kg=3100.0, mg_L=9.0)
    assert _found(desk) == []
    _harm(desk, harm)
    assert "verdict" in {finding.kind.value for finding in _found(desk)}


def test_a_verdict_of_the_engine_that_knew_no_units_stays_right(desk: Desk) -> None:
    _harm(desk, _IN_MG, _LONG_AGO)
    _of_nitrite(desk, desk.station("market-1"), ug_kg=4100.0)
    _harm(desk, "UPDATE result SET verdict = 'undetermined', decided_verdict = 'undetermined', decided_by = NULL")
    assert _about_verdicts(desk) != []
    desk.connection.execute("UPDATE migration SET applied_at = now() + interval '1 minute' WHERE number = 17")
    assert _about_verdicts(desk) == []


def _about_verdicts(desk: Desk) -> list[Finding]:
    return [finding for finding in _found(desk) if finding.kind in (Kind.VERDICT, Kind.CHANGED)]


def _make_older(desk: Desk) -> None:
    """Make everything older by an hour, so that the table that is changed now is not the one of then."""
    desk.connection.execute("UPDATE event SET received_at = received_at - interval '1 hour' WHERE station <> 'centre'")
    desk.connection.execute("UPDATE result SET received_at = received_at - interval '1 hour'")


def _delete_alerts(desk: Desk) -> None:
    desk.connection.execute(f"DELETE FROM alert_step WHERE alert IN {_ALERTS_OF_FAILED}".encode())
    desk.connection.execute("DELETE FROM alert WHERE rule = 'failed_test'")


def test_the_alert_of_a_failed_test_that_was_deleted_is_named(desk: Desk, market: ChainedStation) -> None:
    _delete_alerts(desk)
    assert _named(desk) == {("alert", market.name, 4), ("alert", market.name, 8), ("alert", "market-2", 1)}


@pytest.mark.usefixtures("market")
def test_the_alert_of_verdicts_that_disagree_that_was_deleted_is_named(desk: Desk) -> None:
    desk.connection.execute("DELETE FROM alert_step USING alert WHERE alert.id = alert AND rule = 'verdicts_disagree'")
    _harm(desk, "DELETE FROM alert WHERE rule = 'verdicts_disagree'")
    assert _named(desk) == {("alert", "market-2", 1)}


@pytest.mark.usefixtures("market")
def test_an_alert_that_was_handed_to_another_station_is_named(desk: Desk) -> None:
    _harm(desk, "UPDATE alert SET station = 'market-3' WHERE rule = 'failed_test' AND station = 'market-2'")
    assert _named(desk) == {("alert", "market-2", 1)}


def _resolve(desk: Desk, actor: str) -> None:
    desk.connection.execute(
        "INSERT INTO alert_step (id, alert, at, action, actor) SELECT gen_random_uuid(), id, now(), 'resolved', %s"
        " FROM alert WHERE rule = 'failed_test'",
        [actor],
    )


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize("state", ["resolved", "acknowledged"])
def test_an_alert_whose_state_was_set_by_hand_is_named(desk: Desk, state: str) -> None:
    _harm(desk, f"UPDATE alert SET state = '{state}' WHERE rule = 'failed_test' AND station = 'market-2'")
    (finding,) = _found(desk)
    assert (finding.kind.value, finding.station) == ("alert", "market-2")
    assert finding.detail.endswith(f"is {state}, and its steps say open")


@pytest.mark.usefixtures("market")
def test_an_alert_that_a_person_resolved_is_no_flaw_and_one_that_nobody_did_is(desk: Desk) -> None:
    _resolve(desk, "王")
    assert all(finding.detail.endswith("is open, and its steps say resolved") for finding in _found(desk))
    _harm(desk, "UPDATE alert SET state = 'resolved' WHERE rule = 'failed_test'")
    assert _found(desk) == []
    _harm(desk, "UPDATE alert_step SET actor = '' WHERE action = 'resolved'")
    assert {finding.detail.split(" ", 2)[2] for finding in _found(desk)} == {
        "has a step of nobody, which a person must take"
    }


def _void(desk: Desk) -> UUID:
    event: UUID = desk.one("SELECT event FROM result WHERE verdict = 'fail' AND station = 'market-1' LIMIT 1")
    _harm(
        desk,
        "INSERT INTO voided SELECT event, recorded_at, station, 'UTC', recorded_at::date, item, verdict, role,"
        f" sample, now(), '王', '', 'x' FROM result WHERE event = '{event}'",
    )
    return event


@pytest.mark.usefixtures("market")
def test_a_void_result_without_its_deed_and_a_deed_without_its_mark_are_named(desk: Desk) -> None:
    event = _void(desk)
    assert _named(desk) == {("void", "market-1", None)}
    deeds.write(desk.connection, Deed(SYSTEM, "result_voided", str(event), "market-1"))
    assert _found(desk) == []
    _harm(desk, "DELETE FROM voided")
    assert _named(desk) == {("void", "market-1", None)}


@pytest.mark.usefixtures("market")
def test_a_step_whose_alert_is_gone_is_named(desk: Desk) -> None:
    desk.connection.execute("ALTER TABLE alert_step DROP CONSTRAINT alert_step_alert_fkey")
    _harm(desk, "DELETE FROM alert WHERE rule = 'failed_test' AND station = 'market-2'")
    assert [(finding.kind.value, finding.station, finding.sequence) for finding in _found(desk)] == [
        ("alert", "market-2", 1),
        ("alert", "market-2", None),
    ]


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize(
    ("harm", "says"),
    [
        ("UPDATE daily_result SET tests = 1 WHERE verdict = 'fail'", "daily_result says 1 tests of"),
        ("DELETE FROM daily_result WHERE verdict = 'fail'", "daily_result says 0 tests of"),
        (
            "INSERT INTO daily_result VALUES ('2026-03-01', 'market-1', 'borax', 'pass', 7)",
            "2026-03-01: daily_result says 7 tests of borax pass, the rows 0",
        ),
        (
            "UPDATE daily_sample SET is_failed = false WHERE is_failed",
            "2026-03-02: daily_sample says 2 of the samples that differ, 0 of them failed; the rows 2 and 2",
        ),
        ("DELETE FROM daily_sample WHERE is_failed", "says 0 of the samples that differ, 0 of them failed; the rows 2"),
        (
            "UPDATE daily_station SET failed = 0",
            "2026-03-02: daily_station says 10 samples, 0 of them failed; the rows 10 and 2",
        ),
        ("DELETE FROM daily_station", "daily_station says 0 samples, 0 of them failed; the rows 10 and 2"),
    ],
)
def test_counts_that_were_changed_are_named_by_day_and_station(desk: Desk, harm: str, says: str) -> None:
    day = START.astimezone(ZoneInfo("Asia/Shanghai")).date()
    assert str(day) == "2026-03-02"
    _harm(desk, f"{harm} {'AND' if 'WHERE' in harm else 'WHERE'} station = 'market-1'" if "INTO" not in harm else harm)
    (finding,) = _found(desk)
    assert (finding.kind.value, finding.station) == ("count", "market-1")
    assert says in finding.detail
    assert _found(desk, "market-2") == []


@pytest.mark.parametrize("zone", ["Asia/Urumqi", "America/New_York"])
def test_days_are_counted_in_the_zone_that_ingest_said(desk: Desk, zone: str) -> None:
    desk.connection.execute("DELETE FROM district_zone")
    elsewhere = Desk(desk.connection, Store(ZoneInfo(zone)))
    elsewhere.store.open(desk.connection)
    station = elsewhere.station("market-1")
    for hour in range(24):
        station.add(result(63.0, number=str(hour)), time=datetime(2026, 3, 2, hour, 30, tzinfo=UTC))
    elsewhere.take(station.topic, *station.bodies)
    assert desk.rows("SELECT zone FROM district_zone") == [(zone,)]
    assert desk.one("SELECT count(DISTINCT day) FROM daily_result") == 2
    assert _found(desk) == []


def test_a_zone_that_changed_holds_from_then_on(desk: Desk, market: ChainedStation) -> None:
    _make_older(desk)
    other = Desk(desk.connection, Store(ZoneInfo("America/New_York")))
    other.store.open(desk.connection)
    other.take(market.topic, market.add(result(63.0, number="20"), time=datetime(2026, 3, 2, 1, tzinfo=UTC)))
    assert desk.one("SELECT count(DISTINCT day) FROM daily_result") == 2
    assert desk.rows("SELECT zone FROM district_zone ORDER BY since") == [("Asia/Shanghai",), ("America/New_York",)]
    assert _found(desk) == []


def test_ingest_judges_by_the_table_as_it_is_and_waits_for_no_sweep(desk: Desk, market: ChainedStation) -> None:
    _harm(desk, _LENIENT)
    desk.take(market.topic, market.add(result(63.0, number="30", device_verdict=None)))
    assert desk.one("SELECT decided_by FROM result WHERE sample = '30'") == "lenient"
    assert _found(desk) == []
