"""Changes of the state of devices and cameras, and the cameras that cannot be trusted now: the watch judges both."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ingest.work import Work
from storage.named import queries

_SQL = queries("rules")
_BEGAN = ("station", "key", "device", "kind", "zone", "at", "event", "evidence")


def write(work: Work) -> None:
    """Write what the batch says, after the rows of its camera events."""
    if work.changes:
        work.cursor.execute(_SQL["add_changes"], _columns(("station", "device", "at", "event"), work.changes))
    if work.troubles:
        over = {(trouble.station, trouble.event.data.key) for trouble in work.troubles if trouble.is_over}
        began = [
            (
                one.station,
                one.event.data.key,
                one.device,
                one.event.data.kind,
                one.event.data.zone,
                one.at,
                one.event.id,
                json.dumps(one.event.data.evidence),
            )
            for one in work.troubles
            if not one.is_over and (one.station, one.event.data.key) not in over
        ]
        if began:
            work.cursor.execute(_SQL["trouble_began"], _columns(_BEGAN, began))
        if over:
            work.cursor.execute(_SQL["trouble_ended"], _columns(("station", "key"), sorted(over)))


def _columns(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Mapping[str, list[Any]]:
    return {name: [row[number] for row in rows] for number, name in enumerate(names)}
