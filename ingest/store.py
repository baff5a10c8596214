"""The one transaction: everything that a batch makes true, or nothing of it."""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from ingest import (
    alert_folds,
    alerts,
    budgets,
    counts,
    damaged,
    devices,
    disputes,
    folding,
    given_up,
    handlings,
    ledger,
    lineage,
    news,
    not_understood,
    own_rules,
    probes,
    quarantine,
    samples,
    streams,
    typed,
)
from ingest.accept import Accepted, Refused, refuse
from ingest.budgets import Use
from ingest.own_rules import OwnRules
from ingest.probes import ReadingLimit
from ingest.statuses import StatusNews
from ingest.verdict import Judged, Judges, Limits
from ingest.work import Outcome, Work
from storage import anchors, bulk, deeds
from storage.budgets import Kind
from storage.errors import translated
from storage.named import queries
from storage.steps import run
from storage.tables import EVENT
from wire.anchors import Anchor
from wire.clocks import Moment
from wire.codec import Reason
from wire.days import Days
from wire.kinds.result import ResultEvent
from wire.verdicts import AnalyteLimit

_SQL = queries("ingest")
_PROBES = queries("probes")
_LIMIT_COLUMNS = (
    *("code", "item", "commodity", "standard", "is_only_for_standard", "comparison"),
    *("value", "unit", "valid_from", "valid_to", "source"),
)
_KNOWN_STREAMS = 100_000


