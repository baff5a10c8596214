"""Signals -> alerts: opened or joined, with a step for each, a row of the feed, and deliveries to subscribers."""

import json
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from uuid_utils.compat import uuid7

from ingest.rules import Signal
from ingest.work import Work
from storage.errors import ConflictError
from storage.named import queries
from wire.feed import AlertItem
from wire.terms import AlertState, Severity

_SQL = queries("ingest")
_SWEEP = queries("sweep")
_ROUTING = queries("routing")
_COLUMNS = ("rule", "key", "severity", "station", "device", "item", "sample", "commodity", "event")


class Step(NamedTuple):
    """A row of alert_step in the making."""

    alert: UUID
    action: str
    note: str
    event: UUID | None = None


def raise_all(work: Work) -> None:
    """A few statements, however many signals. In the order of their keys: two transactions never wait in a circle."""
    if not work.signals:
        return
    opened = _open(work)
    steps = []
    others = []
    for signal in (it for it in work.signals if not it.ends):
        alert = opened.get(signal.key)
        if alert is not None and alert[1] is signal:
            steps.append(Step(alert[0], "opened", signal.note, signal.event))
            work.items.append(_item(signal, alert[0], AlertState.OPEN, work.now, signal.severity))
            work.opened[signal.rule] += 1
        else:
            others.append(signal)
    steps += _join(work, others)
    _write_steps(work, steps)
    _end(work, [it for it in work.signals if it.ends])
    if opened:
        values = {"alerts": [alert for alert, _ in opened.values()], "now": work.now}
        work.is_routed |= work.cursor.execute(_ROUTING["route_alerts"], values).fetchone() is not None


def _open(work: Work) -> dict[str, tuple[UUID, Signal]]:
    """The new alerts by key, each with the signal that opened it: the first of its key that may."""
    first: dict[str, Signal] = {}
    for signal in work.signals:
        if signal.opens:
            first.setdefault(signal.key, signal)
    if not first:
        return {}
    signals = [first[key] for key in sorted(first)]
    values: dict[str, Any] = {name: [getattr(it, name) for it in signals] for name in _COLUMNS}
    values["rule"] = [it.rule.value for it in signals]
    values["severity"] = [it.severity.value for it in signals]
    values["facts"] = [json.dumps(it.facts, ensure_ascii=False) for it in signals]
    values |= {"id": [uuid7() for _ in signals], "now": work.now}
    rows = work.cursor.execute(_SQL["add_alerts"], values, binary=True).fetchall()
    return {key: (alert, first[key]) for key, alert in rows}


def _join(work: Work, signals: list[Signal]) -> list[Step]:
    """Steps of the live alerts that the signals belong to. A signal that does not open and finds none is dropped."""
    if not signals:
        return []
    values = {"now": work.now, "keys": sorted({it.key for it in signals})}
    rows = work.cursor.execute(_SQL["join_alerts"], values, binary=True).fetchall()
    live = {key: alert for key, *alert in rows}
    steps = []
    for signal in signals:
        if signal.key in live:
            alert, state, opened_at, severity = live[signal.key]
            steps.append(Step(alert, "joined", signal.note, signal.event))
            work.items.append(_item(signal, alert, AlertState(state), opened_at, Severity(severity)))
        elif signal.opens:
            raise ConflictError(f"the alert {signal.key} was resolved while a signal joined it")
    return steps


def _end(work: Work, signals: list[Signal]) -> None:
    """Resolve the live alerts of what is over."""
    if not signals:
        return
    rows = work.cursor.execute(_SQL["live_alerts"], {"keys": sorted({it.key for it in signals})}, binary=True)
    live = {key: alert for key, *alert in rows.fetchall()}
    for signal in signals:
        if signal.key in live:
            alert, severity, opened_at = live[signal.key]
            resolve(
                work,
                alert,
                rule=signal.rule,
                station=signal.station,
                severity=Severity(severity),
                opened_at=opened_at,
                note=signal.note,
                event=signal.event,
            )


def resolve(
    work: Work,
    alert: UUID,
    *,
    rule: str,
    station: str,
    severity: Severity,
    opened_at: datetime,
    note: str,
    event: UUID | None = None,
) -> None:
    """By the system: what it was about is over, as `event` says where it is one that does."""
    if work.cursor.execute(_SWEEP["resolve_alert"], {"id": alert, "now": work.now}).rowcount == 0:
        return
    _write_steps(work, [Step(alert, "resolved", note, event)])
    item = AlertItem(
        id=alert,
        rule=rule,
        severity=severity,
        state=AlertState.RESOLVED,
        station=station,
        subject=f"{station} {note}"[:200],
        opened_at=opened_at,
    )
    work.items.append(item.model_dump_json())


def _write_steps(work: Work, steps: list[Step]) -> None:
    if not steps:
        return
    values: dict[str, Any] = {name: [getattr(it, name) for it in steps] for name in Step._fields}
    work.cursor.execute(_SQL["add_steps"], values | {"id": [uuid7() for _ in steps], "now": work.now})


def _item(signal: Signal, alert: UUID, state: AlertState, opened_at: datetime, severity: Severity) -> str:
    return AlertItem(
        id=alert,
        rule=signal.rule.value,
        severity=severity,
        state=state,
        station=signal.station,
        subject=signal.subject,
        opened_at=opened_at,
    ).model_dump_json()
