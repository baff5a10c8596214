"""The rows of `shian edge media list`."""

from datetime import UTC, datetime

from rich.table import Table

from edge.media.index import MediaRow
from edge.media.store import MediaStore
from process.console import Console, stacked
from process.language import t


def document(store: MediaStore, row: MediaRow) -> dict[str, object]:
    return {
        "sha256": row.sha256,
        "file": str(store.path(row.sha256, row.kind, stays=row.stays)),
        "type": row.kind,
        "size": row.size,
        "made_at": _moment(row.made_ms).isoformat(),
        "events": row.keys,
        "is_kept": row.is_kept,
        "stays": row.stays,
        "uploaded_at": row.uploaded_ms and _moment(row.uploaded_ms).isoformat(),
        "given_up": row.given_up,
    }


def show(rows: list[MediaRow]) -> None:
    table = Table()
    for title in (
        t("made", "生成时间"),
        t("type", "类型"),
        t("KiB", "KiB"),
        t("event", "事件"),
        t("at the centre", "中心"),
        t("kept", "保留"),
        "sha256",
    ):
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(
            f"{_moment(row.made_ms).astimezone():%Y-%m-%d %H:%M:%S}",
            row.kind,
            f"{row.size / 1024:.0f}",
            stacked(*row.keys),
            _standing(row),
            t("yes", "是") if row.is_kept else "",
            row.sha256,
        )
    Console().print(table)


def _standing(row: MediaRow) -> str:
    if row.given_up:
        return t(f"not taken: {row.given_up}", f"被拒收：{row.given_up}")
    if row.stays:
        return t("stays here", "仅存本站")
    return t("yes", "是") if row.uploaded_ms else t("not yet", "未上传")


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
