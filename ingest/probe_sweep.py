"""The look at probes between batches, for what no reading says: a row of `reading_limit` ended, so that the station's
word decides; a device was taken out of its station or gives its probe another name, so that nobody will ever say that
its trouble is over."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from ingest import alerts, news, probes
from ingest.probes import Locked, Probe, ReadingLimit, limit_for
from ingest.rules import on_gone, on_limit_ended, on_range
from ingest.work import Outcome, Work
from storage.errors import translated
from wire.terms import Comparison


def sweep(connection: psycopg.Connection[Any], limits: Sequence[ReadingLimit], zone: ZoneInfo) -> Outcome:
    """Sweep. Raises the errors of storage.errors."""
    with translated(), connection.transaction(), connection.cursor() as cursor:
        work = Work.begin(cursor)
        probes.note(work, _without(work))
        probes.note(work, _held(work, limits, zone))
        alerts.raise_all(work)
        news.publish(work)
    return Outcome(opened=work.opened)


def _without(work: Work) -> Iterator[tuple[Locked, Probe]]:
    """End the troubles of probes that are gone, and yield what is left of them."""
    for row in probes.locked(work.cursor, "lock_gone"):
        work.signals += on_gone(row.place, at=work.now)
        yield row, row.probe.gone(work.now)


def _held(work: Work, limits: Sequence[ReadingLimit], zone: ZoneInfo) -> Iterator[tuple[Locked, Probe]]:
    """Tell the station's word of probes for which no row decides today, and yield them."""
    today = probes.day_of(work.now, zone)
    for row in probes.locked(work.cursor, "lock_divided"):
        probe, said = row.probe, row.row
        if limit_for(limits, row.place, today, probe.unit or None) is not None:
            continue
        is_out = probe.is_out_there
        if is_out:
            bound = (Comparison(said["comparison"]), said["bound"]) if said["comparison"] else None
            work.signals.append(
                on_range(
                    row.place, said["event"], value=probe.value, unit=probe.unit, bound=bound,
                    lasted_s=said["lasted_s"] or 0.0, is_out=True, at=probe.out_there_at or work.now,
                )
            )  # fmt: skip
        else:
            work.signals.append(on_limit_ended(row.place, at=work.now))
        held = replace(probe, limit_code=None, beyond_since=None, back_since=None, is_out_here=is_out, told_at=work.now)
        yield row, held
