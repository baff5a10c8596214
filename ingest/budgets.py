"""The use that stations make of their budgets (storage/budgets.toml): kept in memory, and written once a batch.

    used  -> counted in the table `budget`, by station, full hour and kind
    above -> counted there too; one alert a station says so (`over_budget`), and ends by itself

The counts are read when the connection is made and at every sweep, so that neither a restart nor a second worker
resets it: between two looks each lane goes by its own count. A batch costs one statement more, and no wait.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg

from ingest import metrics
from ingest.accept import Accepted
from ingest.work import Work
from storage.budgets import STRANGERS, Kind, StationBudgets, hour_of
from storage.named import queries
from storage.signals import Signal
from wire.said import Said
from wire.terms import Rule, Severity
from wire.topics import Leaf, parse

_SQL = queries("budgets")
Count = tuple[str, str]  # station and kind

# What stayed out, as people are told: English, Chinese.
_NAMES: Mapping[str, tuple[str, str]] = {
    Kind.EVENTS: ("events that wait at the station", "待检测点重发的数据"),
    Kind.STREAMS: ("events of new streams that wait at the station", "新建数据流中待重发的数据"),
    Kind.QUARANTINE: ("refused messages that were only counted", "仅计数的被拒收消息"),
    Kind.QUARANTINE_BYTES: ("refused messages of which the beginning is kept", "仅保留开头的被拒收消息"),
    Kind.UPLOADS: ("uploads that must wait", "须等待的图片与视频上传"),
}


@dataclass(slots=True)
class Use:
    """The budgets, and what of them is used in this hour. Not shared by threads."""

    budgets: StationBudgets = field(default_factory=lambda: StationBudgets.model_validate({}))
    hour: datetime | None = None
    shut: frozenset[str] = frozenset()  # topics by which nothing more is taken in: not even looked at
    _used: Counter[Count] = field(default_factory=Counter)
    _dropped: Counter[str] = field(default_factory=Counter)

    def read(self, connection: psycopg.Connection[Any]) -> None:
        """Learn what all workers have counted. Raises psycopg.Error."""
        row = connection.execute(_SQL["now"]).fetchone()
        assert row is not None, "a SELECT without FROM has one row"
        self.hour = hour_of(row[0])
        rows = connection.execute(_SQL["used"], {"hour": self.hour})
        self._used = Counter({(station, kind): used for station, kind, used in rows})
        self.shut = frozenset()

    def begin(self, work: Work) -> None:
        """Forget what was used before the hour of `work`."""
        hour = hour_of(work.now)
        if hour != self.hour:
            self.hour = hour
            self._used.clear()
            self.shut = frozenset()
        for station, count in self._dropped.items():
            work.above[station, Kind.EVENTS] += count

    def drop(self, topic: str) -> None:
        """Count a message by a topic that is shut."""
        self._dropped[parse(topic).station] += 1
        metrics.PUT_OFF.inc()

    def admit(self, work: Work, accepted: Sequence[Accepted]) -> Sequence[Accepted]:
        """Return those for which their stations have room. The others get no receipt: their stations keep them and
        send them again. Failed tests by the urgent leaf may go on a little longer than the rest."""
        wanted = _sizes(accepted)
        tight = {station: _Room.of(self, station) for station, size in wanted.items() if self._is_above(station, *size)}
        if not tight:
            return accepted
        good = []
        for event in accepted:
            room = tight.get(event.station)
            if room is None or room.takes(event):
                good.append(event)
            else:
                work.put_off.append(event)
                work.above[event.station, Kind.EVENTS] += 1
                work.shut.add(event.topic)
        return good

    def used(self, station: str, kind: str) -> int:
        """Return what is used of a budget in this hour."""
        return self._used[station, kind]

    def spent_stations(self) -> list[str]:
        """Return the stations of which no event is taken in any more within this hour."""
        return sorted({station for station, _ in self._used if self._is_above(station, 1, 1)})

    def _is_above(self, station: str, events: int, size: int) -> bool:
        most = self.budgets
        is_many = self._used[station, Kind.EVENTS] + events > most.events
        return is_many or self._used[station, Kind.BYTES] + size > most.bytes

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
            self.shut |= work.shut
        self._dropped.clear()
        for (_, kind), count in work.above.items():
            metrics.ABOVE.labels(kind.partition("/")[0]).inc(count)


@dataclass(slots=True)
class _Room:
    """A station that is about to be above: each event is looked at."""

    budgets: StationBudgets
    events: int
    bytes: int

    @classmethod
    def of(cls, use: Use, station: str) -> "_Room":
        return cls(use.budgets, use.used(station, Kind.EVENTS), use.used(station, Kind.BYTES))

    def takes(self, accepted: Accepted) -> bool:
        percent = self.budgets.urgent_percent if accepted.topic.endswith(f"/{Leaf.URGENT}") else 100
        events, size = self.events + 1, self.bytes + len(accepted.body)
        if 100 * events > percent * self.budgets.events or 100 * size > percent * self.budgets.bytes:
            return False
        self.events, self.bytes = events, size
        return True


def _sizes(accepted: Iterable[Accepted]) -> dict[str, tuple[int, int]]:
    """Count the events of each station, and their bytes."""
    found: dict[str, tuple[int, int]] = {}
    for event in accepted:
        events, size = found.get(event.station, (0, 0))
        found[event.station] = events + 1, size + len(event.body)
    return found


def count_events(work: Work) -> None:
    """Count what was stored; a duplicate is nothing new."""
    for station, (events, size) in _sizes([*work.stored, *(dispute for _, dispute in work.disputes)]).items():
        work.spent[station, Kind.EVENTS] += events
        work.spent[station, Kind.BYTES] += size


def tell(work: Work) -> None:
    """Add a signal for each station of which something stayed out; alerts that are told together say so themselves. How
    much it is by now the sweep notes."""
    kept_out = {count: number for count, number in work.above.items() if not count[1].startswith(Kind.ALERTS)}
    for station in sorted({station for station, _ in kept_out}):
        above = {kind: number for (name, kind), number in kept_out.items() if name == station}
        work.signals.append(on_above(station, above))


def on_above(station: str, above: Mapping[str, int]) -> Signal:
    """Return one alert a station, however much stays out; `above` by kind."""
    facts = facts_of(above)
    return Signal(
        rule=Rule.OVER_BUDGET,
        key=f"{Rule.OVER_BUDGET}/{station}",
        severity=Severity.WARNING,
        station=station,
        subject=f"{station or 'stations that are not enrolled'}: {facts['en']}"[:200],
        note=Said("in_both", en=facts["en"], zh=facts["zh"]),
        facts=facts,
        joins=False,
    )


def facts_of(above: Mapping[str, int]) -> dict[str, Any]:
    """Return the facts of an alert: how much stayed out, by kind and in words."""
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
