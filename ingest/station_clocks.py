"""The end of alerts about stations' clocks: the newest event of the station has a time that is believed."""

from datetime import datetime

from ingest import alerts
from ingest.work import Work
from storage.named import queries
from wire import codec
from wire.clocks import moment_of
from wire.said import Said
from wire.terms import Rule, Severity

_SQL = queries("sweep")


def resolve_believed(work: Work, before: datetime) -> None:
    """Resolve the alerts that are over. A hole younger than `before` keeps its station's alert open: a failed test of
    the right time may come ahead of everything that the wrong clock wrote."""
    rows = work.cursor.execute(_SQL["doubted_clocks"], {"before": before}, binary=True).fetchall()
    for alert, station, severity, opened_at, body, received_at in rows:
        if moment_of(codec.read(body), received_at).is_believed:
            alerts.resolve(
                work,
                alert,
                rule=Rule.STATION_CLOCK,
                station=station,
                severity=Severity(severity),
                opened_at=opened_at,
                note=Said("clock_believed"),
            )
