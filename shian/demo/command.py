"""`shian demo`: steers a running demo district from another terminal."""

from pathlib import Path
from typing import Annotated

import typer

from process.ending import event_on_signals
from process.language import t
from process.terminal import say
from shian.demo.control import Request, ask
from shian.demo.district import read
from shian.failures import CannotError
from shian.local.folders import chosen_data

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help=t("Steer a running demo district", "操控正在运行的示范区")
)


@app.callback()
def _root() -> None: ...


@app.command(help=t("The next sample fails, at one station or at any", "让下一个样品不合格（指定或任意检测点）"))
def fail(
    station: Annotated[str | None, typer.Option(help=t("name of the station", "检测点名称"))] = None,
    data: Annotated[Path | None, typer.Option(help=t("folder of `shian up`", "shian up 的数据目录"))] = None,
) -> None:
    answer = ask(chosen_data(data, is_demo=True), Request(action="fail", station=station))
    if not answer.is_done:
        raise CannotError(answer.text)
    say(answer.text)


@app.command(help=t("Draw the cameras' films and write their truth files", "生成摄像头的示范视频及其真值文件"))
def films(
    folder: Annotated[Path, typer.Argument(help=t("where they go", "存放目录"))],
    width: Annotated[int, typer.Option(min=320, max=1920, help=t("in pixels; 16:9", "宽度（像素），16:9"))] = 640,
    only: Annotated[
        list[str] | None, typer.Option(help=t("this film; may be repeated", "仅生成该视频，可多次给出"))
    ] = None,
    district: Annotated[
        Path | None, typer.Option(help=t("of this district, in place of the shipped one", "使用该示范区文件"))
    ] = None,
) -> None:
    _need_vision()
    from shian.demo.scenes.film import NoEncoderError  # noqa: PLC0415  not without the extra
    from shian.demo.scenes.making import make_films, plans  # noqa: PLC0415

    chosen = read(district)
    if unknown := set(only or ()) - plans(chosen).keys():
        known = ", ".join(plans(chosen))
        raise CannotError(
            t(f"no film {min(unknown)!r}; there are: {known}", f"没有视频 {min(unknown)!r}；现有：{known}")
        )
    try:
        make_films(chosen, folder, width, only or ())
    except NoEncoderError as exc:
        raise CannotError(str(exc)) from exc


@app.command(hidden=True, help=t("Draw the cameras, live: a part of the demo", "实时生成摄像头画面（示范区的一部分）"))
def cameras(port: Annotated[int, typer.Option()], district: Annotated[Path | None, typer.Option()] = None) -> None:
    ending = event_on_signals()
    _need_vision()
    from shian.demo.scenes.film import NoEncoderError  # noqa: PLC0415  not without the extra
    from shian.demo.scenes.live import serve  # noqa: PLC0415
    from shian.demo.scenes.making import plans  # noqa: PLC0415

    try:
        serve(port, plans(read(district)), ending)
    except NoEncoderError as exc:
        raise CannotError(str(exc)) from exc


def _need_vision() -> None:
    from edge.camera.errors import VisionMissingError  # noqa: PLC0415
    from edge.camera.extra import check_vision  # noqa: PLC0415

    try:
        check_vision()
    except VisionMissingError as exc:
        raise CannotError(str(exc)) from exc
