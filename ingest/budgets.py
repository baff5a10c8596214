"""What a station uses of its budgets (storage/budgets.toml): known by heart, and written once a batch.

    used  -> counted in the table `budget`, by station, full hour and kind
    above -> counted there too; one alert a station says so (`over_budget`), and ends by itself

What is known is read when the connection is made and at every sweep, so that neither a restart nor a second worker
resets it: between two looks each lane goes by its own count. A batch costs one statement more, and no wait.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg

from ingest import metrics
from ingest.rules import Rule
from ingest.work import Work
from storage.budgets import STRANGERS, Kind, StationBudgets, hour_of
from storage.named import queries
from storage.signals import Signal
from wire.terms import Severity

_SQL = queries("budgets")
Count = tuple[str, str]  # station and kind

# What stayed out, as people are told: English, Chinese.
_NAMES: Mapping[str, tuple[str, str]] = {
    Kind.EVENTS: ("events that wait at the station", "待检测点重发的数据"),
    Kind.STREAMS: ("events of new streams that wait at the station", "新建数据流中待重发的数据"),
    Kind.QUARANTINE: ("refused messages that were only counted", "仅计数的被拒收消息"),
    Kind.QUARANTINE_BYTES: ("refused messages of which the beginning is kept", "仅保留开头的被拒收消息"),
    Kind.ALERTS: ("alerts that are told together", "合并的预警"),
    Kind.UPLOADS: ("uploads that must wait", "须等待的图片与视频上传"),
}


@dataclass(slots=True)
class Use:
    """The budgets, and what of them is used in this hour. Not shared by threads."""

    budgets: StationBudgets = field(default_factory=lambda: StationBudgets.model_validate({}))
    hour: datetime | None = None
    _used: Counter[Count] = field(default_factory=Counter)

    def read(self, connection: psycopg.Connection[Any]) -> None:
        """Learn what all workers have counted. Raises psycopg.Error."""
        row = connection.execute(_SQL["now"]).fetchone()
        assert row is not None, "a SELECT without FROM has one row"
        self.hour = hour_of(row[0])
        rows = connection.execute(_SQL["used"], {"hour": self.hour})
        self._used = Counter({(station, kind): used for station, kind, used in rows})

    def begin(self, work: Work) -> None:
        """Forget what was used before the hour of `work`."""
        hour = hour_of(work.now)
        if hour != self.hour:
            self.hour = hour
            self._used.clear()

    def left(self, work: Work, station: str, kind: str) -> int:
        """Return what is left of a budget, with what `work` has used of it; never below zero."""
        count = (station, kind)
        return max(0, self.budgets.most(kind) - self._used[count] - work.spent[count])

    def write(self, work: Work) -> None:
        """Count what `work` used, and what was above. Last in the transaction: its rows are locked after all others."""
        counts = sorted(work.spent.keys() | work.above.keys())
        if not counts or self.hour is None:
            return
        values = {
            "hour": self.hour,
            "station": [station for station, _ in counts],
            "kind": [kind for _, kind in counts],
            "used": [work.spent[count] for count in counts],
            "above": [work.above[count] for count in counts],
        }
        work.cursor.execute(_SQL["spend"], values, binary=True)

    def committed(self, work: Work) -> None:
        """Call after the commit of `work`."""
        if self.hour == hour_of(work.now):
            self._used.update(work.spent)
        for (_, kind), count in work.above.items():
            metrics.ABOVE.labels(kind.partition("/")[0]).inc(count)


def tell(work: Work) -> None:
    """Add a signal for each station of which something stayed out. How much is noted by the sweep."""
    for station in sorted({station for station, _ in work.above}):
        above = {kind: count for (name, kind), count in work.above.items() if name == station}
        work.signals.append(on_above(station, above))


def on_above(station: str, above: Mapping[str, int]) -> Signal:
    """One alert a station, however much stays out; `above` by kind."""
    facts = facts_of(above)
    return Signal(
        rule=Rule.OVER_BUDGET,
        key=f"{Rule.OVER_BUDGET}/{station}",
        severity=Severity.WARNING,
        station=station,
        subject=f"{station or 'stations that are not enrolled'}: {facts['en']}"[:200],
        note=str(facts["en"])[:2000],
        facts=facts,
        joins=False,
    )


def facts_of(above: Mapping[str, int]) -> dict[str, Any]:
    """What stayed out, by kind and in words."""
    named: Counter[str] = Counter()
    for kind, count in above.items():
        named[kind.partition("/")[0]] += count
    parts = [(count, *_NAMES.get(kind, (kind, kind))) for kind, count in sorted(named.items()) if count]
    return {
        "above": dict(above),
        "en": ", ".join(f"{count} {en}" for count, en, _ in parts),
        "zh": "，".join(f"{zh} {count} 项" for count, _, zh in parts),
    }


def account_of(station: str, enrolled: Iterable[str]) -> str:
    """Return whose budget is used: one who is not enrolled could take a new name each time."""
    return station if station in enrolled else STRANGERS
