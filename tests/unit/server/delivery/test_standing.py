"""The stages that decide whether a delivery is sent now, later or not at all."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from server.delivery import standing
from server.delivery.inhibit import inhibitions
from server.delivery.job import Decision, Due, Job, Stage
from server.working_days import WorkingDays
from wire.words import Terms, terms, vocabularies

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Shanghai
SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkingDays()
OFFICE = [{"days": ["workday"], "from": "08:00", "to": "18:00"}]
SILENCE = {"id": str(uuid4()), "reason": "lens is broken", "by": "Li", "until": NOW + timedelta(hours=1)}


def job(**known: Any) -> Job:
    """Return a claimed delivery of a failed test at a station of the area `east` below `city`."""
    texts = dict.fromkeys(("station_title", "station_title_en", "device", "item", "sample", "commodity"), "")
    alert = {"id": uuid4(), "rule": "failed_test", "severity": "critical", "state": "open", "station": "m1", **texts}
    alert |= {"event": None, "opened_at": NOW, "updated_at": NOW, **known.pop("alert", {})}
    due = {"id": uuid4(), "attempt": 1, "now": NOW, "age_s": 1.0, "late_s": 0.0, "subscription": UUID(int=7)}
    due |= {"subscription_name": "office", "channel": "plain", "address": "there", "secret": "s", "is_enabled": True}
    return Job(Due.model_validate({**due, "areas": {"east", "city"}, "alert": alert} | known))


def owner(*grants: tuple[str, str | None], is_enabled: bool = True) -> dict[str, Any]:
    """Return an account with these roles."""
    held = [{"role": role, "area": area} for role, area in grants]
    return {"id": uuid4(), "name": "wang", "is_enabled": is_enabled, "grants": held}


def through(stage: Stage, given: Job) -> Job:
    async def run() -> Job:
        return await stage(given)

    return asyncio.run(run())


def test_whoever_has_no_account_any_more_gets_nothing() -> None:
    ended = owner(("inspector", None), is_enabled=False)
    assert through(standing.drop_ended, job(account=ended)).decision is Decision.ACCOUNT_ENDED
    assert through(standing.drop_ended, job(account=owner())).decision is None
    assert through(standing.drop_ended, job()).decision is None


@pytest.mark.parametrize(
    ("grants", "is_told"),
    [
        ([("inspector", None)], True),
        ([("inspector", "city")], True),
        ([("inspector", "east")], True),
        ([("inspector", "west")], False),
        ([("inspector", "west"), ("market_manager", "east")], True),
        ([], False),
    ],
)
def test_somebody_is_told_of_what_his_account_may_see_now(grants: list[tuple[str, str]], is_told: bool) -> None:
    found = through(standing.drop_outside, job(account=owner(*grants)))
    assert found.decision is (None if is_told else Decision.OUTSIDE_AREA)


def test_an_alert_of_the_centre_goes_to_whoever_sees_the_whole_district() -> None:
    of_centre = {"alert": {"station": ""}, "areas": set()}
    assert through(standing.drop_outside, job(account=owner(("inspector", None)), **of_centre)).decision is None
    of_part = job(account=owner(("inspector", "city")), **of_centre)
    assert through(standing.drop_outside, of_part).decision is Decision.OUTSIDE_AREA


def test_a_pause_puts_off_until_its_end_but_for_whoever_is_on_duty() -> None:
    until = NOW + timedelta(hours=2)
    found = through(standing.pause, job(paused_until=until))
    assert (found.decision, found.again_at) == (Decision.PAUSED, until)
    assert through(standing.pause, job(paused_until=until, occasion="escalated")).decision is None
    assert through(standing.pause, job(paused_until=NOW - timedelta(seconds=1))).decision is None


def test_hours_put_off_until_they_begin_again() -> None:
    stage = standing.keep_hours(SHANGHAI, CALENDAR)
    assert through(stage, job(hours=OFFICE)).decision is None
    friday_night = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
    found = through(stage, job(hours=OFFICE, now=friday_night))
    assert (found.decision, found.again_at) == (Decision.OUTSIDE_HOURS, datetime(2026, 3, 9, 0, 0, tzinfo=UTC))


def test_what_has_a_cause_that_is_told_is_looked_at_again_soon() -> None:
    found = through(standing.inhibit, job(cause={"id": uuid4(), "rule": "station_offline"}))
    assert found.decision is Decision.INHIBITED
    assert found.again_at and found.again_at > NOW


def test_a_silence_puts_off_the_news_and_drops_the_steps() -> None:
    found = through(standing.silence, job(silence=SILENCE))
    assert (found.decision, found.again_at) == (Decision.SILENCED, SILENCE["until"])
    assert found.facts == {"id": SILENCE["id"], "reason": "lens is broken", "by": "Li"}
    assert through(standing.silence, job(silence=SILENCE, occasion="resolved")).again_at is None
    assert through(standing.silence, job(silence=SILENCE, occasion="escalated")).decision is None


@pytest.mark.parametrize(
    ("known", "is_over"),
    [
        ({"was_postponed": True, "alert": {"state": "resolved"}}, True),
        ({"was_postponed": True, "alert": {"state": "acknowledged"}}, False),
        ({"alert": {"state": "resolved"}}, False),
        ({"occasion": "escalated", "alert": {"state": "acknowledged"}}, True),
        ({"occasion": "escalated"}, False),
    ],
)
def test_what_was_put_off_until_it_was_over_is_not_told(known: dict[str, Any], is_over: bool) -> None:
    assert through(standing.drop_over, job(**known)).decision is (Decision.OVER if is_over else None)


def test_the_first_reason_is_kept() -> None:
    dropped = through(standing.drop_disabled, job(is_enabled=False, silence=SILENCE))
    assert through(standing.silence, dropped).decision is Decision.DISABLED


def test_nothing_hushes_a_failed_test_and_every_rule_is_known() -> None:
    found = inhibitions()
    assert "failed_test" not in found.hushed
    assert len(found.causes) == len(found.hushed) == len(found.scopes)


def test_every_decision_has_words() -> None:
    words: Terms = terms(vocabularies()["not_sent"])
    assert set(words) == set(map(str, Decision))
