"""`shian edge salvage`: what is left in spools that were put aside is recorded again in the present one."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from edge.settings import EdgeSettings
from edge.spool.building import make_spool
from edge.spool.leftovers import files_aside, read_left
from process.language import t


@dataclass(frozen=True, slots=True)
class Salvaged:
    """Of one file: `found` events without a receipt, of which `recorded` were not here yet; `unreadable` are lost."""

    file: str
    stream: str
    found: int
    recorded: int
    unreadable: int


def salvage(settings: EdgeSettings) -> list[Salvaged]:
    """Raises EdgeError (SpoolLockedError: the agent runs) and OSError. Twice is once."""
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
            "file": it.file,
            "stream": it.stream,
            "found": it.found,
            "recorded": it.recorded,
            "unreadable": it.unreadable,
        }
        for it in done
    ]


def as_lines(done: list[Salvaged]) -> list[str]:
    if not done:
        return [t("no spool was put aside", "没有被搁置的本地队列")]
    return [_line(it) for it in done]


def _line(it: Salvaged) -> str:
    line = t(
        f"{it.file}: {it.found} events without a receipt, {it.recorded} recorded again",
        f"{it.file}：{it.found} 条没有回执，已重新记录 {it.recorded} 条",
    )
    if it.found > it.recorded:
        before = it.found - it.recorded
        line += t(f", {before} were here already", f"，{before} 条此前已在队列中")
    if it.unreadable:
        line += t(f"; {it.unreadable} CANNOT BE READ", f"；{it.unreadable} 条无法读取")
    return line
