"""`shian edge heads`: the anchors that the centre has shown to this station."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from edge.spool import view as spool_view
from process.console import Console
from process.language import t
from process.terminal import say
from wire.anchors import Anchor, AnchorFile, encode

_ALL = 1_000_000


def as_document(folder: Path, limit: int) -> dict[str, Any]:
    """Return the anchors, for programs. Raises NoSpoolError."""
    rows = spool_view.anchors(folder, limit)
    return {
        "anchors": [
            {"seen_at": _moment(row.seen_ms).isoformat(), "hash": row.hash, "anchor": json.loads(row.statement)}
            for row in rows
        ]
    }


def show(folder: Path, limit: int) -> None:
    """Print the anchors, the newest first. Raises NoSpoolError."""
    table = Table(t("anchor", "锚点"), t("made", "生成时间"), t("seen", "收到时间"), "sha256", box=None)
    for row in spool_view.anchors(folder, limit):
        made = Anchor.model_validate_json(row.statement).moment
        seen = f"{_moment(row.seen_ms).astimezone():%Y-%m-%d %H:%M:%S}"
        table.add_row(str(row.number), f"{made.astimezone():%Y-%m-%d %H:%M:%S}", seen, row.hash)
    Console().print(table)


def into(path: Path) -> Callable[[Path, int], None]:
    """Return what writes all anchors into a file, the oldest first. Raises NoSpoolError, OSError."""

    def export(folder: Path, _limit: int) -> None:
        rows = reversed(spool_view.anchors(folder, _ALL))
        lines = [encode(AnchorFile(anchor=Anchor.model_validate_json(row.statement))) + b"\n" for row in rows]
        path.write_bytes(b"".join(lines))
        say(t(f"{len(lines)} anchors written to {path}", f"已将 {len(lines)} 个锚点写入 {path}"))

    return export


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
