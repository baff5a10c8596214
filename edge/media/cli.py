"""`shian edge media ...`: lists the pictures and clips of a station, and keeps them for a case."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from edge import settings as edge_settings
from edge.media.errors import MediaError
from process.language import t
from process.settings import SettingsError, load
from process.terminal import say, write_json

if TYPE_CHECKING:
    from edge.media.store import MediaStore

app = typer.Typer(no_args_is_help=True, help=t("Pictures and clips at the station.", "检测点保存的图片与视频片段。"))

Config = Annotated[
    Path | None, typer.Option("--config", "-c", help=t("The settings, edge.toml.", "配置文件 edge.toml。"))
]
Key = Annotated[UUID, typer.Argument(help=t("The camera event's key.", "摄像头事件的键 (key)。"))]


@app.command("list", help=t("The newest files, with the event they belong to.", "最新文件及其所属事件。"))
def list_files(
    config: Config = None,
    limit: Annotated[int, typer.Option(min=1, help=t("Rows at most.", "最多显示的行数。"))] = 50,
    as_json: Annotated[bool, typer.Option("--json", help=t("For programs.", "输出 JSON，供程序使用。"))] = False,
) -> None:
    from edge.media import listing  # noqa: PLC0415

    try:
        store = _store(config)
        rows = store.newest(limit)
    except MediaError as exc:
        raise _failure(str(exc)) from exc
    if as_json:
        write_json([listing.document(store, row) for row in rows], indent=2)
    else:
        listing.show(rows)


@app.command(
    help=t(
        "Keep what belongs to an event (also what comes later), for a case.",
        "因案件保留某事件的全部文件（含后续文件）。",
    )
)
def keep(
    key: Key,
    config: Config = None,
    release: Annotated[bool, typer.Option("--release", help=t("Do not keep it any more.", "取消保留。"))] = False,
) -> None:
    try:
        store = _store(config)
        if release:
            if not store.release(key):
                raise _failure(t(f"{key} was not kept", f"{key} 未被保留"))
            say(t(f"{key}: kept no more", f"{key}：已取消保留"))
            return
        files = store.keep(key)
    except MediaError as exc:
        raise _failure(str(exc)) from exc
    say(t(f"{key}: {files} files kept", f"{key}：已保留 {files} 个文件"))


@app.command(help=t("Delete now what is past its days or beyond its share.", "立即清理超过期限或超出磁盘份额的文件。"))
def prune(
    config: Config = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=t("Delete nothing.", "仅预览，不删除。"))] = False,
) -> None:
    from edge import status_file  # noqa: PLC0415
    from edge.station_clock import RELEASED  # noqa: PLC0415

    try:
        store = _store(config)
        state, now = status_file.read(store.folder.parent), datetime.now(UTC)
        is_time_known = now >= RELEASED and not (state and state.clock.trouble)
        pruned = store.prune(is_time_known=is_time_known, is_dry=dry_run)
    except MediaError as exc:
        raise _failure(str(exc)) from exc
    if not is_time_known:
        say(
            t(
                f"the clock is wrong ({now:%Y-%m-%d %H:%M}): no file is past its days",
                f"系统时钟有误（{now:%Y-%m-%d %H:%M}）：不按期限清理文件",
            ),
            err=True,
        )
    files, mib = pruned.files, f"{pruned.size / (1 << 20):.1f}"
    if dry_run:
        say(t(f"{files} files would be deleted ({mib} MiB)", f"将删除 {files} 个文件（{mib} MiB）"))
    else:
        say(t(f"{files} files deleted", f"已删除 {files} 个文件"))
    if pruned.stuck:
        say(t(f"WARNING: {pruned.stuck} could not be deleted", f"警告：{pruned.stuck} 个文件无法删除"), err=True)
    if pruned.lost:
        say(
            t(
                f"WARNING: {pruned.lost} of them never reached the centre",
                f"警告：其中 {pruned.lost} 个从未上传到中心",
            ),
            err=True,
        )


def _store(config: Path | None) -> "MediaStore":
    from edge.media.building import make_store  # noqa: PLC0415  the agent must not load it with the commands

    try:
        settings = load(edge_settings.EdgeSettings, config, edge_settings.PREFIX)
    except SettingsError as exc:
        raise _failure(str(exc)) from exc
    if not settings.data.exists():
        raise _failure(t(f"no agent has worked in {settings.data}", f"{settings.data} 中还没有代理运行过"))
    return make_store(settings.media, settings.data, clock=lambda: datetime.now(UTC))


def _failure(message: str) -> typer.Exit:
    say(*message.split("\n"), err=True)
    return typer.Exit(2)
