"""Signals -> alerts, in ingest's own transaction: storage/alerts.py says what is done."""

from datetime import datetime
from uuid import UUID

from ingest.work import Work
from storage import alerts
from storage.alerts import Live
from storage.steps import run
from wire.said import Said
from wire.terms import Severity


def raise_all(work: Work) -> None:
    run(work.cursor, alerts.raise_all(work))


def resolve(
    work: Work, alert: UUID, *, rule: str, station: str, severity: Severity, opened_at: datetime, note: Said
) -> None:
    """Resolve an alert by the system: its cause is over."""
    run(work.cursor, alerts.resolve(work, Live(alert, severity, opened_at), rule=rule, station=station, note=note))
