"""The limit table as it was at any time, for the walk: every result is judged again by the limits of its time.

The table's history is written by the database itself, at the end of each transaction that changes it. Ingest asks for
the newest entry at the beginning of each of its transactions, so that what was in force when a result was received is
what judged it; where the two transactions met, either table is right.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import psycopg

from process.connections import DISTRICT_ZONE
from storage.named import queries
from wire.clocks import Moment
from wire.days import Days
from wire.kinds.result import ResultEvent
from wire.terms import Verdict
from wire.verdicts import AnalyteLimit, Decision, LimitTable

_SQL = queries("walk")
# A change is dated at the end of its transaction, just before others see it: who begins meanwhile still judges by the
# table before. Ingest's time is the beginning of its transaction, just before it looks at the table.
_STILL_BEFORE = timedelta(seconds=60)
_ALREADY_AFTER = timedelta(seconds=1)
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_COLUMNS = (
    *("code", "item", "commodity", "standard", "is_only_for_standard", "comparison"),
    *("value", "unit", "valid_from", "valid_to", "source"),
)
# What a row that has judged may still get: its end, and other words about its source.
_MAY_CHANGE = ("valid_to", "source")


class Change(NamedTuple):
    """An entry of the history: the row as it is since then; `is_there` False: as it was deleted."""

    at: datetime
    row: AnalyteLimit
    is_there: bool


class Fault(NamedTuple):
    """Fault of the table itself. `judged_before`: only if the limit has judged a result before that."""

    code: str
    detail: str
    judged_before: datetime | None = None


class Zone(NamedTuple):
    """Zone in which days are counted, of events received since then."""

    since: datetime
    name: str


Said = tuple[Verdict, str | None, tuple[str, ...]]


class Judge:
    """Judge of a result by the limits of its time. `guessed_until`: results received before were judged by the
    station's own day, whatever its clock said. `unconverted_until`: results received before were judged by the limits
    of their own unit alone."""

    def __init__(
        self,
        changes: Sequence[Change],
        zones: Sequence[Zone],
        guessed_until: datetime | None,
        unconverted_until: datetime | None = None,
    ) -> None:
        self._since = [change.at for change in changes]
        self._converting = list(_tables(changes, converts=True))
        self._unconverting = list(_tables(changes, converts=False))
        self._zones = [zone.since for zone in zones]
        self._days = [Days(ZoneInfo(zone.name)) for zone in zones]
        self._guessed_until = guessed_until
        self._unconverted_until = unconverted_until

    def decisions(self, event: ResultEvent, moment: Moment, received_at: datetime) -> list[Decision]:
        """Return what may have been decided when it was received: one thing, unless the table changed just then."""
        days = self._days_at(received_at)
        moments = [moment.at]
        if not moment.is_believed and self._guessed_until is not None and received_at < self._guessed_until:
            moments.append(event.time)
        first = max(0, bisect_right(self._since, received_at - _STILL_BEFORE) - 1)
        last = max(first + 1, bisect_left(self._since, received_at + _ALREADY_AFTER))
        tables = self._tables_at(received_at)
        return [table.decide(event.data, days.day(at)) for table in tables[first:last] for at in moments]

    def decided(self, event: ResultEvent, moment: Moment, received_at: datetime) -> tuple[Decision, date]:
        """Return what the table decides that was in force when the result was received, and the district's day of its
        moment."""
        day = self._days_at(received_at).day(moment.at)
        at = max(0, bisect_right(self._since, received_at) - 1)
        return self._tables_at(received_at)[at].decide(event.data, day), day

    def _tables_at(self, received_at: datetime) -> list[LimitTable]:
        """Return the tables of all times, as the engine of then used them."""
        is_old = self._unconverted_until is not None and received_at < self._unconverted_until
        return self._unconverting if is_old else self._converting

    def _days_at(self, received_at: datetime) -> Days:
        return self._days[max(0, bisect_right(self._zones, received_at) - 1)]


def says(decision: Decision) -> Said:
    """Return the verdict, the code of the limit and the flags, as a typed row has them."""
    return decision.verdict, decision.limit.code if decision.limit else None, decision.flags


def read_judge(connection: psycopg.Connection[Any]) -> Judge:
    """Read the history of limits. Raises psycopg.Error."""
    guessed_until, unconverted_until = (
        next(iter(connection.execute(_SQL[name])), (None,))[0] for name in ("guessed_until", "unconverted_until")
    )
    return Judge(_changes(connection), read_zones(connection), guessed_until, unconverted_until)


def read_zones(connection: psycopg.Connection[Any]) -> list[Zone]:
    """Return the zones in their order; where no ingest has said any yet, the one that is set where nothing else is."""
    zones = [Zone(*row) for row in connection.execute(_SQL["zones"])]
    return zones or [Zone(_BEGINNING, DISTRICT_ZONE)]


def faults(connection: psycopg.Connection[Any]) -> list[Fault]:
    """Return where the table is not what its history says, and what its history should not have. Raises
    psycopg.Error."""
    changes = _changes(connection)
    known: dict[str, AnalyteLimit] = {}
    for change in changes:
        _apply(change, known)
    there = {row.code: row for row in map(_limit, connection.execute(_SQL["limits"]))}
    return [*_unrecorded(known, there), *_edited(changes)]


def _unrecorded(known: dict[str, AnalyteLimit], there: dict[str, AnalyteLimit]) -> list[Fault]:
    found = []
    for code in sorted(known.keys() | there.keys()):
        if code not in there:
            found.append(Fault(code, "is gone, and its history does not say so"))
        elif code not in known:
            found.append(Fault(code, "was added, and its history does not say so"))
        elif wrong := _differing(known[code], there[code]):
            found.append(Fault(code, f"was changed, and its history does not say so: {', '.join(wrong)}"))
    return found


def _edited(changes: Sequence[Change]) -> list[Fault]:
    found = []
    known: dict[str, AnalyteLimit] = {}
    for change in changes:
        code, before = change.row.code, known.get(change.row.code)
        if not change.is_there:
            found.append(Fault(code, f"was deleted at {change.at} after it had judged", change.at))
        elif before is not None:
            wrong = [key for key in _differing(before, change.row) if key not in _MAY_CHANGE]
            if wrong:
                detail = f"was changed at {change.at} after it had judged: {', '.join(wrong)}"
                found.append(Fault(code, detail, change.at))
        known[code] = change.row
    return found


def _differing(one: AnalyteLimit, other: AnalyteLimit) -> list[str]:
    return [name for name in _COLUMNS if getattr(one, name) != getattr(other, name)]


def _changes(connection: psycopg.Connection[Any]) -> list[Change]:
    rows = connection.execute(_SQL["limit_history"])
    return [Change(at or _BEGINNING, _limit(columns), action != "delete") for at, action, *columns in rows]


def _limit(columns: Sequence[Any]) -> AnalyteLimit:
    return AnalyteLimit.model_validate(dict(zip(_COLUMNS, columns, strict=True)))


def _tables(changes: Sequence[Change], *, converts: bool) -> list[LimitTable]:
    known: dict[str, AnalyteLimit] = {}
    tables = []
    for change in changes:
        _apply(change, known)
        tables.append(LimitTable(tuple(known.values()), converts=converts))
    return tables


def _apply(change: Change, known: dict[str, AnalyteLimit]) -> None:
    known.pop(change.row.code, None)
    if change.is_there:
        known[change.row.code] = change.row