@dataclass(slots=True)
class Store:
    """Store of one worker, not shared by threads. It keeps facts that never change: the enrolled stations, the station
    of each stream. `held_s`: how long the last batch locked rows that other batches need."""

    zone: ZoneInfo
    held_s: float = 0.0
    limits: Limits = field(default_factory=lambda: Limits(()))
    use: Use = field(default_factory=Use)
    reading_limits: tuple[ReadingLimit, ...] = ()
    rules: OwnRules = field(init=False)
    _stations: set[str] = field(default_factory=set)
    _streams: dict[int, str] = field(default_factory=dict)
    _folding: set[str] = field(default_factory=set)
    _days: Days = field(init=False)
    _locked_at: float = 0.0
    _anchor: Anchor | None = None

    def __post_init__(self) -> None:
        self._days = Days(self.zone)
        self.rules = OwnRules(self.zone)

    def open(self, connection: psycopg.Connection[Any]) -> None:
        """Open the store, once on every new connection, before anything else. Raises the errors of storage.errors."""
        with translated():
            bulk.prepare(connection, EVENT)
            with connection.transaction():
                connection.execute(_SQL["note_zone"], {"zone": self.zone.key})
        self.refresh(connection)

    def refresh(self, connection: psycopg.Connection[Any]) -> None:
        """Read the limit tables, the stations and the use of budgets anew. Raises the errors of storage.errors."""
        with translated(), connection.transaction():
            version = connection.execute(_SQL["limits_version"]).fetchone()
            self.limits = _limits(connection.execute(_SQL["limits"]).fetchall(), version[0] if version else None)
            self.reading_limits = tuple(ReadingLimit(*row) for row in connection.execute(_PROBES["limits"]))
            self._stations = {row[0] for row in connection.execute(_SQL["stations"])}
            self.use.read(connection)
            self._anchor = run(connection.cursor(), anchors.newest())
            self.rules.read(connection.cursor())

    def take(
        self,
        connection: psycopg.Connection[Any],
        accepted: Sequence[Accepted],
        refused: Sequence[Refused],
        statuses: Sequence[StatusNews],
    ) -> Outcome:
        """Store a batch; all of the outcome is committed. Raises ConflictError, RowsRefusedError, DatabaseAwayError:
        nothing is stored then."""
        # A small batch waits for the way there and back, not for work: a pipeline spares most of it. COPY cannot be
        # in one.
        way = connection.pipeline() if len(accepted) < bulk.FEW else nullcontext()
        with translated(), way, connection.transaction(), connection.cursor() as cursor:
            work = Work.begin(cursor, statuses=statuses, refused=refused)
            self.run(work, accepted)
            unknown = news.note_statuses(work)
            self.conclude(work)
        self.held_s = time.monotonic() - self._locked_at
        return self.committed(work, unknown)

    def conclude(self, work: Work) -> None:
        """Raise the alerts of all signals and publish the news: the end of every transaction that `run` begins."""
        own_rules.note_faults(work)
        alert_folds.fold(work, self.use)
        budgets.tell(work)
        samples.tell(work)
        alerts.raise_all(work)
        handlings.tell(work)
        alert_folds.spend(work)
        self.use.write(work)
        run(work.cursor, deeds.append(work.deeds))
        news.publish(work)

    def run(self, work: Work, accepted: Sequence[Accepted]) -> None:
        """Run the stages, without alerts and feed, for callers that add signals of their own."""
        self.use.begin(work)
        if work.limits_version != self.limits.version:
            self.limits = _limits(work.cursor.execute(_SQL["limits"]).fetchall(), work.limits_version)
        if work.rules_version != self.rules.version:
            self.rules.read(work.cursor)
        stages: tuple[Callable[[Work], None], ...] = (
            lambda work: ledger.store(work, self._admit(work, accepted)),
            disputes.keep,
            budgets.count_events,
            folding.settle,
            lambda work: typed.store(work, self._judge, self.rules),
            not_understood.keep,
            samples.settle,
            counts.samples,
            self._keep_refused,
            news.publish,
            *self._standing,
            streams.vouch,
        )
        work.folding = self._folding
        for stage in stages:
            stage(work)

    @property
    def _standing(self) -> Sequence[Callable[[Work], None]]:
        """Return the stages that bring streams, days and devices up to date."""
        return (
            streams.prepare,
            damaged.account,
            given_up.note,
            # From here on rows that every batch changes are locked: what can be done before is done before.
            self._note_lock,
            counts.tests,
            devices.write,
            lambda work: probes.write(work, self.reading_limits, self.zone),
            streams.move,
            lineage.tell,
        )

    def project(self, work: Work, accepted: Sequence[Accepted], judge: Judges) -> None:
        """Do what follows from events that lie in the ledger already, and that nothing followed from yet."""
        self.use.begin(work)
        work.folding = self._folding
        streams.claim(work, {event.place[0]: event.station for event in accepted}, self._streams, self.use)
        work.stored = list(accepted)
        stages: tuple[Callable[[Work], None], ...] = (
            folding.settle,
            lambda work: typed.store(work, judge, self.rules),
            samples.settle,
            counts.samples,
            news.publish,
            *self._standing,
        )
        for stage in stages:
            stage(work)

    def _judge(self, event: ResultEvent, station: str, device: str, moment: Moment, _received_at: datetime) -> Judged:
        return self.limits.judge(event, station, device, moment, self._days.day(moment.at))

    def _note_lock(self, _work: Work) -> None:
        self._locked_at = time.monotonic()

    def committed(self, work: Work, unknown_statuses: int = 0) -> Outcome:
        """Call after the commit of `work`: only now is what it saw known for good."""
        if len(self._streams) > _KNOWN_STREAMS:
            self._streams.clear()
        self._streams.update(work.new_streams)
        self.use.committed(work)
        return Outcome(
            tuple(work.stored),
            tuple(work.there),
            tuple(work.refused),
            work.heads,
            work.opened,
            len(work.folded),
            len(work.disputes),
            unknown_statuses,
            work.now,
            work.asked,
            len(work.put_off),
            self._anchor,
        )

    def _admit(self, work: Work, accepted: Sequence[Accepted]) -> Sequence[Accepted]:
        """Admit events of enrolled stations, in streams that are the station's own, within its budgets."""
        pairs = {(event.place[0], event.station) for event in accepted}
        self._look_up(work, {station for _, station in pairs})
        wanted = {
            stream: station
            for stream, station in sorted(pairs, reverse=True)
            if station in self._stations and station not in work.barred
        }
        owners = streams.claim(work, wanted, self._streams, self.use)
        if all(owners.get(stream) == station for stream, station in pairs):
            return self.use.admit(work, accepted)
        own = [event for event in accepted if self._is_admitted(work, event, owners.get(event.place[0]))]
        return self.use.admit(work, own)

    def _look_up(self, work: Work, names: set[str]) -> None:
        """Learn which of these stations are enrolled by now."""
        strangers = names - self._stations
        if strangers:
            rows = work.cursor.execute(_SQL["stations_known"], {"names": sorted(strangers)})
            self._stations.update(row[0] for row in rows)

    def _keep_refused(self, work: Work) -> None:
        self._look_up(work, {refusal.station for refusal in work.refused})
        quarantine.keep(work, self.use, self._stations)

    def _is_admitted(self, work: Work, accepted: Accepted, owner: str | None) -> bool:
        if accepted.station not in self._stations:
            work.refused.append(refuse(accepted, Reason.UNKNOWN_STATION, f"{accepted.station} is not enrolled"))
        elif accepted.station in work.barred:
            work.refused.append(refuse(accepted, Reason.REVOKED_STATION, f"{accepted.station} is revoked or retired"))
        elif owner is None:
            work.put_off.append(accepted)
            work.above[accepted.station, Kind.STREAMS] += 1
        elif owner != accepted.station:
            work.refused.append(refuse(accepted, Reason.WRONG_STATION, f"the stream belongs to {owner}"))
        else:
            return True
        return False


def _limits(rows: Sequence[Sequence[Any]], version: int | None) -> Limits:
    names = [dict(zip(_LIMIT_COLUMNS, row, strict=True)) for row in rows]
    return Limits([AnalyteLimit.model_validate(row) for row in names], version)
