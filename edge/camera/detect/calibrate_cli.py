"""`shian edge camera calibrate`: learn what a detector takes for people before one camera, while nobody is there."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.camera.detect.cli import Folder, failure, open_models
from edge.camera.errors import CameraError, StreamLostError
from process.language import t
from process.terminal import say

if TYPE_CHECKING:
    from edge.camera.settings import CameraSettings
    from edge.camera.view import Bgr

_EXIT_POOR = 4
_LEAST_PICTURES = 20


def mount(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(
        help=t(
            "Watch an empty scene, best for a quiet hour, and keep what looks like people in it, so that it is none.",
            "观察无人场景（最好一小时），记录其中易被误判为人的物品，此后不再误报。",
        )
    )(calibrate)


def calibrate(
    config: Annotated[Path, typer.Option("--config", "-c", help=t("The settings, edge.toml.", "配置文件 edge.toml。"))],
    camera: Annotated[
        str | None, typer.Option("--camera", help=t("Which camera of --config.", "--config 中的摄像头名称。"))
    ] = None,
    url: Annotated[
        str | None, typer.Option("--clip", help=t("A recording of the scene instead.", "改用该场景的录像。"))
    ] = None,
    seconds: Annotated[float, typer.Option(min=10, max=86400, help=t("How long.", "时长（秒）。"))] = 3600.0,
    folder: Folder = None,
) -> None:
    models = open_models(folder, config)
    from edge.camera.detect import calibration  # noqa: PLC0415
    from edge.camera.detect.life import Life  # noqa: PLC0415
    from edge.camera.detect.people import PeopleFinder  # noqa: PLC0415
    from edge.camera.tuning.chosen import camera_of  # noqa: PLC0415

    try:
        chosen = camera_of(config, camera, url)
        life = Life()
        finder = PeopleFinder(models.detector(chosen.detect.person), chosen.detect.score, life)
        now = datetime.now(UTC).replace(microsecond=0)
        made = calibration.calibrate(_frames(chosen, seconds), finder, life, now, chosen.detect.person)
    except CameraError as exc:
        raise failure(str(exc)) from exc
    if made.pictures < _LEAST_PICTURES:
        raise failure(t(f"only {made.pictures} pictures: too few", f"仅有 {made.pictures} 幅画面，数量不足"))
    if made.moving:
        say(
            t(
                f"somebody was there in {made.moving} of {made.pictures} pictures: nothing is kept; "
                "calibrate while nobody is there",
                f"{made.pictures} 幅画面中有 {made.moving} 幅出现人员：未保存；请在无人时校准",
            ),
            err=True,
        )
        raise typer.Exit(_EXIT_POOR)
    try:
        path = calibration.write_calibration(made, models.folder, chosen.name)
    except OSError as exc:
        raise failure(str(exc)) from exc
    count = len(made.things)
    say(
        t(
            f"{chosen.name}: {count} things that look like people, in {made.pictures} pictures; kept in {path}",
            f"{chosen.name}：{made.pictures} 幅画面中有 {count} 处易误判物品，已保存到 {path}",
        )
    )


def _frames(camera: "CameraSettings", seconds: float) -> Iterator[tuple[float, "Bgr"]]:
    """Yield a picture a second, for so long or until the stream ends."""
    from edge.camera.building import source_of_camera  # noqa: PLC0415
    from edge.camera.detect.sampling import frames_of  # noqa: PLC0415

    first_s: float | None = None
    try:
        for at_s, image in frames_of(source_of_camera(camera, camera.url), 1.0):
            first_s = at_s if first_s is None else first_s
            if at_s - first_s > seconds:
                return
            yield at_s, image
    except StreamLostError as exc:
        say(t(f"the stream was lost: {exc}", f"视频流中断：{exc}"), err=True)
