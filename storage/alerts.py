"""Signals -> alerts: opened, joined or ended, with a step for each, a row of the feed, and deliveries to subscribers.

The one way to do so, for ingest and for the server: see storage/steps.py for how the statements are put.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from uuid_utils.compat import uuid7

from storage import routing
from storage.errors import ConflictError
from storage.named import queries
from storage.signals import Signal
from storage.steps import Ask, Row, Steps
from wire.feed import AlertItem
from wire.said import Said
from wire.terms import AlertAction, AlertState, Severity

_SQL = queries("alerts")
_COLUMNS = (
    *("key", "station", "device", "item", "sample", "commodity"),
    *("stall", "vendor", "supplier", "registered", "event", "at"),
)
_ITEMS = 200  # of one row of the feed: one WebSocket message


class Raising(Protocol):
    """The transaction in which alerts are raised. `now`: the database's clock; `raised`: what opened an alert."""

    now: datetime
    signals: list[Signal]
    items: list[str]
    opened: Counter[str]
    raised: list[Signal]
    is_routed: bool


@dataclass(slots=True)
class Round:
    """A transaction that does nothing else."""

    now: datetime
    signals: list[Signal] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    opened: Counter[str] = field(default_factory=Counter)
    raised: list[Signal] = field(default_factory=list)
    is_routed: bool = False


class Step(NamedTuple):
    """A row of alert_step in the making."""

    alert: UUID
    action: str
    note: Said
    event: UUID | None = None


class Live(NamedTuple):
    """An alert that somebody must still look after."""

    id: UUID
    severity: Severity
    opened_at: datetime


def raise_all(work: Raising) -> Steps[None]:
    """Raise alerts for all signals, by a few statements. They run in the order of the keys: two transactions never wait
    in a circle."""
    for signals in _rounds(work.signals):
        yield from _raise(work, signals)


def _rounds(signals: Sequence[Signal]) -> list[list[Signal]]:
    """Return the signals in rounds, nearly always one: what comes after the end of its key, as in a backlog, is of the
    next."""
    rounds: list[list[Signal]] = []
    last: dict[str, tuple[int, bool]] = {}
    for signal in signals:
        at, is_over = last.get(signal.key, (0, False))
        at += is_over and not signal.ends
        last[signal.key] = (at, signal.ends)
        if at == len(rounds):
            rounds.append([])
        rounds[at].append(signal)
    return rounds


def _raise(work: Raising, signals: Sequence[Signal]) -> Steps[None]:
    """Raise alerts for signals of which none comes after the end of its key."""
    opened = yield from _open(work, signals)
    steps = []
    others = []
    for signal in (news for news in signals if not news.ends):
        alert = opened.get(signal.key)
        if alert is not None and alert[1] is signal:
            steps.append(Step(alert[0], "opened", signal.note, signal.event))
            work.items.append(_item(signal, alert[0], AlertState.OPEN, work.now, signal.severity))
            work.opened[str(signal.rule)] += 1
            work.raised.append(signal)
        elif signal.joins:
            others.append(signal)
    steps += yield from _join(work, others)
    yield from write_steps(work, steps)
    yield from _end(work, [signal for signal in signals if signal.ends])
    if opened:
        late_s = [_late_s(signal, work.now) for _, signal in opened.values()]
        yield from routing.route(work, [alert for alert, _ in opened.values()], late_s, [0] * len(opened))


def route_again(work: Raising, editions: Mapping[UUID, int]) -> Steps[None]:
    """Deliver alerts once more, as news of now; `editions`: the number of this telling of each."""
    yield from routing.route(work, list(editions), [0.0] * len(editions), list(editions.values()))


def _late_s(signal: Signal, now: datetime) -> float:
    """Return the seconds between the cause and the news."""
    return max(0.0, (now - signal.at).total_seconds()) if signal.at else 0.0


def resolve(
    work: Raising, live: Live, *, rule: str, station: str, note: Said, event: UUID | None = None
) -> Steps[None]:
    """Resolve an alert by the system: its cause is over, as `event` says where there is one."""
    rows = yield Ask(_SQL["resolve_alert"], {"id": live.id, "now": work.now})
    if not rows:
        return
    yield from write_steps(work, [Step(live.id, "resolved", note, event)])
    yield from routing.route_step(work, live.id, "resolved")
    item = AlertItem(
        id=live.id,
        rule=str(rule),
        severity=live.severity,
        state=AlertState.RESOLVED,
        station=station,
        subject=f"{station} {note}".strip()[:200],
        opened_at=live.opened_at,
    )
    work.items.append(item.model_dump_json())


