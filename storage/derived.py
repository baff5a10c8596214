"""Derive the consequences of the typed rows again: the limit table from its history, alerts from failed tests, their
states from their steps, the counts of a day from its rows. A verdict is judged again where its event is looked at
(storage/walk_event.py).
"""

from collections.abc import Iterator
from typing import Any

import psycopg

from storage import attached, limits
from storage.findings import Finding, Kind
from storage.named import queries
from storage.retired import read_marks
from wire.kinds import link, result, sample
from wire.life import LEADS_TO

_SQL = queries("walk")
_SAMPLES = queries("samples")
_LEADS_TO = {"actions": [str(action) for action in LEADS_TO], "states": [str(state) for state in LEADS_TO.values()]}
_PIECE = 500


def derived(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Yield all flaws in derived rows, in the caller's transaction. Raises psycopg.Error."""
    yield from _limits(connection)
    yield from _alerts(connection)
    yield from _samples(connection)
    yield from _voids(connection)
    yield from attached.rows(connection)
    yield from _counts(connection)


def _limits(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    for fault in limits.faults(connection):
        if fault.judged_before is not None:
            values = {"code": fault.code, "before": fault.judged_before}
            if connection.execute(_SQL["has_judged"], values).fetchone() != (True,):
                continue
        yield Finding(Kind.LIMIT, "", None, None, f"{fault.code} {fault.detail}")


def _alerts(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    for station, stream, sequence, rule, event in _rows(connection, "unalerted"):
        yield Finding(Kind.ALERT, station, stream, sequence, f"no alert {rule} tells of result {event}")
    for station, alert, rule, state, opened, said, is_unsigned in _rows(connection, "alert_states", _LEADS_TO):
        wrong = []
        if opened != 1:
            wrong.append("is opened by no step" if opened == 0 else f"is opened by {opened} steps")
        if state != said:
            wrong.append(f"is {state}, and its steps say {said}")
        if is_unsigned:
            wrong.append("has a step of nobody, which a person must take")
        yield Finding(Kind.ALERT, station, None, None, f"{rule} {alert} {', '.join(wrong)}")
    for station, alert in _rows(connection, "lost_alerts"):
        yield Finding(Kind.ALERT, station, None, None, f"alert {alert} is gone, and something was done with it")


def _samples(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Yield samples and links of which something else is kept than their rows say."""
    marks = read_marks(connection)
    for kind, name, table in ((sample.KIND, "wrong_samples", "sample_now"), (link.KIND, "wrong_links", "link_now")):
        mark = marks.get(kind.name)
        values = {"since": mark.before if mark else "-infinity"}
        for station, key in connection.execute(_SAMPLES[name], values).fetchall():
            yield Finding(Kind.LINK, station, None, None, f"{table} does not say of {key} what the newest row says")


def _voids(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    for station, event, is_said in _rows(connection, "voids"):
        says = "is void by a deed, and not marked so" if is_said else "is marked as void, and no deed says so"
        yield Finding(Kind.VOID, station, None, None, f"result {event} {says}")


def _counts(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    # What a wrong clock said was counted by its own day once, which no row says any more.
    skipped = {station for (station,) in connection.execute(_SQL["guessed_stations"])}
    zones = limits.read_zones(connection)
    mark = read_marks(connection).get(result.KIND.name)
    kept_from = mark.day.isoformat() if mark else ""
    since = ["-infinity", *(zone.since.isoformat() for zone in zones[1:])]
    values = {"since": since, "zone": [zone.name for zone in zones]}
    for day, station, item, verdict, kept, counted in _rows(connection, "tests_counted", values):
        if station not in skipped and day >= kept_from:
            yield _count(station, day, f"daily_result says {kept} tests of {item} {verdict}, the rows {counted}")
    for day, station, table, kept, kept_failed, counted, failed in _rows(connection, "samples_counted", values):
        if station not in skipped and day >= kept_from:
            which = "samples" if table == "daily_station" else "of the samples that differ"
            says = f"{table} says {kept} {which}, {kept_failed} of them failed"
            yield _count(station, day, f"{says}; the rows {counted} and {failed}")


def _count(station: str, day: str, detail: str) -> Finding:
    return Finding(Kind.COUNT, station, None, None, f"{day}: {detail}")


def _rows(
    connection: psycopg.Connection[Any], name: str, values: dict[str, Any] | None = None
) -> Iterator[tuple[Any, ...]]:
    """Yield rows by a cursor of the server: somebody who changed everything makes many rows."""
    with connection.cursor(name=name) as cursor:
        cursor.itersize = _PIECE
        cursor.execute(_SQL[name], values)
        yield from cursor
