"""`shian edge repeats`: shows the last results that were folded, with both sides: the recorded result, and the one that
came again."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.table import Table

from edge.spool import view as spool_view
from edge.spool.repeats import Cause, RepeatCounts
from edge.spool.view import RepeatRow
from process.console import Console
from process.language import t


def as_document(folder: Path, limit: int) -> dict[str, Any]:
    """Return the counts and the last `limit` repeats, for programs. Raises NoSpoolError."""
    counts = spool_view.summary(folder).repeats
    return {
        "counts": {device: as_counts(count) for device, count in sorted(counts.items())},
        "repeats": [
            {
                "number": row.number,
                "device": row.device,
                "cause": row.cause,
                "came_at": row.came_at.isoformat(),
                "again": row.again,
                "first_sequence": row.first_sequence or None,
                "first_recorded_at": row.first_recorded_at and row.first_recorded_at.isoformat(),
                "first": row.first,
            }
            for row in spool_view.repeats(folder, limit)
        ],
    }


def show(folder: Path, limit: int) -> None:
    """Print the counts and the last `limit` repeats. Raises NoSpoolError."""
    console = Console()
    counts = spool_view.summary(folder).repeats
    console.print(in_words(counts.values()))
    rows = spool_view.repeats(folder, limit)
    if rows:
        console.print(_table(rows))


def as_counts(counts: RepeatCounts) -> dict[str, int]:
    """Return the counts of one device, for programs."""
    return {"folded": counts.folded, "reread": counts.reread, "possible": counts.possible}


def in_words(counts: Iterable[RepeatCounts]) -> str:
    """Return the counts of all devices in words, for people."""
    total = sum(counts, RepeatCounts())
    return t(
        f"{total.folded} folded, {total.reread} read again from a memory, "
        f"{total.possible} possible repeats recorded and marked",
        f"已合并 {total.folded} 条，重读仪器存储 {total.reread} 条，疑似重复（已保留并标记）{total.possible} 条",
    )


def _table(rows: list[RepeatRow]) -> Table:
    table = Table(
        t("device", "设备"),
        t("came again", "再次收到"),
        t("what came again", "再次收到的内容"),
        t("recorded", "首次记录"),
        t("number", "编号"),
        t("what was recorded", "首次记录的内容"),
        t("because", "依据"),
        title=t("folded, newest first", "已合并的重复结果，最新在前"),
    )
    for row in rows:
        table.add_row(
            row.device,
            f"{row.came_at.astimezone():%m-%d %H:%M:%S}",
            _words(row.again),
            f"{row.first_recorded_at.astimezone():%m-%d %H:%M:%S}" if row.first_recorded_at else "-",
            str(row.first_sequence or "-"),
            _words(row.first) if row.first else t("no longer in the spool", "已不在本地队列中"),
            _because(row.cause),
        )
    return table


def _because(cause: str) -> str:
    if cause == Cause.TRANSFER:
        return t("the same transfer, sent again", "同一次传输的重发")
    if cause == Cause.MEMORY:
        return t("the same test, read again from the memory", "重读仪器存储中的同一检测")
    return t("the same time or number of the test", "检测时间或编号相同")


def _words(data: dict[str, Any]) -> str:
    """Return a result as one line."""
    sample = data.get("sample") or {}
    parts = (
        sample.get("number"),
        sample.get("commodity"),
        data.get("item") or data.get("quantity"),
        data.get("value_text") or data.get("value"),
        data.get("unit"),
        data.get("device_verdict"),
        data.get("record") and f"#{data['record']}",
        data.get("measured_at_text") or data.get("measured_at"),
    )
    return " ".join(str(part) for part in parts if part not in (None, ""))
