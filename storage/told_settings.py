"""A process that starts with other settings than last time says so by a deed: those that decide which alerts are
raised, what is kept for how long, and who may ask. The last deed is the memory: no other place can be forged or lost.

Each process names what it tells (`_TOLD`), part by part: never a secret, nor what may hold one.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from storage import deeds
from storage.deeds import SYSTEM, Deed
from storage.named import queries
from storage.steps import Ask, Steps

_SQL = queries("deeds")


def tell(process: str, values: Mapping[str, Any]) -> Steps[bool]:
    """Write a deed where a process of this name told other values last, or none; return True then. `values`: as JSON
    has them. To be the last step of a transaction."""
    flat = dict(sorted(_flat(values)))
    if (yield from told(process)) == flat:
        return False
    yield from deeds.lock()  # who starts at the same moment waits here, and then finds the deed
    before = yield from told(process)
    if before == flat:
        return False
    keys = sorted(key for key in before.keys() | flat.keys() if before.get(key) != flat.get(key)) if before else []
    text = json.dumps(flat, sort_keys=True, separators=(",", ":"))
    facts = {
        "hash": hashlib.sha256(text.encode()).hexdigest(),
        "changed": {key: {"before": before.get(key), "after": flat.get(key)} for key in keys},
        "values": flat,
    }
    yield from deeds.append([Deed(SYSTEM, "settings_changed", process, facts=facts)])
    return True


def told(process: str) -> Steps[dict[str, Any]]:
    """Return what a process of this name told last, each value with its key as `table.key`; empty: nothing yet."""
    rows = yield Ask(_SQL["settings_told"], {"process": process})
    return rows[0][0] if rows and rows[0][0] else {}


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value with its key as `table.key`."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value
