"""The look at probes between batches, for what no reading says: a row of `reading_limit` ended, so that the station's
word decides; a device was taken out of its station, so that nobody will ever say that its trouble is over."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from ingest import alerts, news, probes
from ingest.probes import COLUMNS, Probe, ReadingLimit, limit_for
from ingest.rules import on_gone, on_limit_ended, on_range
from ingest.work import Outcome, Place, Work
from storage.errors import translated
from storage.named import queries
from wire.terms import Comparison

_SQL = queries("probes")


def sweep(connection: psycopg.Connection[Any], limits: Sequence[ReadingLimit], zone: ZoneInfo) -> Outcome:
    """Sweep. Raises the errors of storage.errors."""
    with translated(), connection.transaction(), connection.cursor() as cursor:
        work = Work.begin(cursor)
        probes.note(work, _without(work))
        probes.note(work, _held(work, limits, zone))
        alerts.raise_all(work)
        news.publish(work)
    return Outcome(opened=work.opened)


def _without(work: Work) -> dict[int, Probe]:
    """End the troubles of probes whose device is gone, and return what is left of them."""
    changed = {}
    for row in work.cursor.execute(_SQL["lock_gone"]).fetchall():
        number, place, probe, _ = _split(row)
        work.signals += on_gone(place, at=work.now)
        changed[number] = replace(
            probe, trouble="", reason="", is_out_there=False, is_out_here=False, beyond_since=None, back_since=None,
            told_at=work.now,
        )  # fmt: skip
        probes.tell(work, place, changed[number])
    return changed


def _held(work: Work, limits: Sequence[ReadingLimit], zone: ZoneInfo) -> dict[int, Probe]:
    """Tell the station's word of probes for which no row decides today, and return them."""
    today = probes.day_of(work.now, zone)
    changed = {}
    for row in work.cursor.execute(_SQL["lock_divided"]).fetchall():
        number, place, probe, said = _split(row)
        if limit_for(limits, place, today, probe.unit or None) is not None:
            continue
        is_out = probe.is_out_there
        if is_out:
            event, comparison, bound, lasted_s = said
            work.signals.append(
                on_range(
                    place, event, value=probe.value, unit=probe.unit,
                    bound=(Comparison(comparison), bound) if comparison else None, lasted_s=lasted_s or 0.0,
                    is_out=True, at=probe.out_there_at or work.now,
                )
            )  # fmt: skip
        else:
            work.signals.append(on_limit_ended(place, at=work.now))
        changed[number] = replace(
            probe, limit_code=None, beyond_since=None, back_since=None, is_out_here=is_out, told_at=work.now
        )
        if changed[number].state is not probe.state:
            probes.tell(work, place, changed[number])
    return changed


def _split(row: Sequence[Any]) -> tuple[int, Place, Probe, Sequence[Any]]:
    """Return a row's id, place, probe and what stands behind it."""
    number, station, device, quantity, channel, *rest = row
    count = len(COLUMNS)
    return number, (station, device, quantity, channel), Probe(*rest[:count]), rest[count:]
