"""Opens a model's file by its description, as a `Detector` or an `Embedder`. Opening tries the model once on a gray
picture."""

import threading
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from edge.camera.detect.contract import Detector, Embedder, Vector
from edge.camera.detect.description import Description, EmbeddingOutput, InputSettings
from edge.camera.detect.errors import ModelFormatError
from edge.camera.detect.layouts import Candidates, Layout, LayoutError, layout_of
from edge.camera.detect.picture import boxes_of, is_empty, prepare
from edge.camera.detect.runtimes import Runtime, Shape, Tensor, open_runtime, show
from edge.camera.view import Bgr, Box

_YUNET_STEP = 32  # the sides of its input are whole multiples


def open_model(path: Path, content: bytes, description: Description) -> Detector | Embedder:
    """Open a model. `content` holds the bytes of `path`. Raises ModelFormatError."""
    if description.output.layout == "yunet":
        return YunetDetector(path, content, description)
    runtime = open_runtime(path, content)
    layout = layout_of(description)
    if layout is None:
        return ModelEmbedder(path, runtime, description)
    return ModelDetector(path, runtime, layout, description)


class _Model:
    """A runtime with the shape of its input and a lock."""

    def __init__(self, path: Path, runtime: Runtime, picture: InputSettings) -> None:
        self.path = path
        self._runtime = runtime
        self._lock = threading.Lock()
        self._is_planar = _is_planar(path, runtime.input.shape, picture)

    @property
    def takes_bytes(self) -> bool:
        return self._runtime.input.zero is not None

    def run(self, pixels: Tensor) -> dict[str, Tensor]:
        """Run the model on `pixels`, height x width x 3, and return its outputs by name."""
        tensor = pixels.transpose(2, 0, 1) if self._is_planar else pixels
        with self._lock:
            return dict(self._runtime.run(np.ascontiguousarray(tensor[None])))


class ModelDetector:
    """Any detector whose outputs have one of the layouts."""

    def __init__(self, path: Path, runtime: Runtime, layout: Layout, description: Description) -> None:
        self._model = _Model(path, runtime, description.input)
        self._layout = layout
        self._description = description
        self.detect(_gray(description.input))

    @property
    def labels(self) -> tuple[str, ...]:
        return self._description.labels

    def detect(self, image: Bgr) -> Sequence[Box]:
        if is_empty(image):
            return []
        like = self._description
        pixels, placed = prepare(image, like.input, self._model.takes_bytes)
        return boxes_of(self._read(pixels), like, placed, image)

    def _read(self, pixels: Tensor) -> Candidates:
        try:
            return self._layout(self._model.run(pixels))
        except LayoutError as exc:
            raise ModelFormatError(f"{self._model.path}: {exc}") from exc


class ModelEmbedder:
    """Any model whose one output is a vector."""

    def __init__(self, path: Path, runtime: Runtime, description: Description) -> None:
        assert isinstance(description.output, EmbeddingOutput), "chosen by the layout"
        self._model = _Model(path, runtime, description.input)
        self._input = description.input
        self._size = description.output.size
        self.sha256 = description.sha256
        self.embed(_gray(description.input))

    def embed(self, image: Bgr) -> Vector:
        if is_empty(image):
            raise ValueError(f"an image of {image.shape}: no picture")
        pixels, _ = prepare(image, self._input, self._model.takes_bytes)
        found = self._model.run(pixels)
        value = next(iter(found.values()), np.empty(0, np.float32)).ravel()
        if len(found) != 1 or value.size != self._size:
            shapes = ", ".join(f"{name} {show(output.shape)}" for name, output in found.items())
            raise ModelFormatError(f"{self._model.path}: expected one output of {self._size} numbers; found {shapes}")
        length = float(np.linalg.norm(value))
        return np.asarray(value / length if length > 0 else value, np.float32)


class YunetDetector:
    """A detector of faces with cv2.FaceDetectorYN: the picture is made smaller to the model's width and height, never
    stretched."""

    def __init__(self, path: Path, content: bytes, description: Description) -> None:
        like = description
        self._description = like
        self._lock = threading.Lock()
        try:
            self._found = cv2.FaceDetectorYN.create(
                "onnx", np.frombuffer(content, np.uint8), np.empty(0, np.uint8), (like.input.width, like.input.height),
                like.score, like.overlap, 500,
            )  # fmt: skip
            self.detect(_gray(like.input))
        except cv2.error as exc:
            raise ModelFormatError(f"{path}: not a YuNet model: {exc}") from exc

    @property
    def labels(self) -> tuple[str, ...]:
        return self._description.labels[:1]

    def detect(self, image: Bgr) -> Sequence[Box]:
        if is_empty(image):
            return []
        to = self._description.input
        height, width = image.shape[:2]
        scale = min(to.width / width, to.height / height, 1.0)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        smaller = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1 else image
        # Rounded up by floor division of the negative.
        padded = tuple(-(-side // _YUNET_STEP) * _YUNET_STEP for side in size)
        filled = np.zeros((padded[1], padded[0], 3), np.uint8)
        filled[: size[1], : size[0]] = smaller
        with self._lock:
            self._found.setInputSize((padded[0], padded[1]))
            _, rows = self._found.detect(filled)
        made = [self._box(row, scale, width, height) for row in (rows if rows is not None else ())]
        return sorted((box for box in made if box is not None), key=lambda box: -box.score)

    def _box(self, row: Tensor, scale: float, width: int, height: int) -> Box | None:
        left, top = max(0.0, float(row[0]) / scale), max(0.0, float(row[1]) / scale)
        right = min(float(width), float(row[0] + row[2]) / scale)
        bottom = min(float(height), float(row[1] + row[3]) / scale)
        if not (right - left >= 1 and bottom - top >= 1):
            return None
        return Box(self.labels[0], min(1.0, float(row[-1])), left, top, right - left, bottom - top)


def _gray(picture: InputSettings) -> Bgr:
    return np.full((picture.height, picture.width, 3), 128, np.uint8)


def _is_planar(path: Path, shape: Shape, picture: InputSettings) -> bool:
    """Tell whether the channels come first. Raises ModelFormatError when the shape is not that of the description."""
    planar, packed = (1, 3, picture.height, picture.width), (1, picture.height, picture.width, 3)
    if _fits(shape, planar):
        return True
    if _fits(shape, packed):
        return False
    raise ModelFormatError(f"{path}: expected the input {show(planar)} or {show(packed)}; found {show(shape)}")


def _fits(shape: Shape, wanted: tuple[int, ...]) -> bool:
    return all(side in (None, want) for side, want in zip(shape, wanted, strict=True))
