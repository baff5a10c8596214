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


class Decision(NamedTuple):
    """Decision about a value, and the limit behind it (None: no limit is known, or there was no value)."""

    verdict: Verdict
    limit: AnalyteLimit | None = None


_EXCEEDS = {
    Comparison.ABOVE: float.__gt__,
    Comparison.AT_LEAST: float.__ge__,
    Comparison.BELOW: float.__lt__,
    Comparison.AT_MOST: float.__le__,
}


def is_violated(value: float, comparison: Comparison, limit: float) -> bool:
    return bool(_EXCEEDS[comparison](float(value), float(limit)))


def applicable(
    limits: Sequence[AnalyteLimit], *, item: str, unit: str, commodity: str, standard: str, day: date
) -> AnalyteLimit | None:
    """Return the limit that decides about a value: of those that apply the most particular one (record's standard, then
    commodity, then the newest)."""
    fitting = [
        limit
        for limit in limits
        if limit.item == item
        and limit.unit == unit
        and limit.commodity in ("", commodity)
        and (limit.standard == standard or not limit.is_only_for_standard)
        and limit.valid_from <= day
        and (limit.valid_to is None or day < limit.valid_to)
    ]
    return max(
        fitting,
        key=lambda limit: (limit.standard == standard, bool(limit.commodity), limit.valid_from, limit.code),
        default=None,
    )


class LimitTable:
    """The limit table as it is at one time. Which limit applies is found once for each item, unit, food, standard and
    day."""

    def __init__(self, rows: Sequence[AnalyteLimit]) -> None:
        self._rows = tuple(rows)
        self._found: dict[tuple[str, str, str, str, date], AnalyteLimit | None] = {}

    def decide(self, data: ResultV1, day: date) -> Decision:
        """Hold the value of `data` against the limit that applies on `day`, the district's. A value without a limit is
        `undetermined`; so is a test without a value (a card's T line)."""
        if data.value is None:
            return Decision(Verdict.UNDETERMINED)
        key = (data.item, data.unit, data.sample.commodity, data.standard, day)
        try:
            return _hold(data.value, self._found[key])
        except KeyError:
            if len(self._found) > _FOUND:
                self._found.clear()
            item, unit, commodity, standard, _ = key
            found = applicable(self._rows, item=item, unit=unit, commodity=commodity, standard=standard, day=day)
            self._found[key] = found
            return _hold(data.value, found)


def _hold(value: float, limit: AnalyteLimit | None) -> Decision:
    """Hold a value against the limit that decides about it, if any does."""
    if limit is None:
        return Decision(Verdict.UNDETERMINED)
    return Decision(Verdict.FAIL if is_violated(value, limit.comparison, limit.value) else Verdict.PASS, limit)


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
