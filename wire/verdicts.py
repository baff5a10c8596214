"""The verdict engine: a value held against a dated limit table. Pure.

It lives in wire because two processes that never import each other need the same answer: ingest, which stores the
verdict, and the edge, which must ring and send a failed test first while the centre is away.
"""

import tomllib
from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from pydantic import Field

from wire.kinds.envelope import Model
from wire.kinds.result import ResultV1
from wire.terms import Comparison, Verdict
from wire.units import converted, may_compare

_FOUND = 10_000


class AnalyteLimit(Model):
    """One row of the limit table. Empty `commodity` means any. Valid on `valid_from` <= day < `valid_to`."""

    code: str
    item: str
    commodity: str = ""
    standard: str = Field(description="the standard that sets the limit")
    is_only_for_standard: bool = Field(default=False, description="applies only when the record names this standard")
    comparison: Comparison
    value: float
    unit: str
    valid_from: date
    valid_to: date | None = None
    source: str = ""


UNIT_INCOMPARABLE = "unit_incomparable"


class Decision(NamedTuple):
    """Decision about a value, and the limit behind it (None: no limit is known, or there was no value). `flags` say why
    a limit that there is could not decide."""

    verdict: Verdict
    limit: AnalyteLimit | None = None
    flags: tuple[str, ...] = ()


_NO_LIMIT = Decision(Verdict.UNDETERMINED)
_INCOMPARABLE = Decision(Verdict.UNDETERMINED, flags=(UNIT_INCOMPARABLE,))


_EXCEEDS = {
    Comparison.ABOVE: float.__gt__,
    Comparison.AT_LEAST: float.__ge__,
    Comparison.BELOW: float.__lt__,
    Comparison.AT_MOST: float.__le__,
}


def is_violated(value: float, comparison: Comparison, limit: float) -> bool:
    return bool(_EXCEEDS[comparison](float(value), float(limit)))


def _applying(
    limits: Sequence[AnalyteLimit], item: str, commodity: str, standard: str, day: date
) -> list[AnalyteLimit]:
    """Return the limits that apply, whatever their unit."""
    return [
        limit
        for limit in limits
        if limit.item == item
        and limit.commodity in ("", commodity)
        and (limit.standard == standard or not limit.is_only_for_standard)
        and limit.valid_from <= day
        and (limit.valid_to is None or day < limit.valid_to)
    ]


def _most_particular(limits: Sequence[AnalyteLimit], *, unit: str, standard: str) -> AnalyteLimit | None:
    """Return the limit for the record's standard, else the food's, else the newest, else that in the value's unit."""
    return max(
        limits,
        key=lambda limit: (
            limit.standard == standard,
            bool(limit.commodity),
            limit.valid_from,
            limit.unit == unit,
            limit.code,
        ),
        default=None,
    )


class _Found(NamedTuple):
    """Limit for values of one kind. `is_incomparable`: there are limits, and all in units of another kind."""

    limit: AnalyteLimit | None
    is_incomparable: bool = False


class LimitTable:
    """The limit table as it is at one time. Which limit applies is found once for each item, unit, food, standard and
    day.

    `converts` False: the engine as it was before it knew units, when a limit applied to values of its own unit only.
    The walk judges by it what was judged so.
    """

    def __init__(self, rows: Sequence[AnalyteLimit], *, converts: bool = True) -> None:
        self._rows = tuple(rows)
        self._converts = converts
        self._found: dict[tuple[str, str, str, str, date], _Found] = {}

    def decide(self, data: ResultV1, day: date) -> Decision:
        """Hold the value of `data` against the limit that applies on `day`, the district's. A value without a limit is
        `undetermined`; so is a test without a value (a card's T line), and a value in a unit that none of the limits
        for it can be compared with, which is flagged."""
        if data.value is None:
            return _NO_LIMIT
        key = (data.item, data.unit, data.sample.commodity, data.standard, day)
        found = self._found.get(key)
        if found is None:
            if len(self._found) > _FOUND:
                self._found.clear()
            found = self._found[key] = self._find(*key)
        return _hold(data.value, data.unit, found)

    def _find(self, item: str, unit: str, commodity: str, standard: str, day: date) -> _Found:
        applying = _applying(self._rows, item, commodity, standard, day)
        if not self._converts:
            same = [limit for limit in applying if limit.unit == unit]
            return _Found(_most_particular(same, unit=unit, standard=standard))
        comparable = [limit for limit in applying if may_compare(unit, limit.unit)]
        return _Found(_most_particular(comparable, unit=unit, standard=standard), bool(applying) and not comparable)


def _hold(value: float, unit: str, found: _Found) -> Decision:
    """Hold a value against the limit that decides about it, if any does, in the limit's unit."""
    limit = found.limit
    if limit is None:
        return _INCOMPARABLE if found.is_incomparable else _NO_LIMIT
    number = converted(value, unit, limit.unit)
    if number is None:
        return _INCOMPARABLE
    return Decision(Verdict.FAIL if is_violated(number, limit.comparison, limit.value) else Verdict.PASS, limit)


def effective(decided: Verdict, device: Verdict | None) -> Verdict:
    """Return the verdict that a result carries: an unreadable test stays unreadable, then ours, then the device's."""
    if device is Verdict.INVALID:
        return Verdict.INVALID
    if decided is not Verdict.UNDETERMINED:
        return decided
    return device or Verdict.UNDETERMINED


@cache
def shipped_limits() -> tuple[AnalyteLimit, ...]:
    """Return the limits that the package ships (wire/limits.toml), each with its standard."""
    document = tomllib.loads((files("wire") / "limits.toml").read_text("utf-8"))
    return tuple(AnalyteLimit.model_validate(row) for row in document["limit"])
