"""A station without a clock battery, and one whose clock jumps: its records, judgements, memory and reports."""

import dataclasses
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import structlog

from edge import status_file
from edge.device.clock_watch import ClockWatch
from edge.device.recorder import Judged, Origin, Recorder
from edge.spool.spool import Spool
from edge.station_clock import RELEASED, ClockVerdict, StationClock, Trouble
from edge.status_file import AgentState, StatusFile
from firmware_adapters.contract import Reading
from tests.unit.edge.conftest import MakeSpool, Turned, draft
from tests.unit.edge.spool.test_spool import events, receipt
from tests.unit.edge.test_cli import config, run
from wire.terms import Lane, RecordKind
from wire.verdicts import shipped_limits

TRUE = datetime(2026, 3, 2, 8, tzinfo=UTC)
UNSET = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
FAR = datetime(2039, 5, 1, tzinfo=UTC)


@dataclass
class Clocks:
    """A wall clock that anybody may set and one that nobody can."""

    wall: datetime = TRUE
    elapsed: float = 5000.0

    def pass_(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.elapsed += seconds


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def clock(clocks: Clocks) -> StationClock:
    return StationClock(lambda: clocks.wall, lambda: clocks.elapsed)


def test_the_release_is_no_later_than_this_day_and_no_earlier_than_any_limit() -> None:
    assert datetime.now(UTC) >= RELEASED
    assert all(limit.valid_from <= RELEASED.date() for limit in shipped_limits())


def test_a_right_clock_is_left_alone(clock: StationClock, clocks: Clocks) -> None:
    assert clock.stamp() == (TRUE, None, TRUE)
    clock.hear(TRUE - timedelta(seconds=200))
    assert clock.stamp() == (TRUE, None, TRUE)
    assert clock.verdict() == ClockVerdict()


def test_a_time_before_the_release_is_known_to_be_wrong_before_any_contact(clock: StationClock, clocks: Clocks) -> None:
    clocks.wall = UNSET
    wrong_s = (UNSET - RELEASED).total_seconds()
    assert clock.stamp() == (UNSET, wrong_s, RELEASED)
    assert clock.verdict() == ClockVerdict(Trouble.UNSET, wrong_s)
    assert not clock.is_confirmed
    assert not clock.knows_day


@pytest.mark.parametrize("wall", [UNSET, FAR, TRUE - timedelta(hours=2), datetime(9998, 1, 1, tzinfo=UTC)])
def test_the_centre_s_time_is_learned_from_a_receipt_and_outlives_jumps_of_the_wall_clock(
    clock: StationClock, clocks: Clocks, wall: datetime
) -> None:
    clocks.wall = wall
    clock.hear(TRUE)
    clocks.pass_(3600)
    true = TRUE + timedelta(hours=1)
    assert clock.stamp() == (clocks.wall, (wall - TRUE).total_seconds(), true)
    assert clock.is_confirmed
    clocks.wall = true + timedelta(seconds=2)  # somebody put it right
    assert clock.stamp() == (clocks.wall, None, clocks.wall)
    clocks.wall = wall  # and the battery died
    assert clock.now() == true


def test_a_receipt_is_late_and_never_early_so_the_latest_of_the_last_counts(
    clock: StationClock, clocks: Clocks
) -> None:
    for delay in (900.0, 0.3, 40.0, 600.0):
        clocks.pass_(10)
        clock.hear(clocks.wall - timedelta(seconds=delay))
    clocks.wall += timedelta(hours=1)
    assert clock.stamp().offset_s == 3600.3
    for _ in range(8):  # the centre's own clock was an hour off, and is put right
        clock.hear(clocks.wall)
    assert clock.stamp().offset_s is None


def test_a_centre_whose_own_clock_is_not_set_is_not_believed(clock: StationClock, clocks: Clocks) -> None:
    clock.hear(UNSET)
    assert clock.stamp() == (TRUE, None, TRUE)


def test_an_older_centre_says_no_time_and_a_clock_that_may_be_right_may_say_what_is_old(
    clock: StationClock, clocks: Clocks
) -> None:
    assert not clock.is_confirmed
    clock.hear(None)
    assert clock.is_confirmed
    clocks.wall = UNSET
    assert not clock.is_confirmed


def test_trouble_is_logged_once_and_its_end_too(clock: StationClock, clocks: Clocks) -> None:
    clocks.wall = UNSET
    with structlog.testing.capture_logs() as logs:
        for _ in range(50):
            clocks.pass_(3600)
            clock.look()
        clock.hear(TRUE)
        for _ in range(50):
            clocks.pass_(60)
            clock.look()
        clocks.wall = clock.now()
        clock.look()
        clock.look()
    assert [(line["event"], line.get("trouble")) for line in logs] == [
        ("station_clock_wrong", "unset"),
        ("station_clock_wrong", "off"),
        ("station_clock_right_again", None),
    ]


def test_events_keep_the_wall_clock_and_say_by_how_much_it_is_off(
    make_spool: MakeSpool, clock: StationClock, clocks: Clocks
) -> None:
    spool = make_spool(stamp=clock.stamp)
    spool.open()
    spool.record([draft(1)])
    clocks.wall = UNSET
    spool.record([draft(2)])
    clock.hear(TRUE)
    spool.record([draft(3)])
    spool.seal()
    clocks.wall = TRUE + timedelta(seconds=1)
    spool.record([draft(4)])
    to_release, to_centre = (UNSET - RELEASED).total_seconds(), (UNSET - TRUE).total_seconds()
    assert [(event.time, event.clockoffset) for event in events(spool)] == [
        (TRUE, None),
        (UNSET, to_release),
        (UNSET, to_centre),
        (UNSET, to_centre),
        (TRUE + timedelta(seconds=1), None),
    ]
    assert b"clockoffset" not in spool.waiting(Lane.NORMAL, 0, 1)[0].body


@pytest.mark.parametrize("wall", [UNSET, FAR])
def test_a_repeat_is_still_known_after_the_clock_was_wrong_and_everything_old_was_pruned(
    make_spool: MakeSpool, clock: StationClock, clocks: Clocks, turned: Turned, wall: datetime
) -> None:
    """Check identities: once, one of 1970 was ten years old at the first look, and at 2039 all others were."""
    spool = make_spool(stamp=clock.stamp)
    spool.open()
    spool.record([draft(1, identity="ab" * 32)])
    clocks.wall = wall
    spool.record([draft(2, identity="cd" * 32)])
    turned.now = clock.now()
    clock.hear(TRUE)
    turned.now = clock.now()
    spool.prune(timedelta(days=90), timedelta(days=3650))
    assert spool.record([draft(1, identity="ab" * 32), draft(2, identity="cd" * 32)]) == [None, None]


def test_an_event_that_a_wrong_clock_dated_ahead_does_not_hold_up_what_is_old(spool: Spool, turned: Turned) -> None:
    turned.now = FAR
    spool.record([draft(1)])
    turned.now = datetime(2026, 1, 10, tzinfo=UTC)
    spool.record([draft(2), draft(3)])
    spool.apply([receipt(spool, 3)])
    assert spool.prune(timedelta(days=90), timedelta(days=3650)) == 0
    turned.forward(days=91)
    assert spool.prune(timedelta(days=90), timedelta(days=3650)) == 3


@pytest.mark.parametrize("wall", [UNSET, FAR, datetime(9998, 1, 1, tzinfo=UTC)])
@pytest.mark.parametrize("measured_at", [None, datetime(2000, 1, 1, 8), datetime(1970, 1, 1)])  # noqa: DTZ001
def test_a_failed_test_is_failed_and_urgent_whatever_the_clocks_say(
    clock: StationClock, clocks: Clocks, wall: datetime, measured_at: datetime | None
) -> None:
    clocks.wall = wall
    origin = Origin("m1", "reader", "line", "line", "", ZoneInfo("Asia/Shanghai"))
    found = Recorder(origin, shipped_limits(), uuid4).judge(_reading(measured_at=measured_at), clock.now())
    assert isinstance(found, Judged)
    assert (found.is_failed, found.draft.lane) == (True, Lane.URGENT)


def test_the_watch_over_an_analyzer_goes_on_when_our_own_clock_is_set_back() -> None:
    watch = ClockWatch(300)
    for ours, lag_s in ((FAR, 10), (TRUE, 7200)):
        moments = [ours + timedelta(seconds=100 * step) for step in range(3)]
        reported = [watch.observe(at - timedelta(seconds=lag_s), at) for at in moments]
    assert reported == [None, None, -7200]


@pytest.mark.parametrize(
    ("verdict", "language", "told"),
    [
        (ClockVerdict(Trouble.UNSET, -1e9), "en", "not set, and the centre was not heard yet"),
        (ClockVerdict(Trouble.UNSET, -1e9), "zh", "未设置，且尚未收到中心时间"),
        (ClockVerdict(Trouble.OFF, -7200.4), "en", "7200 s behind the centre"),
        (ClockVerdict(Trouble.OFF, 86400.0), "zh", "比中心快 86400 秒"),
    ],
)
def test_the_status_tells_it_in_both_languages(
    spool: Spool,
    turned: Turned,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    verdict: ClockVerdict,
    language: str,
    told: str,
) -> None:
    monkeypatch.setattr("process.language.IS_CHINESE", language == "zh")
    state = AgentState(
        station="m1",
        version="0",
        pid=1,
        started_at=turned.now,
        stream=str(spool.stream),
        is_connected=True,
        clock=verdict,
    )
    StatusFile(tmp_path / "data").write(state)
    assert status_file.read(tmp_path / "data") == state
    code, output = run("status", *config(tmp_path))
    assert code == 0
    assert told in output
    code, output = run("status", *config(tmp_path), "--json")
    assert json.loads(output)["agent"]["clock"]["trouble"] == verdict.trouble.value


@pytest.mark.parametrize(("is_known", "same"), [(True, True), (False, False)])
def test_a_daily_number_is_no_name_while_nobody_knows_the_day(*, is_known: bool, same: bool) -> None:
    """Check a box that begins each morning with the time of its last evening: it would fold today's number 1 into
    yesterday's."""
    origin = Origin("m1", "reader", "line", "line", "", ZoneInfo("Asia/Shanghai"))
    recorder = Recorder(origin, shipped_limits(), uuid4, lambda: is_known)
    reading = _reading(record="1", record_kind=RecordKind.DAILY)
    found = [recorder.judge(reading, TRUE) for _ in range(2)]
    drafts = [judged.draft for judged in found if isinstance(judged, Judged)]
    assert (drafts[0].identity == drafts[1].identity) is same
    assert drafts[0].likeness == drafts[1].likeness is not None


@pytest.mark.parametrize("measured_at", [datetime(1, 1, 1), datetime(9999, 12, 31, 23)])  # noqa: DTZ001
def test_a_year_that_no_zone_can_write_costs_no_test(measured_at: datetime) -> None:
    """Check a time that once became a dead letter."""
    zone = ZoneInfo("Asia/Shanghai" if measured_at.year == 1 else "America/New_York")
    origin = Origin("m1", "reader", "line", "line", "", zone)
    found = Recorder(origin, shipped_limits(), uuid4).judge(_reading(measured_at=measured_at), TRUE)
    assert isinstance(found, Judged)
    assert (found.is_failed, found.result.measured_at) == (True, None)


def _reading(**fields: Any) -> Reading:
    plain = Reading(item="pesticide_inhibition", value=88.0, value_text="88.0", unit="%", raw=b"", offset=0)
    return dataclasses.replace(plain, **fields)
