"""How long rows are kept: storage/keeping.toml, as the server runs it (server/pruning.py)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from storage import deeds
from storage.deeds import SYSTEM, Deed
from storage.named import queries
from storage.steps import Ask, Steps

_SQL = queries("keeping")
_LOCK = 0x5368_6961_6E07
_PIECE = 5000


@dataclass(frozen=True, slots=True)
class Aged:
    """Table whose rows are taken away by age. `setting`: the days, in `[keep]`; `floor`: days that it has at least;
    `also`: tables whose rows go together with them."""

    table: str
    setting: str
    floor: int
    is_proof: bool
    also: tuple[str, ...]


@cache
def declared() -> Mapping[str, Any]:
    """Return the whole declaration."""
    return tomllib.loads((files("storage") / "keeping.toml").read_text("utf-8"))


@cache
def aged() -> tuple[Aged, ...]:
    """Return the tables whose rows are taken away by age."""
    return tuple(
        Aged(name, table["setting"], table["floor"], table["is_proof"], tuple(table["also"]))
        for name, table in declared()["aged"].items()
    )


def take_away(table: Aged, days: int, *, piece: int = _PIECE) -> Steps[int]:
    """Take some of a table's old rows away, and return how many; 0: there are none, or another process is at it. A deed
    says so where the rows are proof."""
    if not (yield Ask(_SQL["try"], {"key": _LOCK}))[0][0]:
        return 0
    now: datetime = (yield Ask(_SQL["now"]))[0][0]
    before = now - timedelta(days=max(days, table.floor))
    count = int((yield Ask(_SQL[table.table], {"before": before, "most": piece}))[0][0])
    if count and table.is_proof:
        facts = {"before": before, "rows": count, "also": list(table.also)}
        yield from deeds.append([Deed(SYSTEM, "rows_retired", table.table, facts=facts)])
    return count
