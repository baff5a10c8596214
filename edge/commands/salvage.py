"""`shian edge salvage`: records the events that are left in spools put aside again in the present one."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from edge.samples.restoring import restore
from edge.settings import EdgeSettings
from edge.spool.building import make_spool
from edge.spool.leftovers import files_aside, read_left
from process.language import t


@dataclass(frozen=True, slots=True)
class Salvaged:
    """The outcome for one file: `found` events without a receipt, of which `recorded` were not here yet; `unreadable`
    are lost. `samples` and `results` are in the station's lists again; of `missing` samples the registration cannot be
    read; `wells` were laid out for a run, and must be laid out again."""

    file: str
    stream: str
    found: int
    recorded: int
    unreadable: int
    samples: int = 0
    results: int = 0
    missing: int = 0
    wells: int = 0


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
            recorded = spool.salvage(left)
            rows = restore(spool, left)
            done.append(
                Salvaged(
                    file,
                    left.stream,
                    len(left.events),
                    recorded,
                    left.unreadable,
                    rows.samples,
                    rows.results,
                    rows.missing,
                    left.wells,
                )
            )
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
            "samples": one.samples,
            "results": one.results,
            "missing": one.missing,
            "wells": one.wells,
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
    if one.samples or one.results:
        line += t(
            f"; {one.samples} samples and {one.results} results are listed again",
            f"；样品 {one.samples} 个、结果 {one.results} 条已恢复到列表",
        )
    if one.missing:
        line += t(
            f"; the registration of {one.missing} samples CANNOT BE READ",
            f"；{one.missing} 个样品的登记信息无法读取",
        )
    if one.wells:
        line += t(f"; lay out the next run again ({one.wells} wells)", f"；请重新排布下一批（{one.wells} 孔）")
    if one.unreadable:
        line += t(f"; {one.unreadable} CANNOT BE READ", f"；{one.unreadable} 条无法读取")
    return line
