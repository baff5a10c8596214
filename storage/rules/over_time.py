"""Rules over time: what is judged by many events, or by none. Each is a declaration: its settings, and the name of the
statement in storage/queries/time_rules.sql that finds its episodes, now and in the past alike.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from process.language import SaidError
from storage.rules.rule import Clock, Line, RuleBase
from wire.cameras import HEALTH
from wire.words import Term

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Days = Annotated[tuple[Day, ...], Field(min_length=1, max_length=7, description="none: every day")]
Minutes = Annotated[float, Field(gt=0, le=14 * 1440)]
Words = Annotated[tuple[Annotated[str, StringConstraints(min_length=1, max_length=200)], ...], Field(max_length=200)]


class TimeRule(RuleBase):
    """Rule over time. `kinds`: of stations (market, school ...); empty: all. It ends by itself, `ends_after_min` after
    its condition was over: shorter breaks make no second alert."""

    WORDS: ClassVar[Term]
    STATEMENT: ClassVar[str]

    kinds: Words = ()
    ends_after_min: Annotated[float, Field(ge=0, le=1440)] = 0

    @property
    def horizon(self) -> timedelta:
        """Return how far back the statement looks for what goes on now."""
        return timedelta(days=1)

    def values(self) -> Mapping[str, Any]:
        """Return the parameters of the statement."""
        return {}


class _Hours(RuleBase):
    days: Days = DAYS

    @property
    def weekdays(self) -> list[int]:
        return [1 + DAYS.index(day) for day in self.days]


class NoTestsBy(TimeRule, _Hours):
    """No test of a sample came from a station by a time of the day."""

    WORDS = Term("no tests by a time of the day", "到点仍无检测")
    STATEMENT = "no_tests_by"

    check: Literal["no_tests_by"]
    by: Clock

    def values(self) -> Mapping[str, Any]:
        return {"by": self.by, "days": self.weekdays}


class _Silent(TimeRule, _Hours):
    since: Annotated[Clock, Field(alias="from")]
    until: Annotated[Clock, Field(alias="to")]
    for_min: Minutes

    @model_validator(mode="after")
    def _check_hours(self) -> Self:
        if self.since >= self.until:
            raise SaidError("`from` must be before `to`", "from 必须早于 to")
        return self

    def values(self) -> Mapping[str, Any]:
        return {"opens": self.since, "closes": self.until, "days": self.weekdays, "for_min": self.for_min}


class SilentStation(_Silent):
    """No result came from a station for so long, within its hours."""

    WORDS = Term("a station is silent in its hours", "检测点在工作时段内无结果")
    STATEMENT = "silent_station"

    check: Literal["silent_station"]


class SilentDevice(_Silent):
    """No result came from a device for so long, within its hours. A device that never brought one is not asked for."""

    WORDS = Term("a device is silent in its hours", "仪器在工作时段内无结果")
    STATEMENT = "silent_device"

    check: Literal["silent_device"]
    devices: Words = ()

    def values(self) -> Mapping[str, Any]:
        return {**super().values(), "devices": list(self.devices)}


class FailureRate(TimeRule):
    """Too many of a station's samples failed. Below `at_least` tests a rate says nothing."""

    WORDS = Term("rate of failed tests", "不合格率过高")
    STATEMENT = "failure_rate"

    check: Literal["failure_rate"]
    percent: Annotated[float, Field(gt=0, le=100)]
    at_least: Annotated[int, Field(ge=2, description="tests; below, the rate says nothing")]
    within_h: Annotated[float, Field(gt=0, le=24 * 31)]
    items: Words = ()
    commodities: Words = ()

    @property
    def horizon(self) -> timedelta:
        return timedelta(0)

    def values(self) -> Mapping[str, Any]:
        return {
            "percent": self.percent,
            "at_least": self.at_least,
            "within_h": self.within_h,
            "items": list(self.items),
            "commodities": list(self.commodities),
        }


class ReadingOut(TimeRule):
    """A continuous value was beyond a bound for so long. Readings in another unit are not looked at."""

    WORDS = Term("a reading is out of range for a time", "监测值持续超限")
    STATEMENT = "reading_out"

    check: Literal["reading_out"]
    quantity: Line
    above: float | None = None
    below: float | None = None
    unit: Annotated[str, StringConstraints(max_length=32)]
    for_min: Minutes

    @model_validator(mode="after")
    def _check_bounds(self) -> Self:
        if self.above is None and self.below is None:
            raise SaidError("name `above` or `below`", "请给出 above 或 below")
        return self

    def values(self) -> Mapping[str, Any]:
        bounds = {"above": self.above, "below": self.below}
        return {"quantity": self.quantity, "unit": self.unit, "for_min": self.for_min, **bounds}


class CameraBlind(TimeRule):
    """A camera could not be trusted (offline, frozen, dark, covered, defocused, moved) for so long."""

    WORDS = Term("a camera is blind for a time", "视频画面持续异常")
    STATEMENT = "camera_blind"

    check: Literal["camera_blind"]
    for_min: Minutes

    @property
    def horizon(self) -> timedelta:
        return timedelta(days=7)

    def values(self) -> Mapping[str, Any]:
        return {"for_min": self.for_min, "health": sorted(HEALTH)}


class Unstable(TimeRule):
    """A device or camera changes its state all the time: one alert, instead of one for each change."""

    WORDS = Term("a device or camera is unstable", "仪器或摄像头不稳定")
    STATEMENT = "unstable"

    check: Literal["unstable"]
    changes: Annotated[int, Field(ge=3, le=10_000, description="of state, within the time")]
    within_min: Annotated[float, Field(ge=1, le=1440)]

    def values(self) -> Mapping[str, Any]:
        return {"changes": self.changes, "within_min": self.within_min}


CHECKS: Mapping[str, type[TimeRule]] = {
    "no_tests_by": NoTestsBy,
    "silent_station": SilentStation,
    "silent_device": SilentDevice,
    "failure_rate": FailureRate,
    "reading_out": ReadingOut,
    "camera_blind": CameraBlind,
    "unstable": Unstable,
}
