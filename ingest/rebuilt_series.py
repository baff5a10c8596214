"""Probes and their values by minute, hour and day, made again from the rows of readings. A probe that is there is left
as it is; a missing one shows its newest reading and its newest trouble.

Days are taken one after another. Ingest waits for one of them, and for no more: whoever adds to the series has its rows
in the same transaction, so that the committed rows are all of them while nobody adds.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

from ingest.probes import LARGEST_DRAWN, SMALLEST_DRAWN, Probe
from ingest.upkeep import MINUTES
from storage import limits
from storage.named import queries

_SQL = queries("rebuild_series")


def rebuild(connection: psycopg.Connection[Any], *, kept_from: date | None) -> Iterator[date]:
    """Make the series of each day from `kept_from` on; older ones, whose rows were taken away, stay. The connection is
    the owner's, in autocommit. Raises psycopg.Error."""
    with connection.transaction():
        connection.execute(_SQL["lock_series"])
        connection.execute(_SQL["add_probes"])
        connection.execute(_SQL["forget_strangers"])
    if kept_from is None:  # else days stay as they were drawn
        # By itself: ingest holds rows of probes when it waits for the series.
        connection.execute(_SQL["draw_as_lately"])
    row = connection.execute(_SQL["days"]).fetchone()
    if row is None or row[0] is None:
        return
    zones = limits.read_zones(connection)
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "zone": zones[-1].name,
        "largest": LARGEST_DRAWN,
        "smallest": SMALLEST_DRAWN,
        "minutes_from": (now - MINUTES).replace(second=0, microsecond=0),
    }
    day = max(filter(None, (row[0] - timedelta(days=1), kept_from)))
    while day <= row[1]:
        values["day"] = day
        with connection.transaction():
            connection.execute(_SQL["lock_series"])
            values |= _factors(connection.execute(_SQL["units"], values).fetchall())
            connection.execute(_SQL["forget_steps"], values)
            connection.execute(_SQL["forget_day"], values)
            connection.execute(_SQL["make_steps"], values)
        yield day
        day += timedelta(days=1)


def _factors(pairs: Sequence[tuple[str, str]]) -> dict[str, list[Any]]:
    """Return how a value of each unit becomes one of the unit that is drawn, where they can be compared."""
    found = []
    for unit, drawn in pairs:
        probe = Probe(drawn_unit=drawn)
        zero, one = probe.drawn(0.0, unit), probe.drawn(1.0, unit)
        if zero is not None and one is not None:
            found.append((unit, drawn, one - zero, zero))
    names = ("units", "drawn", "factor", "plus")
    return {name: [row[at] for row in found] for at, name in enumerate(names)}
