"""`shian edge outbox`: shows the events without a receipt, with the reason, and the bytes that did not decode."""

from pathlib import Path
from typing import Any

from rich.table import Table

from edge.spool import view as spool_view
from edge.spool.view import LetterRow, OutboxRow
from process.console import Console
from process.language import t

_SHOWN = 24


def as_document(folder: Path, limit: int) -> dict[str, Any]:
    """Return at most `limit` events and dead letters, for programs. Raises NoSpoolError."""
    return {
        "outbox": [
            {
                "sequence": row.sequence,
                "lane": row.lane,
                "type": row.type,
                "source": row.source,
                "recorded_at": row.recorded_at.isoformat(),
                "refused": row.refused,
                "what": row.what,
            }
            for row in spool_view.outbox(folder, limit)
        ],
        "dead_letters": [
            {
                "number": row.number,
                "device": row.device,
                "reason": row.reason,
                "detail": row.detail,
                "offset": row.offset,
                "size": row.size,
                "data_hex": row.data.hex(),
                "recorded_at": row.recorded_at.isoformat(),
            }
            for row in spool_view.dead_letters(folder, limit)
        ],
    }


def show(folder: Path, limit: int) -> None:
    """Print at most `limit` events and dead letters. Raises NoSpoolError."""
    console = Console()
    summary = spool_view.summary(folder)
    refused = sum(summary.refused.values())
    dead = sum(summary.dead_letters.values())
    console.print(
        t(
            f"{summary.waiting} wait for a receipt, {refused} were refused, {dead} dead letters",
            f"{summary.waiting} 条等待回执，{refused} 条被拒绝，{dead} 条无法解码",
        )
    )
    rows = spool_view.outbox(folder, limit)
    if rows:
        console.print(_events(rows))
    letters = spool_view.dead_letters(folder, limit)
    if letters:
        console.print(_letters(letters))


def _events(rows: list[OutboxRow]) -> Table:
    table = Table(
        t("number", "编号"),
        t("lane", "通道"),
        t("recorded", "记录时间"),
        t("source", "来源"),
        t("what", "内容"),
        t("refused because", "拒绝原因"),
        title=t("without a receipt", "没有回执"),
    )
    for row in rows:
        local = f"{row.recorded_at.astimezone():%m-%d %H:%M:%S}"
        what = f"{row.type.removeprefix('shian.')} {row.what}"
        table.add_row(
            str(row.sequence), row.lane, local, row.source.removeprefix("/stations/"), what, row.refused or ""
        )
    return table


def _letters(rows: list[LetterRow]) -> Table:
    table = Table(
        t("number", "编号"),
        t("recorded", "记录时间"),
        t("device", "设备"),
        t("reason", "原因"),
        t("bytes", "字节数"),
        t("begins with", "开头"),
        title=t("dead letters, newest first", "无法解码的数据，最新在前"),
    )
    for row in rows:
        local = f"{row.recorded_at.astimezone():%m-%d %H:%M:%S}"
        begins = row.data[:_SHOWN].hex(" ")
        table.add_row(str(row.number), local, row.device, f"{row.reason} {row.detail}".strip(), str(row.size), begins)
    return table
