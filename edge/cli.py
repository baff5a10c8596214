"""`shian edge ...`: runs the agent, and shows its state."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edge import lean
from edge import settings as edge_settings
from edge.camera.cli import app as camera_app
from edge.camera.detect.cli import app as model_app
from edge.enrolment.cli import enroll
from edge.media.cli import app as media_app
from edge.samples.import_cli import import_file
from edge.screen.cli import screen
from edge.settings import EdgeSettings
from process.checks import options
from process.ending import event_on_signals
from process.language import t
from process.private_files import refuse_open
from process.settings import SettingsError, load, read
from process.terminal import say, write_json

if TYPE_CHECKING:
    from edge.agent import Agent

app = typer.Typer(no_args_is_help=True, help=t("The agent at a station.", "检测点代理。"))
config_app = typer.Typer(no_args_is_help=True, help=t("The agent's settings.", "代理的配置。"))
app.add_typer(config_app, name="config")
app.add_typer(camera_app, name="camera")
app.add_typer(media_app, name="media")
app.add_typer(model_app, name="model")
app.command("import", help=t("Take in results of another program's file.", "导入其他软件导出的检测结果文件。"))(
    import_file
)
app.command(help=t("Serve the station's own screen.", "启动检测点工作屏。"))(screen)
app.command(help=t("Enrol this station by a one-time code.", "用一次性登记码登记本检测点。"))(enroll)

_EXIT_BROKEN = 3

Config = Annotated[
    Path | None, typer.Option("--config", "-c", help=t("The settings, edge.toml.", "配置文件 edge.toml。"))
]
AsJson = Annotated[bool, typer.Option("--json", help=t("For programs.", "输出 JSON，供程序使用。"))]
PrintConfig = Annotated[
    bool,
    typer.Option("--print-config", help=t("Print the settings in force and end.", "打印生效的配置后退出。")),
]


@app.command(help=t("Run the agent until SIGTERM.", "运行代理，直到收到 SIGTERM。"))
def run(config: Config = None, print_config: PrintConfig = False) -> None:
    settings = _load(config)
    if print_config:
        _print_settings(settings)
        return
    _refuse_open(settings)
    _check_needed(settings, config)
    lean.import_structlog_without_rich()
    lean.share_one_heap()
    # Imported here: `status` needs neither MQTT nor serial ports.
    from edge.errors import EdgeError  # noqa: PLC0415
    from process import bounds, logs  # noqa: PLC0415

    bounds.begin()
    logs.configure(settings.log_level)
    stop = event_on_signals()
    try:
        is_whole = _agent(settings).run(stop)
    except EdgeError as exc:
        raise _failure(str(exc)) from exc
    except OSError as exc:
        raise _failure(f"{t('cannot start', '无法启动')}: {exc}") from exc
    if not is_whole:
        raise typer.Exit(_EXIT_BROKEN)


@app.command(help=t("What the agent is doing and what its spool holds.", "代理的工作状态与本地队列。"))
def status(config: Config = None, as_json: AsJson = False) -> None:
    from edge.commands import status as status_view  # noqa: PLC0415

    folder = _load(config).data
    if as_json:
        write_json(status_view.as_document(folder), indent=2)
    else:
        status_view.show(folder)


@app.command(
    help=t("What waits, what was refused and why, and dead letters.", "待发、被拒（及原因）与无法解码的数据。")
)
def outbox(
    config: Config = None,
    limit: Annotated[int, typer.Option(min=1, help=t("Rows of each kind.", "每类最多显示的行数。"))] = 20,
    as_json: AsJson = False,
) -> None:
    from edge.commands import outbox as outbox_view  # noqa: PLC0415

    _show_spool(_load(config).data, limit, outbox_view.as_document, outbox_view.show, as_json=as_json)


@app.command(
    help=t(
        "The last results that were folded as repeats: what was recorded, and what came again.",
        "最近被合并的重复结果：首次记录的内容与再次收到的内容。",
    )
)
def repeats(
    config: Config = None,
    limit: Annotated[int, typer.Option(min=1, help=t("Rows at most.", "最多显示的行数。"))] = 20,
    as_json: AsJson = False,
) -> None:
    from edge.commands import repeats as repeats_view  # noqa: PLC0415

    _show_spool(_load(config).data, limit, repeats_view.as_document, repeats_view.show, as_json=as_json)


@app.command(
    help=t(
        "The anchors that the centre has shown: what this station can bear witness of.",
        "中心出示过的锚点：本站可据此作证。",
    )
)
def heads(
    config: Config = None,
    limit: Annotated[int, typer.Option(min=1, help=t("Rows at most.", "最多显示的行数。"))] = 20,
    export: Annotated[
        Path | None,
        typer.Option(
            help=t(
                "Write all of them into this file, for shian verify --anchor.",
                "全部写入该文件，供 shian verify --anchor 使用。",
            )
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    from edge.commands import heads as heads_view  # noqa: PLC0415

    show = heads_view.into(export) if export else heads_view.show
    _show_spool(_load(config).data, limit, heads_view.as_document, show, as_json=as_json and export is None)


@app.command(
    help=t(
        "Record again what is left in spools that were put aside as damaged. Stop the agent first.",
        "把因损坏而搁置的本地队列中剩余的记录重新入列。请先停止代理。",
    )
)
def salvage(config: Config = None, as_json: AsJson = False) -> None:
    from edge.commands import salvage as salvage_command  # noqa: PLC0415
    from edge.errors import EdgeError, SpoolLockedError  # noqa: PLC0415

    try:
        done = salvage_command.salvage(_load(config))
    except SpoolLockedError as exc:
        message = t(
            "the agent is running: stop it, salvage, start it again", "代理正在运行：请先停止代理，执行后再启动"
        )
        raise _failure(f"{message} ({exc})") from exc
    except (EdgeError, OSError) as exc:
        raise _failure(str(exc)) from exc
    if as_json:
        write_json(salvage_command.as_document(done), indent=2)
    else:
        say(*salvage_command.as_lines(done))


@config_app.command(
    help=t("Check the settings, and everything that they name.", "检查配置及其中指定的文件、端口和地址。")
)
def check(
    config: Config = None,
    print_config: PrintConfig = False,
    offline: options.Offline = False,
    deadline: options.Deadline = options.DEADLINE_S,
    as_json: options.AsJson = False,
) -> None:
    from edge.commands.check import look, questions  # noqa: PLC0415
    from process.checks.command import check_settings  # noqa: PLC0415

    settings = check_settings(
        EdgeSettings,
        config,
        edge_settings.PREFIX,
        look,
        questions,
        offline=offline,
        deadline_s=deadline,
        as_json=as_json,
    )
    if print_config:
        _print_settings(settings)
    elif not as_json:
        devices, cameras = len(settings.device), len(settings.camera)
        counted = t(f"{devices} devices", f"设备 {devices} 台")
        if cameras:
            counted += t(f", {cameras} cameras", f"，摄像头 {cameras} 个")
        say(t(f"ok: station {settings.station}, {counted}", f"正常：检测点 {settings.station}，{counted}"))


def _show_spool(
    folder: Path,
    limit: int,
    as_document: Callable[[Path, int], dict[str, Any]],
    show: Callable[[Path, int], None],
    *,
    as_json: bool,
) -> None:
    """Print the part of the spool in `folder` that a view reads, for a program or for a person."""
    from edge.spool.view import NoSpoolError  # noqa: PLC0415

    try:
        if as_json:
            write_json(as_document(folder, limit), indent=2)
        else:
            show(folder, limit)
    except NoSpoolError as exc:
        raise _failure(str(exc)) from exc


def _load(config: Path | None) -> EdgeSettings:
    try:
        return load(EdgeSettings, config, edge_settings.PREFIX)
    except SettingsError as exc:
        raise _failure(str(exc)) from exc


def _refuse_open(settings: EdgeSettings) -> None:
    try:
        refuse_open(settings)
    except SettingsError as exc:
        raise _failure(str(exc)) from exc


def _check_needed(settings: EdgeSettings, config: Path | None) -> None:
    """Check what the agent cannot start without, and tell all of it at once."""
    from edge.commands.needed import needed  # noqa: PLC0415

    source = read(config, edge_settings.PREFIX)
    found = list(needed(settings))
    for finding in found:
        say(source.say(finding.key, finding.text), err=True)
    if any(finding.is_fault for finding in found):
        raise typer.Exit(options.EXIT_FAULTS)


def _agent(settings: EdgeSettings) -> "Agent":
    from edge.agent import Agent  # noqa: PLC0415

    return Agent(settings)


def _print_settings(settings: EdgeSettings) -> None:
    write_json(settings.model_dump(mode="json"), indent=2)


def _failure(message: str) -> typer.Exit:
    say(*message.split("\n"), err=True)
    return typer.Exit(options.EXIT_FAULTS)
