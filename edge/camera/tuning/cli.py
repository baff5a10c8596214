"""`shian edge camera score` and `test`: what a camera's settings find in a clip, and what a stream shows."""

from datetime import datetime, time
from pathlib import Path
from typing import Annotated

import typer

from edge.camera.detect.cli import Config, Folder, failure, open_models
from edge.camera.errors import CameraError
from process.language import t

_EXIT_POOR = 4

CameraName = Annotated[
    str | None, typer.Option("--camera", help=t("Which camera of --config.", "--config 中的摄像头名称。"))
]


def mount(app: typer.Typer) -> None:
    """The commands become those of `app`."""
    app.command(
        help=t(
            "Compare the events that the agent would report of a clip with what happens in it.",
            "将代理对一段录像报告的事件与真值比较并评分。",
        )
    )(score)


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
    local_time: Annotated[
        str | None,
        typer.Option(
            "--local-time",
            metavar="HH:MM",
            help=t(
                "Time of day at the first picture; else that of the truth, or 12:00.",
                "首帧的当地时间；缺省取真值文件，或 12:00。",
            ),
        ),
    ] = None,
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
        typer.echo(report.as_json(made))
    else:
        report.show(made)
    if strict and not made.score.is_perfect:
        raise typer.Exit(_EXIT_POOR)


def _time_of_day(text: str) -> time:
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007  a local time
    except ValueError as exc:
        raise failure(
            t(f"--local-time {text!r}: write it as in 02:00", f"--local-time {text!r}：格式如 02:00")
        ) from exc
