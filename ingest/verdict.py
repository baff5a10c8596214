"""A result held against the limit table. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from wire.events import ResultEvent
from wire.terms import Role, Verdict
from wire.verdicts import AnalyteLimit, decide, effective


@dataclass(frozen=True, slots=True)
class Judged:
    """A result with the verdict of the limit table. `verdict` is the effective one; `limit` the code that decided."""

    event: ResultEvent
    day: date
    decided: Verdict
    verdict: Verdict
    limit: str | None

    @property
    def is_sample(self) -> bool:
        return self.event.data.role is Role.SAMPLE

    @property
    def device(self) -> str:
        """The device's name; '' for a result that a person typed in for the station."""
        return self.event.device or ""

    @property
    def sample(self) -> str:
        """What makes two tests of one day tests of the same sample: the device's number and the food. Devices begin
        to count anew, so a number alone is no identity; a result without a number stands for itself."""
        sample = self.event.data.sample
        if not sample.number:
            return str(self.event.id)
        return f"{self.device}/{sample.number}/{sample.commodity}"


class Limits:
    """The limit table, by item: a result looks at the few rows of its own item."""

    def __init__(self, rows: Sequence[AnalyteLimit]) -> None:
        self._by_item: dict[str, list[AnalyteLimit]] = {}
        for row in rows:
            self._by_item.setdefault(row.item, []).append(row)

    def judge(self, event: ResultEvent, day: date) -> Judged:
        data = event.data
        decision = decide(
            self._by_item.get(data.item, ()),
            item=data.item,
            value=data.value,
            unit=data.unit,
            commodity=data.sample.commodity,
            standard=data.standard,
            day=day,
        )
        verdict = effective(decision.verdict, data.device_verdict)
        return Judged(event, day, decision.verdict, verdict, decision.limit.code if decision.limit else None)
