"""The vendor's time for an objection runs from the handing over, and from nothing else."""

from datetime import UTC, datetime

from server.records.alerts.objection import Objection, objection_of
from wire.terms import Rule

UNTIL = datetime(2026, 1, 10, 6, tzinfo=UTC)
HANDED = ("station_handed_over", {"to": "摊主", "at": "2026-01-10T02:00:00+00:00", "until": UNTIL.isoformat()})


def test_without_a_handing_over_no_time_runs_whatever_else_was_done() -> None:
    done = [("result", {}), ("station_seen", {"at": "2026-01-10T02:00:00+00:00", "until": ""}), ("station_held", {})]
    found = objection_of(Rule.FAILED_TEST, done)
    assert found == Objection()
    assert found.until is None


def test_it_runs_from_the_handing_over_and_the_last_one_holds() -> None:
    later = ("station_handed_over", {**HANDED[1], "to": "店员", "until": "2026-01-10T07:00:00+00:00"})
    found = objection_of(Rule.FAILED_TEST, [HANDED, ("station_objected", {})])
    assert found is not None
    assert (found.to, found.until, found.has_objected) == ("摊主", UNTIL, True)
    found = objection_of(Rule.FAILED_TEST, [HANDED, ("station_objected", {}), later])
    assert found is not None
    assert (found.to, found.until, found.has_objected) == ("店员", UNTIL.replace(hour=7), True)


def test_other_alerts_have_none() -> None:
    assert objection_of(Rule.STATION_OFFLINE, [HANDED]) is None
