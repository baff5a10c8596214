"""A result held against the limit table. Pure."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from wire.clocks import Moment
from wire.kinds.result import ResultEvent
from wire.terms import Role, Verdict
from wire.verdicts import AnalyteLimit, Decision, LimitTable, effective


class Judged(NamedTuple):
    """A result with the verdict of the limit table. `verdict` is the effective one; `limit` the code that
    decided, and `bound` that limit.

    `device` is '' for a result that a person typed in for the station. `sample` is what makes two tests of one day
    tests of the same sample: the device's number and the food. Devices begin to count anew, so a number alone is no
    identity; a result without a number stands for itself. `day` is the district's day of `moment`. `flags` say why a
    limit that there is could not decide.
    """

    event: ResultEvent
    station: str
    device: str
    moment: Moment
    day: date
    decided: Verdict
    verdict: Verdict
    limit: str | None
    sample: str
    flags: tuple[str, ...] = ()
    bound: AnalyteLimit | None = None

    @property
    def is_sample(self) -> bool:
        return self.event.data.role is Role.SAMPLE


# Who judges a result: its station, its device ('': none), its moment and the time of its receipt.
Judges = Callable[[ResultEvent, str, str, Moment, datetime], Judged]


class Limits:
    """The limit table; `version` is the newest entry of its history."""

    def __init__(self, rows: Sequence[AnalyteLimit], version: int | None = None) -> None:
        self.version = version
        self._table = LimitTable(rows)

    def judge(self, event: ResultEvent, station: str, device: str, moment: Moment, day: date) -> Judged:
        """Judge a result by the table as it is now."""
        return judged(event, station, device, moment, day=day, decision=self._table.decide(event.data, day))


def judged(event: ResultEvent, station: str, device: str, moment: Moment, *, day: date, decision: Decision) -> Judged:
    """Return the result with what was decided of it."""
    decided, limit, flags = decision
    sample, verdict = event.data.sample, effective(decided, event.data.device_verdict)
    key = f"{device}/{sample.number}/{sample.commodity}" if sample.number else str(event.id)
    code = limit.code if limit else None
    return Judged(event, station, device, moment, day, decided, verdict, code, key, flags, limit)