def lapse() -> Steps[float | None]:
    """Open the alerts again that were acknowledged until now, and tell of them once more, as a transaction of its own.
    Return the seconds until the next one is due; None: there is none."""
    ((now,),) = yield Ask(_SQL["clock"])
    work = Round(now)
    rows = yield Ask(_SQL["lapse"], {"now": work.now})
    steps = []
    for alert, rule, severity, station, subject, opened_at, until, _ in rows:
        steps.append(Step(alert, AlertAction.LAPSED, Said("lapsed", until=until.isoformat())))
        item = AlertItem(
            id=alert,
            rule=rule,
            severity=Severity(severity),
            state=AlertState.OPEN,
            station=station,
            subject=subject,
            opened_at=opened_at,
        )
        work.items.append(item.model_dump_json())
    yield from write_steps(work, steps)
    if rows:
        yield from route_again(work, {row[0]: row[-1] for row in rows})
        yield from publish(work)
    ((in_s,),) = yield Ask(_SQL["next_lapse"])
    left: float | None = in_s
    return left


def publish(work: Raising) -> Steps[None]:
    """Publish rows of the feed, and the words that wake its readers at commit."""
    if work.items:
        parts = [work.items[start : start + _ITEMS] for start in range(0, len(work.items), _ITEMS)]
        values = {"now": work.now, "items": ["[" + ",".join(part) + "]" for part in parts]}
        yield Ask(_SQL["add_feed"], values, has_rows=False)
        yield Ask(_SQL["notify_feed"], has_rows=False)
        work.items = []
    if work.is_routed:
        yield Ask(_SQL["notify_delivery"], has_rows=False)


def _open(work: Raising, new: Sequence[Signal]) -> Steps[dict[str, tuple[UUID, Signal]]]:
    """Open the new alerts, and return them by key, each with the signal that opened it: the first of its key that
    may."""
    first: dict[str, Signal] = {}
    for signal in new:
        if signal.opens and not signal.ends:
            first.setdefault(signal.key, signal)
    if not first:
        return {}
    signals = [first[key] for key in sorted(first)]
    values: dict[str, Any] = {name: [getattr(signal, name) for signal in signals] for name in _COLUMNS}
    values["rule"] = [str(signal.rule) for signal in signals]
    values["severity"] = [signal.severity.value for signal in signals]
    values["facts"] = [json.dumps(signal.facts, ensure_ascii=False) for signal in signals]
    values |= {"id": [uuid7() for _ in signals], "now": work.now}
    rows = yield Ask(_SQL["add_alerts"], values)
    return {key: (alert, first[key]) for key, alert in rows}


def _join(work: Raising, signals: list[Signal]) -> Steps[list[Step]]:
    """Add steps to the live alerts that the signals belong to. A signal that does not open and finds none is
    dropped."""
    if not signals:
        return []
    values = {"now": work.now, "keys": sorted({signal.key for signal in signals})}
    rows = yield Ask(_SQL["join_alerts"], values)
    live: dict[str, Row] = {key: tuple(alert) for key, *alert in rows}
    steps = []
    told: dict[str, Signal] = {}
    for signal in signals:
        if signal.key in live:
            steps.append(Step(live[signal.key][0], "joined", signal.note, signal.event))
            told[signal.key] = signal
        elif signal.opens:
            raise ConflictError(f"the alert {signal.key} was resolved while a signal joined it")
    for key, signal in told.items():  # one item an alert: whoever sees it asks for the alert
        alert, state, opened_at, severity = live[key]
        work.items.append(_item(signal, alert, AlertState(state), opened_at, Severity(severity)))
    return steps


def _end(work: Raising, signals: list[Signal]) -> Steps[None]:
    """Resolve the live alerts of what is over."""
    if not signals:
        return
    rows = yield Ask(_SQL["live_alerts"], {"keys": sorted({signal.key for signal in signals})})
    live = {key: Live(alert, Severity(severity), opened_at) for key, alert, severity, opened_at in rows}
    for signal in signals:
        if signal.key in live:
            yield from resolve(
                work,
                live[signal.key],
                rule=signal.rule,
                station=signal.station,
                note=signal.note,
                event=signal.event,
            )


def write_steps(work: Raising, steps: list[Step]) -> Steps[None]:
    """Write steps of alerts that stay as they are, or that the caller moves."""
    if steps:
        values: dict[str, Any] = {name: [getattr(step, name) for step in steps] for name in Step._fields}
        values["note"] = [str(step.note) for step in steps]
        values["code"] = [step.note.code for step in steps]
        values["facts"] = [json.dumps(step.note.facts, ensure_ascii=False) for step in steps]
        yield Ask(_SQL["add_steps"], values | {"id": [uuid7() for _ in steps], "now": work.now}, has_rows=False)


def _item(signal: Signal, alert: UUID, state: AlertState, opened_at: datetime, severity: Severity) -> str:
    return AlertItem(
        id=alert,
        rule=str(signal.rule),
        severity=severity,
        state=state,
        station=signal.station,
        subject=signal.subject,
        opened_at=opened_at,
    ).model_dump_json()
