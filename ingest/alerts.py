"""Signals -> alerts: opened or joined, with a step for each, a row of the feed, and deliveries to subscribers."""

from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb
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


def raise_all(work: Work) -> None:
    """In the order of their keys, so that two transactions never wait for each other in a circle."""
    opened: list[UUID] = []
    for signal in sorted(work.signals, key=lambda it: it.key):
        alert = _open(work, signal) if signal.opens else None
        if alert is not None:
            opened.append(alert)
            work.opened[signal.rule] += 1
        else:
            _join(work, signal)
    if opened:
        routed = work.cursor.execute(_ROUTING["route_alerts"], {"alerts": opened, "now": work.now}).rowcount
        work.is_routed |= routed > 0


def _open(work: Work, signal: Signal) -> UUID | None:
    alert = uuid7()
    values = {
        "id": alert,
        "rule": signal.rule.value,
        "key": signal.key,
        "severity": signal.severity.value,
        "station": signal.station,
        "device": signal.device,
        "item": signal.item,
        "sample": signal.sample,
        "commodity": signal.commodity,
        "event": signal.event,
        "facts": Jsonb(dict(signal.facts)),
        "now": work.now,
    }
    if work.cursor.execute(_SQL["add_alert"], values).rowcount == 0:
        return None
    _step(work, alert, "opened", signal.note, signal.event)
    work.items.append(_item(signal, alert, AlertState.OPEN, work.now))
    return alert


def _join(work: Work, signal: Signal) -> None:
    row = work.cursor.execute(_SQL["join_alert"], {"now": work.now, "key": signal.key}).fetchone()
    if row is None:
        if signal.opens:
            raise ConflictError(f"the alert {signal.key} was resolved while a signal joined it")
        return
    _step(work, row[0], "joined", signal.note, signal.event)
    work.items.append(_item(signal, row[0], AlertState(row[1]), row[2], Severity(row[3])))


def resolve(
    work: Work, alert: UUID, *, rule: str, station: str, severity: Severity, opened_at: datetime, note: str
) -> None:
    """By the system: what it was about is over."""
    if work.cursor.execute(_SWEEP["resolve_alert"], {"id": alert, "now": work.now}).rowcount == 0:
        return
    _step(work, alert, "resolved", note)
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


def _step(work: Work, alert: UUID, action: str, note: str, event: UUID | None = None) -> None:
    values = {"id": uuid7(), "alert": alert, "now": work.now, "action": action, "note": note, "event": event}
    work.cursor.execute(_SQL["add_step"], values)


def _item(signal: Signal, alert: UUID, state: AlertState, opened_at: datetime, severity: Severity | None = None) -> str:
    return AlertItem(
        id=alert,
        rule=signal.rule.value,
        severity=severity or signal.severity,
        state=state,
        station=signal.station,
        subject=signal.subject,
        opened_at=opened_at,
    ).model_dump_json()
