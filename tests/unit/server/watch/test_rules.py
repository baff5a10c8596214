"""Heartbeats of ingest -> conditions of the centre."""

from datetime import UTC, datetime, timedelta

from server.watch.rules import Worker, conditions, forgotten
from storage.thresholds import CentreThresholds

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
THRESHOLDS = CentreThresholds.model_validate({})


def worker(name: str = "a", lane: str = "normal", *, ago_s: float = 3, is_connected: bool = True) -> Worker:
    at = NOW - timedelta(seconds=ago_s)
    return Worker(name, lane, at, at - timedelta(hours=1) if is_connected else None, None, 0)


def on(*workers: Worker) -> dict[str, bool | None]:
    return {condition.key: condition.is_on for condition in conditions(workers, THRESHOLDS, NOW)}


def test_no_ingest_at_all_is_said_too_but_later() -> None:
    assert on() == {"ingest_silent": True, "broker_away": None}
    (never, _) = conditions((), THRESHOLDS, NOW)
    assert never.patience == timedelta(seconds=60)


def test_a_process_is_silent_when_a_lane_of_it_is() -> None:
    assert on(worker(), worker(lane="urgent")) == {
        "ingest_silent": False,
        "ingest_silent/a": False,
        "broker_away": False,
    }
    assert on(worker(), worker(lane="urgent", ago_s=31))["ingest_silent/a"]
    assert on(worker("a"), worker("b", ago_s=31))["ingest_silent/b"]


def test_only_an_ingest_that_lives_can_tell_that_the_broker_is_away() -> None:
    assert on(worker(is_connected=False))["broker_away"]
    assert on(worker(is_connected=False, ago_s=31))["broker_away"] is None
    assert on(worker("a"), worker("b", is_connected=False))["broker_away"]


def test_who_is_gone_for_good_is_forgotten_while_others_work() -> None:
    gone, alive = worker("gone", ago_s=3601), worker("alive")
    assert forgotten([gone], THRESHOLDS, NOW) == []
    assert forgotten([gone, alive], THRESHOLDS, NOW) == [gone]
    assert forgotten([worker("away", ago_s=3599), alive], THRESHOLDS, NOW) == []
