"""`shian edge camera test`: opens a stream, looks at it for a while, and reports. Nothing is sent."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path

import cv2

from edge.camera.building import make_analysis
from edge.camera.episodes import Change
from edge.camera.errors import CameraError, StreamUnavailableError
from edge.camera.settings import CameraSettings
from edge.camera.stream import open_stream
from edge.camera.tuning import plot, showing
from edge.camera.tuning.flow import Flow
from edge.camera.tuning.limits import limits_of
from edge.camera.tuning.reading import read_file, read_live, source_of
from edge.camera.tuning.sheet import make_sheet
from edge.camera.tuning.trial import Trial
from process.language import t
from process.terminal import say

_LIVE_S = 15.0
_FILE_S = 1800.0


class CannotOpenError(CameraError):
    """The stream cannot be opened; the message names it."""


class CannotWriteError(CameraError):
    """The pictures cannot be kept; the message names the folder."""


@dataclass(frozen=True, slots=True)
class Wish:
    """The wishes of the caller. `seconds` None: 15 of a stream, half an hour of a file, without end when `is_dry_run`.
    `to` None: a folder named after the camera. `begins`: the time of day to assume."""

    seconds: float | None
    to: Path | None
    is_dry_run: bool
    begins: time | None


def name_of(url: str) -> str:
    """Return a name for a camera that has none: its host, or its file."""
    _, marker, rest = url.partition("://")
    name = re.split(r"[/?#]", rest)[0].rpartition("@")[2] if marker else Path(url).stem
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:64] or "camera"


def try_out(camera: CameraSettings, models: Path, zone: tzinfo | None, wish: Wish) -> None:
    """Try a camera and report. `models`: the folder; `zone`: the station's, None: this machine's. Raises
    CameraError."""
    cv2.setNumThreads(1)
    analysis = make_analysis(camera, models)
    source = source_of(camera)
    try:
        stream = open_stream(source)
    except StreamUnavailableError as exc:
        raise CannotOpenError(f"{camera.url}: {exc}") from exc
    to = None if wish.is_dry_run else _folder(wish.to or Path(f"camera-test-{camera.name}"))
    trial = Trial(analysis, _local(zone, wish.begins), _teller(wish.is_dry_run), keeps=to is not None)
    flow = Flow()
    _say_begin(camera, wish)
    if source.is_live:
        seconds = wish.seconds or (None if wish.is_dry_run else _LIVE_S)
        trouble = read_live(stream, camera, trial=trial, flow=flow, seconds=seconds)
    else:
        trouble = read_file(stream, camera.rate, trial=trial, flow=flow, most_s=wish.seconds or _FILE_S)
    showing.show_flow(flow, trouble)
    showing.show_looks(trial, limits_of(camera.health))
    showing.show_events(trial)
    if not trial.count:
        raise StreamUnavailableError("no_picture", t("not one picture could be decoded", "没有解码出任何图像"))
    if to is not None:
        _keep(to, camera, trial)


def _say_begin(camera: CameraSettings, wish: Wish) -> None:
    if wish.is_dry_run:
        what = t("nothing is sent or stored; Ctrl-C ends it", "不发送也不保存；按 Ctrl-C 结束")
    else:
        what = t("nothing is sent", "不发送任何内容")
    say(f"{camera.name}: {camera.url}; {what}", err=True)


def _folder(path: Path) -> Path:
    """Make a folder for its owner alone, because people are to be seen in the pictures."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        raise CannotWriteError(f"--to {path}: {exc.strerror}") from exc
    return path


def _local(zone: tzinfo | None, begins: time | None) -> Callable[[float], datetime]:
    now = datetime.now().astimezone(zone)
    start = now if begins is None else datetime.combine(now.date(), begins, now.tzinfo)
    return lambda at_s: start + timedelta(seconds=at_s)


def _teller(is_dry_run: bool) -> Callable[[Change, datetime], None]:
    def tell(change: Change, local: datetime) -> None:
        if is_dry_run:
            say(showing.change_line(change, f"{local:%H:%M:%S}"))

    return tell


def _keep(to: Path, camera: CameraSettings, trial: Trial) -> None:
    """Write the sheet and the plot. Raises CannotWriteError."""
    sheet, chart = to / "sheet.png", to / "plot.png"
    title = f"{camera.name}: {trial.count} looks, {trial.looks[-1].at_s:.1f} s"
    try:
        is_made, coded = cv2.imencode(".png", make_sheet(trial.album.pictures, camera, title))
        assert is_made
        sheet.write_bytes(coded.tobytes())
        say(t(f"pictures: {sheet}", f"图片：{sheet}"))
        if plot.is_there():
            plot.write_plot(chart, trial.looks, trial.episodes, limits_of(camera.health), title)
            say(t(f"plot: {chart}", f"曲线图：{chart}"))
    except OSError as exc:
        raise CannotWriteError(f"{exc.filename or to}: {exc.strerror}") from exc
    if not plot.is_there():
        missing = t(
            "no plot: matplotlib is missing; pip install 'shian[edge,vision]'",
            "无曲线图：缺少 matplotlib；请执行 pip install 'shian[edge,vision]'",
        )
        say(missing, err=True)
