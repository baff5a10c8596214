"""A result held against the limit table. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from wire.clocks import Moment
from wire.events import ResultEvent
from wire.terms import Role, Verdict
from wire.verdicts import AnalyteLimit, applicable, effective, is_violated

_FOUND = 10_000


class Judged(NamedTuple):
    """A result with the verdict of the limit table. `verdict` is the effective one; `limit` the code that decided.

    `device` is '' for a result that a person typed in for the station. `sample` is what makes two tests of one day
    tests of the same sample: the device's number and the food. Devices begin to count anew, so a number alone is no
    identity; a result without a number stands for itself. `day` is the district's day of `moment`.
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

    @property
    def is_sample(self) -> bool:
        return self.event.data.role is Role.SAMPLE


class Limits:
    """The limit table. Which limit applies is found once for each item, unit, food, standard and day."""

    def __init__(self, rows: Sequence[AnalyteLimit]) -> None:
        self._rows = tuple(rows)
        self._found: dict[tuple[str, str, str, str, date], AnalyteLimit | None] = {}

    def judge(self, event: ResultEvent, station: str, device: str, moment: Moment, day: date) -> Judged:
        data, sample = event.data, event.data.sample
        decided, limit = Verdict.UNDETERMINED, None
        if data.value is not None:
            limit = self._applicable(data.item, data.unit, sample.commodity, data.standard, day)
        if limit is not None and data.value is not None:
            decided = Verdict.FAIL if is_violated(data.value, limit.comparison, limit.value) else Verdict.PASS
        verdict = effective(decided, data.device_verdict)
        key = f"{device}/{sample.number}/{sample.commodity}" if sample.number else str(event.id)
        return Judged(event, station, device, moment, day, decided, verdict, limit.code if limit else None, key)

    def _applicable(self, item: str, unit: str, commodity: str, standard: str, day: date) -> AnalyteLimit | None:
        key = (item, unit, commodity, standard, day)
        try:
            return self._found[key]
        except KeyError:
            if len(self._found) > _FOUND:
                self._found.clear()
            found = applicable(self._rows, item=item, unit=unit, commodity=commodity, standard=standard, day=day)
            self._found[key] = found
            return found
