"""The rules on the centre itself: (heartbeats of ingest, thresholds, now) -> conditions. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from storage.thresholds import CentreThresholds
from storage.watch import Condition
from wire.said import Said
from wire.terms import Rule

RULES = (Rule.INGEST_SILENT, Rule.BROKER_AWAY, Rule.FILLING_UP, Rule.CENTRE_FULL)


@dataclass(frozen=True, slots=True)
class Worker:
    """A row of `ingest_worker`: one lane of one process. Times by the database's clock."""

    name: str
    lane: str
    at: datetime
    connected_at: datetime | None
    committed_at: datetime | None
    queued: int


def conditions(workers: Sequence[Worker], thresholds: CentreThresholds, now: datetime) -> list[Condition]:
    """Return a condition for each process (a process with a silent lane is silent), one for none at all, one for the
    broker."""
    alive = [worker for worker in workers if _is_alive(worker, thresholds, now)]
    found = [] if not thresholds.ingest_silent.is_on else _of_ingest(workers, alive, thresholds)
    if thresholds.broker_away.is_on:
        found.append(_of_broker(alive, thresholds))
    return found


def forgotten(workers: Sequence[Worker], thresholds: CentreThresholds, now: datetime) -> list[Worker]:
    """Return the workers that are gone for good: silent for long, while others do the work (a container with a new
    name)."""
    if not any(_is_alive(worker, thresholds, now) for worker in workers):
        return []
    return [worker for worker in workers if now - worker.at > timedelta(seconds=thresholds.ingest_silent.forget_s)]


def _is_alive(worker: Worker, thresholds: CentreThresholds, now: datetime) -> bool:
    return now - worker.at < timedelta(seconds=thresholds.ingest_silent.silent_s)


def _of_ingest(workers: Sequence[Worker], alive: Sequence[Worker], thresholds: CentreThresholds) -> list[Condition]:
    threshold = thresholds.ingest_silent
    found = [
        Condition(
            Rule.INGEST_SILENT,
            threshold,
            not workers,
            note=Said("ingest" if workers else "no_ingest"),
            facts={"worker": ""},
            after_s=threshold.never_s,
        )
    ]
    for name in sorted({worker.name for worker in workers}):
        lanes = [worker for worker in workers if worker.name == name]
        silent = [lane for lane in lanes if lane not in alive]
        last = min(lanes, key=lambda lane: lane.at)
        facts: dict[str, Any] = {
            "worker": name,
            "lanes": [worker.lane for worker in silent],
            "since": last.at.isoformat(),
        }
        found.append(
            Condition(
                Rule.INGEST_SILENT,
                threshold,
                bool(silent),
                note=Said("lanes_silent", **facts) if silent else Said("worker_works", worker=name),
                name=name,
                facts=facts,
            )
        )
    return found


def full(places: Mapping[str, str], thresholds: CentreThresholds) -> list[Condition]:
    """Return a condition for each place that takes writes. `places`: by name, why it takes none; "" where it does."""
    threshold = thresholds.centre_full
    if not threshold.is_on:
        return []
    return [
        Condition(
            Rule.CENTRE_FULL,
            threshold,
            bool(reason),
            note=Said("takes_nothing" if reason else "takes_writes", place=name, reason=reason),
            name=name,
            facts={"place": name, "reason": reason},
        )
        for name, reason in places.items()
    ]


def _of_broker(alive: Sequence[Worker], thresholds: CentreThresholds) -> Condition:
    """Return the condition of the broker. Only living workers can tell."""
    away = sorted({worker.name for worker in alive if worker.connected_at is None})
    return Condition(
        Rule.BROKER_AWAY,
        thresholds.broker_away,
        bool(away) if alive else None,
        note=Said("broker_away", workers=away) if away else Said("broker_there"),
        facts={"workers": away},
    )
