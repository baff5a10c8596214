"""The rows of `shian edge media list`."""

from datetime import UTC, datetime

from rich.table import Table

from edge.media.index import MediaRow
from edge.media.store import MediaStore
from process.console import Console, stacked
from process.language import t


def document(store: MediaStore, it: MediaRow) -> dict[str, object]:
    return {
        "sha256": it.sha256,
        "file": str(store.path(it.sha256, it.kind, stays=it.stays)),
        "type": it.kind,
        "size": it.size,
        "made_at": _moment(it.made_ms).isoformat(),
        "events": it.keys,
        "is_kept": it.is_kept,
        "stays": it.stays,
        "uploaded_at": it.uploaded_ms and _moment(it.uploaded_ms).isoformat(),
        "given_up": it.given_up,
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
    for it in rows:
        table.add_row(
            f"{_moment(it.made_ms).astimezone():%Y-%m-%d %H:%M:%S}",
            it.kind,
            f"{it.size / 1024:.0f}",
            stacked(*it.keys),
            _standing(it),
            t("yes", "是") if it.is_kept else "",
            it.sha256,
        )
    Console().print(table)


def _standing(it: MediaRow) -> str:
    if it.given_up:
        return t(f"not taken: {it.given_up}", f"被拒收：{it.given_up}")
    if it.stays:
        return t("stays here", "仅存本站")
    return t("yes", "是") if it.uploaded_ms else t("not yet", "未上传")


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
