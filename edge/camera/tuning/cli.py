"""`shian edge camera score` and `test`: score a camera's settings on a clip, and try them on a stream."""

from datetime import datetime, time
from pathlib import Path
from typing import Annotated

import typer

from edge.camera.detect.cli import Config, Folder, failure, open_models
from edge.camera.errors import CameraError
from process.language import t
from process.terminal import write_json

_EXIT_POOR = 4

CameraName = Annotated[
    str | None, typer.Option("--camera", help=t("Which camera of --config.", "--config 中的摄像头名称。"))
]

LocalTime = Annotated[
    str | None,
    typer.Option(
        "--local-time",
        metavar="HH:MM",
        help=t("Time of day at the first picture, for opening hours.", "首帧的当地时间，用于营业时间判断。"),
    ),
]


def mount(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command(
        help=t(
            "Compare the events that the agent would report of a clip with what happens in it.",
            "将代理对一段录像报告的事件与真值比较并评分。",
        )
    )(score)
    app.command(
        name="test",
        help=t(
            "Open a stream, say what it shows and what would be reported; keep a sheet of pictures and a plot.",
            "打开视频流，说明画面情况与代理将上报的事件，并保存图片汇总与曲线图。",
        ),
    )(try_camera)


def score(
    clip: Annotated[Path, typer.Argument(help=t("A recorded clip.", "录像文件。"))],
    truth: Annotated[
        Path | None,
        typer.Argument(
            help=t(
                "What happens in it (.toml, .json, .csv); else the file beside it.",
                "真值文件（.toml、.json、.csv）；缺省为录像旁的同名文件。",
            )
        ),
    ] = None,
    *,
    config: Config = None,
    camera: CameraName = None,
    local_time: LocalTime = None,
    rate: Annotated[
        float | None,
        typer.Option(min=0.1, max=15, help=t("Looks a second; else the camera's.", "每秒分析次数；缺省按摄像头配置。")),
    ] = None,
    detector: Annotated[
        str | None,
        typer.Option(
            help=t(
                "A model that finds people: scored frame by frame, too, against events of the kind person.",
                "检测人员的模型：另按 person 事件逐帧评分。",
            )
        ),
    ] = None,
    folder: Folder = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help=t("Exit code 4 when anything is missed or false.", "有漏报或误报时退出码为 4。")),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=t("For programs.", "输出 JSON，供程序使用。"))] = False,
) -> None:
    models = open_models(folder, config)
    from edge.camera.tuning import report  # noqa: PLC0415
    from edge.camera.tuning.chosen import camera_at, camera_of  # noqa: PLC0415
    from edge.camera.tuning.scoring import scored  # noqa: PLC0415

    at = _time_of_day(local_time) if local_time else None
    try:
        chosen = camera_of(config, camera) if config else camera_at("clip", "clip")
        made = scored(clip, truth, chosen, models.folder, rate=rate, local_time=at, detector=detector)
    except CameraError as exc:
        raise failure(str(exc)) from exc
    if as_json:
        write_json(report.as_document(made), indent=2)
    else:
        report.show(made)
    if strict and not made.score.is_perfect:
        raise typer.Exit(_EXIT_POOR)


def try_camera(
    url: Annotated[
        str | None,
        typer.Argument(
            help=t(
                "A stream, a device or a file; else that of --camera.", "视频流、设备或文件；缺省为 --camera 的地址。"
            )
        ),
    ] = None,
    *,
    config: Config = None,
    camera: CameraName = None,
    username: Annotated[str, typer.Option(help=t("Of the camera.", "摄像头用户名。"))] = "",
    password_file: Annotated[Path | None, typer.Option(help=t("Of the camera.", "摄像头密码文件。"))] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=1,
            max=3600,
            help=t(
                "How long; else 15 of a stream, 1800 of a file, which is read as fast as it goes.",
                "时长；缺省视频流 15 秒，文件至多 1800 秒（不按实时速度读取）。",
            ),
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            help=t("Folder for the pictures; else camera-test-NAME.", "图片保存的文件夹；缺省 camera-test-名称。"),
        ),
    ] = None,
    local_time: LocalTime = None,
    folder: Folder = None,
    is_dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help=t(
                "Until Ctrl-C: a line for each event as it happens; nothing is sent or stored.",
                "持续运行至 Ctrl-C：逐行显示事件，不发送也不保存。",
            ),
        ),
    ] = False,
) -> None:
    models = open_models(folder, config)
    from edge.camera.tuning.chosen import camera_at, camera_of, zone_of  # noqa: PLC0415
    from edge.camera.tuning.trying import Wish, name_of, try_out  # noqa: PLC0415
    from process import logs  # noqa: PLC0415

    at = _time_of_day(local_time) if local_time else None
    if not config and not url:
        raise failure(t("say which: a url, or --config and --camera", "请给出地址，或 --config 与 --camera"))
    logs.configure("warning")
    try:
        if config:
            chosen, zone = camera_of(config, camera, url), zone_of(config)
        else:
            chosen, zone = camera_at(name_of(url or ""), url or "", username, password_file), None
        try_out(chosen, models.folder, zone, Wish(seconds, to, is_dry_run, at))
    except CameraError as exc:
        raise failure(str(exc)) from exc


def _time_of_day(text: str) -> time:
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007  a local time
    except ValueError as exc:
        raise failure(
            t(f"--local-time {text!r}: write it as in 02:00", f"--local-time {text!r}：格式如 02:00")
        ) from exc
