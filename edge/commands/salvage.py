"""`shian edge salvage`: records the events that are left in spools put aside again in the present one."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from edge.settings import EdgeSettings
from edge.spool.building import make_spool
from edge.spool.leftovers import files_aside, read_left
from process.language import t


@dataclass(frozen=True, slots=True)
class Salvaged:
    """The outcome for one file: `found` events without a receipt, of which `recorded` were not here yet; `unreadable`
    are lost."""

    file: str
    stream: str
    found: int
    recorded: int
    unreadable: int


def salvage(settings: EdgeSettings) -> list[Salvaged]:
    """Record again the events of every spool that was put aside. Doing it twice records nothing twice.

    Raises EdgeError (SpoolLockedError: the agent runs) and OSError."""
    files = files_aside(settings.data)
    if not files:
        return []
    spool = make_spool(settings, clock=lambda: datetime.now(UTC))
    spool.open()
    try:
        done = []
        for file in files:
            left = read_left(settings.data, file)
            done.append(Salvaged(file, left.stream, len(left.events), spool.salvage(left), left.unreadable))
        return done
    finally:
        spool.close()


def as_document(done: list[Salvaged]) -> list[dict[str, Any]]:
    return [
        {
            "file": one.file,
            "stream": one.stream,
            "found": one.found,
            "recorded": one.recorded,
            "unreadable": one.unreadable,
        }
        for one in done
    ]


def as_lines(done: list[Salvaged]) -> list[str]:
    if not done:
        return [t("no spool was put aside", "没有被搁置的本地队列")]
    return [_line(one) for one in done]


def _line(one: Salvaged) -> str:
    line = t(
        f"{one.file}: {one.found} events without a receipt, {one.recorded} recorded again",
        f"{one.file}：{one.found} 条没有回执，已重新记录 {one.recorded} 条",
    )
    if one.found > one.recorded:
        before = one.found - one.recorded
        line += t(f", {before} were here already", f"，{before} 条此前已在队列中")
    if one.unreadable:
        line += t(f"; {one.unreadable} CANNOT BE READ", f"；{one.unreadable} 条无法读取")
    return line
