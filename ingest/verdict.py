"""A result held against the limit table. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from wire.events import ResultEvent
from wire.terms import Role, Verdict
from wire.verdicts import AnalyteLimit, decide, effective


class Judged(NamedTuple):
    """A result with the verdict of the limit table. `verdict` is the effective one; `limit` the code that decided.

    `device` is '' for a result that a person typed in for the station. `sample` is what makes two tests of one day
    tests of the same sample: the device's number and the food. Devices begin to count anew, so a number alone is no
    identity; a result without a number stands for itself.
    """

    event: ResultEvent
    station: str
    device: str
    day: date
    decided: Verdict
    verdict: Verdict
    limit: str | None
    sample: str

    @property
    def is_sample(self) -> bool:
        return self.event.data.role is Role.SAMPLE


class Limits:
    """The limit table, by item: a result looks at the few rows of its own item."""

    def __init__(self, rows: Sequence[AnalyteLimit]) -> None:
        self._by_item: dict[str, list[AnalyteLimit]] = {}
        for row in rows:
            self._by_item.setdefault(row.item, []).append(row)

    def judge(self, event: ResultEvent, station: str, device: str, day: date) -> Judged:
        data, sample = event.data, event.data.sample
        decision = decide(
            self._by_item.get(data.item, ()),
            item=data.item,
            value=data.value,
            unit=data.unit,
            commodity=sample.commodity,
            standard=data.standard,
            day=day,
        )
        verdict = effective(decision.verdict, data.device_verdict)
        code = decision.limit.code if decision.limit else None
        key = f"{device}/{sample.number}/{sample.commodity}" if sample.number else str(event.id)
        return Judged(event, station, device, day, decision.verdict, verdict, code, key)
