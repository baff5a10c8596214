"""`shian edge model ...`: list, show and install the models of detectors."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge import settings as edge_settings
from edge.camera.detect.description import Description
from edge.camera.detect.errors import ModelError
from edge.camera.errors import VisionMissingError
from edge.camera.extra import check_vision
from edge.settings import EdgeSettings
from process.language import t
from process.settings import SettingsError, load
from process.terminal import say, say_over, write_json

if TYPE_CHECKING:
    from edge.camera.detect.models import Models

app = typer.Typer(no_args_is_help=True, help=t("Models of detectors.", "检测模型。"))

_FOLDER = EdgeSettings(station="any").models

Config = Annotated[
    Path | None, typer.Option("--config", "-c", help=t("The settings, edge.toml.", "配置文件 edge.toml。"))
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--models", help=t("The folder of the models; else models below `data`.", "模型目录；缺省为 data 下的 models。")
    ),
]


@app.command("list", help=t("Which models there are, and which are installed.", "列出可用模型及安装情况。"))
def list_models(
    folder: Folder = None,
    config: Config = None,
    as_json: Annotated[bool, typer.Option("--json", help=t("For programs.", "输出 JSON，供程序使用。"))] = False,
) -> None:
    models = open_models(folder, config)
    try:
        known = models.known()
        rows = [(like, models.has(name)) for name, like in sorted(known.items())]
    except ModelError as exc:
        raise failure(str(exc)) from exc
    if as_json:
        write_json([_document(*row) for row in rows], indent=2)
        return
    for like, is_here in rows:
        mark = t("installed", "已安装") if is_here else "-"
        purpose = t(like.purpose, like.purpose_zh or like.purpose)
        say(f"{like.name:<14}{mark:<11}{like.size / 1e6:>5.1f} MB  {like.licence:<14}{purpose}")
    say(t(f"folder: {models.folder}", f"目录：{models.folder}"))


@app.command(
    help=t(
        "Fetch a model of the catalogue by name, or take a file: one that the catalogue knows, or the description "
        "(.toml) of a model of your own with the model beside it.",
        "按名称下载目录中的模型，或从文件安装：目录已知的模型文件，或自有模型的描述文件（.toml，模型文件放在同一目录）。",
    )
)
def install(
    model: Annotated[str, typer.Argument(help=t("A name, or the path of a file.", "模型名称或文件路径。"))],
    folder: Folder = None,
    config: Config = None,
) -> None:
    from edge.camera.detect import install as installing  # noqa: PLC0415

    models = open_models(folder, config)
    try:
        if "/" in model or model.endswith((".toml", ".onnx", ".tflite")):
            name, path = installing.install_file(models, Path(model))
        else:
            name = model
            with installing.client() as client:
                path = installing.install_by_name(models, name, client, _show_progress)
    except ModelError as exc:
        raise failure(str(exc)) from exc
    say(t(f"{name}: installed at {path}", f"{name}：已安装到 {path}"))


@app.command(
    help=t(
        "One model: its licence, address, hash, and whether it runs.", "查看一个模型：许可、地址、校验值与能否运行。"
    )
)
def show(
    model: Annotated[str, typer.Argument(help=t("A name, or the path of a model file.", "模型名称或模型文件路径。"))],
    folder: Folder = None,
    config: Config = None,
) -> None:
    models = open_models(folder, config)
    try:
        if "/" in model or model.endswith((".onnx", ".tflite")):
            _show_file(Path(model))
            return
        like = models.describe(model)
        write_json(_document(like, models.has(model)), indent=2)
        if models.has(model):
            _ = models.embedder(model) if like.output.layout == "embedding" else models.detector(model)
            say(t("the file is the right one, and runs", "文件校验一致，可以运行"), err=True)
    except ModelError as exc:
        raise failure(str(exc)) from exc


def open_models(folder: Path | None, config: Path | None) -> "Models":
    """Return the models of the named folder, or of the folder in the settings."""
    try:
        check_vision()
        from edge.camera.detect.models import Models  # noqa: PLC0415

        if folder is None:
            folder = load(EdgeSettings, config, edge_settings.PREFIX).models if config else _FOLDER
        return Models(folder)
    except (SettingsError, VisionMissingError) as exc:
        raise failure(str(exc)) from exc


def failure(message: str) -> typer.Exit:
    say(*message.split("\n"), err=True)
    return typer.Exit(2)


def _show_file(path: Path) -> None:
    """Print the facts that a description of the file needs."""
    from edge.camera.detect.install import sha256_of  # noqa: PLC0415
    from edge.camera.detect.runtimes import open_runtime, show  # noqa: PLC0415

    sha256, size = sha256_of(path)
    say(f'file = "{path.name}"', f'sha256 = "{sha256}"', f"size = {size}")
    runtime = open_runtime(path, path.read_bytes())
    say(f"# input {runtime.input.name} {show(runtime.input.shape)}")
    for port in runtime.outputs:
        say(f"# output {port.name} {show(port.shape)}")


def _document(like: Description, is_here: bool) -> dict[str, object]:
    chosen = like.model_dump(
        mode="json", include={"name", "purpose", "purpose_zh", "licence", "upstream", "address", "sha256", "size"}
    )
    return {**chosen, "labels": list(like.labels), "installed": is_here}


def _show_progress(had: int, size: int) -> None:
    if sys.stderr.isatty():
        say_over(f"{had / 1e6:.1f} / {size / 1e6:.1f} MB")
        if had >= size:
            say(err=True)
