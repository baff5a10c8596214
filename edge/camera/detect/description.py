"""The description of a model in data: its file, its input, and the layout of its outputs. docs/cameras.md lists the
keys."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from edge.camera.detect.errors import DescriptionError
from process.language import t
from process.settings import Settings, SettingsError, load

_CATALOGUE = Path(__file__).with_name("catalogue.toml")
_Pixels = Annotated[int, Field(ge=16, le=4096)]
_Three = tuple[float, float, float]
_Positive = Annotated[float, Field(gt=0)]
_Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class InputSettings(Settings):
    """The input of a model. The picture is stretched to width x height, then each channel becomes `(value - mean) /
    std`, value 0 to 255. A model that takes bytes is given the bytes."""

    width: _Pixels
    height: _Pixels
    colour: Annotated[Literal["bgr", "rgb"], Field(description="the order of the channels")]
    mean: _Three = (0.0, 0.0, 0.0)
    std: tuple[_Positive, _Positive, _Positive] = (255.0, 255.0, 255.0)
    letterbox: Annotated[bool, Field(description="keep the proportions, the rest is gray (114)")] = False


class FastestDetOutput(Settings):
    """One tensor [1, 5 + labels, rows, columns]: objectness, x, y, width, height, then a score a label."""

    layout: Literal["fastestdet"]


class AnchorsOutput(Settings):
    """Two tensors, [1, N, 4] offsets from anchors and [1, N, labels] scores, as in SSD. Sizes as shares of the picture.
    A grid has an anchor a size at the first ratio, and one a further ratio at the first size."""

    layout: Literal["anchors"]
    grids: Annotated[tuple[Annotated[int, Field(ge=1, le=512)], ...], Field(min_length=1, max_length=16)]
    sizes: tuple[tuple[_Positive, ...], ...]
    ratios: Annotated[tuple[_Positive, ...], Field(min_length=1)]
    variances: tuple[_Positive, _Positive] = (0.1, 0.2)

    @model_validator(mode="after")
    def _check_sizes(self) -> Self:
        if len(self.sizes) != len(self.grids) or not all(self.sizes):
            raise ValueError(
                t("as many lists of sizes as grids, none empty", "sizes 的组数须与 grids 相同，且均不为空")
            )
        return self


class YunetOutput(Settings):
    """The output of YuNet: cv2.FaceDetectorYN reads the file by itself."""

    layout: Literal["yunet"]


class YoloOutput(Settings):
    """One tensor [1, N, 4 + labels] or [1, N, 5 + labels] (with objectness), or the same with the axes swapped."""

    layout: Literal["yolo"]
    has_objectness: bool
    corners: Annotated[bool, Field(description="x1 y1 x2 y2 instead of centre, width, height")] = False
    pixels: Annotated[bool, Field(description="in pixels of the input; else shares of it")] = True


class BoxesOutput(Settings):
    """Tensors of their own: boxes [1, N, 4], scores [1, N], classes [1, N], by their names or their places (0, 1,
    2)."""

    layout: Literal["boxes"]
    boxes: str | int = 0
    scores: str | int = 1
    classes: str | int = 2
    order: Literal["xyxy", "yxyx"] = "yxyx"
    pixels: bool = False


class EmbeddingOutput(Settings):
    """One tensor of `size` numbers."""

    layout: Literal["embedding"]
    size: Annotated[int, Field(ge=2, le=65536)]


Output = Annotated[
    FastestDetOutput | AnchorsOutput | YunetOutput | YoloOutput | BoxesOutput | EmbeddingOutput,
    Field(discriminator="layout"),
]


class Description(Settings):
    """A model. `file` is a name without folders: it lies in the folder of the models."""

    name: _Name
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}\.(onnx|tflite)$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(gt=0, le=2**30, description="bytes")]
    purpose: str
    purpose_zh: str = ""
    licence: str
    upstream: str = ""
    address: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    labels: tuple[str, ...] = ()
    score: Annotated[float, Field(gt=0, lt=1, description="what is less sure is left out")] = 0.3
    overlap: Annotated[float, Field(gt=0, lt=1, description="intersection over union of two boxes of one thing")] = 0.45
    input: InputSettings
    output: Output

    @property
    def kind(self) -> Literal["onnx", "tflite"]:
        return "onnx" if self.file.endswith(".onnx") else "tflite"

    @model_validator(mode="after")
    def _check_labels(self) -> Self:
        if not self.labels and self.output.layout != "embedding":
            raise ValueError(t("labels: a detector has one at least", "labels：检测模型至少要有一个标签"))
        if self.output.layout == "yunet" and self.kind != "onnx":
            raise ValueError(t("yunet is an ONNX file", "yunet 须为 ONNX 文件"))
        return self


class _Catalogue(Settings):
    model: tuple[Description, ...] = ()


def read_description(path: Path) -> Description:
    """Read a description. Raises DescriptionError."""
    try:
        return load(Description, path, prefix="", environ={})
    except SettingsError as exc:
        raise DescriptionError(str(exc)) from exc


def read_catalogue(path: Path = _CATALOGUE) -> dict[str, Description]:
    """Return the models that the project knows, by name."""
    try:
        found = load(_Catalogue, path, prefix="", environ={}).model
    except SettingsError as exc:
        raise DescriptionError(str(exc)) from exc
    return {model.name: model for model in found}
