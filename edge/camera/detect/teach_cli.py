"""`shian edge camera teach` and `collect`: a head that tells hats from none, made from the site's own pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.camera.detect.cli import Config, Folder, failure, open_models
from edge.camera.detect.errors import ModelError
from edge.camera.errors import CameraError
from process.language import t
from process.terminal import say

if TYPE_CHECKING:
    from edge.camera.detect.heads import Head

_EXIT_POOR = 4


def mount(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command(
        help=t(
            "Make a head from labelled crops: a folder a class, 20 to 50 crops each. Nothing is saved when "
            "cross-validation is poor.",
            "用已标注的截图训练分类头：每类一个文件夹，每类 20 至 50 张。交叉验证结果不佳时不保存。",
        )
    )(teach)
    app.command(
        help=t(
            "Gather crops of heads from a stream or a clip, to be sorted into a folder a class.",
            "从视频流或片段中截取头部图片，供人工分类到各类文件夹。",
        )
    )(collect)


def teach(
    name: Annotated[str, typer.Argument(help=t("Its name; rules know it as `model`.", "名称，即规则中的 model。"))],
    crops: Annotated[Path, typer.Option("--from", help=t("The folder of the classes.", "各类别所在的文件夹。"))],
    folder: Folder = None,
    config: Config = None,
    embedder: Annotated[str, typer.Option(help=t("The embedding.", "特征模型。"))] = "mnv1_embed",
) -> None:
    models = open_models(folder, config)
    from edge.camera.detect import heads  # noqa: PLC0415
    from edge.camera.detect.crops import read_crops  # noqa: PLC0415

    try:
        head = heads.teach(read_crops(crops), models.embedder(embedder), embedder)
        _print_scores(head)
        if heads.is_poor(head):
            say(_poor(), err=True)
            raise typer.Exit(_EXIT_POOR)
        path = heads.head_path(models.folder, name)
        heads.save_head(path, head)
    except ModelError as exc:
        raise failure(str(exc)) from exc
    say(t(f"saved: {path}", f"已保存：{path}"))


def collect(
    url: Annotated[str, typer.Argument(help=t("A stream or a file.", "视频流地址或文件。"))],
    to: Annotated[Path, typer.Option("--to", help=t("The folder for the crops.", "截图保存到的文件夹。"))],
    *,
    folder: Folder = None,
    config: Config = None,
    most: Annotated[int, typer.Option(min=1, max=1000, help=t("Crops at most.", "最多截取的张数。"))] = 100,
    every_s: Annotated[float, typer.Option("--every", min=0.1, help=t("Seconds.", "间隔秒数。"))] = 2.0,
    least_px: Annotated[int, typer.Option("--least", min=16, help=t("Pixels.", "最小像素。"))] = 48,
    username: Annotated[str, typer.Option(help=t("Of the camera.", "摄像头用户名。"))] = "",
    password_file: Annotated[Path | None, typer.Option(help=t("Of the camera.", "摄像头密码文件。"))] = None,
) -> None:
    models = open_models(folder, config)
    from edge.camera.detect.crops import heads_of, write_crops  # noqa: PLC0415
    from edge.camera.detect.people import PeopleFinder  # noqa: PLC0415
    from edge.camera.detect.sampling import frames_of  # noqa: PLC0415
    from edge.camera.stream import Source  # noqa: PLC0415

    try:
        finder = PeopleFinder(models.detector("fastestdet"), 0.3)
        frames = frames_of(Source(url, username, password_file), every_s)
        made = write_crops(heads_of(frames, finder, least_px), to, most)
    except CameraError as exc:
        raise failure(str(exc)) from exc
    say(t(f"{made} crops in {to}", f"{to} 中有 {made} 张截图"))


def _print_scores(head: "Head") -> None:
    say(
        t(
            f"by cross-validation, telling only what is at least {head.threshold:.2f} sure:",
            f"交叉验证结果（把握不低于 {head.threshold:.2f} 才作判断）：",
        )
    )
    for label, crops, recall, wrong in zip(head.labels, head.crops, head.recall, head.wrong, strict=True):
        unsure = 1 - recall - wrong
        say(
            t(
                f"  {label:<16}{crops:>4} crops   right {recall:.2f}   wrong {wrong:.2f}   not told {unsure:.2f}",
                f"  {label:<16}{crops:>4} 张   正确 {recall:.2f}   错误 {wrong:.2f}   未判断 {unsure:.2f}",
            )
        )


def _poor() -> str:
    return t(
        "this is poor: nothing was saved. More crops of more people, days and light help; so does a larger head.",
        "结果不佳，未保存。请增加不同人员、日期与光照下的截图，或让头部在画面中更大。",
    )
