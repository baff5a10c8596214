"""The two runtimes of model files: onnxruntime and LiteRT. One thread each: a station has two cores for everything."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from edge.camera.detect.errors import ModelFormatError

Tensor = NDArray[np.float32]
Shape = tuple[int | None, ...]  # None: any size
_Zero = Literal[0, -128]
_ONNX_ZERO: Mapping[str, _Zero] = {"tensor(uint8)": 0, "tensor(int8)": -128}
_TFLITE_ZERO: Mapping[object, _Zero] = {np.uint8: 0, np.int8: -128}


@dataclass(frozen=True, slots=True)
class Port:
    """An input or an output of a model. `zero`: the picture is given as whole numbers of 8 bits, with this one for
    black."""

    name: str
    shape: Shape
    zero: _Zero | None = None

    def fill(self, picture: Tensor) -> NDArray[np.generic]:
        """Return `picture` in the type that the model takes."""
        if self.zero is None:
            return picture
        return picture.astype(np.uint8) if self.zero == 0 else (picture - 128).astype(np.int8)


class Runtime(Protocol):
    """A model that can be run. Not thread-safe."""

    @property
    def input(self) -> Port: ...

    @property
    def outputs(self) -> tuple[Port, ...]: ...

    def run(self, picture: Tensor) -> Mapping[str, Tensor]:
        """Run the model on `picture`, which has the shape of `input`.

        Returns the outputs by name, in the model's order, whole numbers scaled back."""
        ...


class OnnxRuntime:
    """An ONNX model. Raises ModelFormatError unless it has one picture as its input."""

    def __init__(self, path: Path, content: bytes) -> None:
        import onnxruntime  # noqa: PLC0415

        errors = importlib.import_module("onnxruntime.capi.onnxruntime_pybind11_state")
        # These errors have no base class of their own.
        self._errors = (
            errors.Fail, errors.InvalidArgument, errors.InvalidGraph, errors.InvalidProtobuf,
            errors.NotImplemented, errors.RuntimeException,
        )  # fmt: skip
        self._path = path
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except self._errors as exc:
            raise ModelFormatError(f"{path}: not an ONNX model: {exc}") from exc
        self.input = _only(path, [_onnx_port(port) for port in self._session.get_inputs()])
        self.outputs = tuple(_onnx_port(port) for port in self._session.get_outputs())
        self._names = [port.name for port in self.outputs]

    def run(self, picture: Tensor) -> Mapping[str, Tensor]:
        try:
            found = self._session.run(self._names, {self.input.name: self.input.fill(picture)})
        except self._errors as exc:
            raise ModelFormatError(f"{self._path}: the model cannot be run: {exc}") from exc
        return {name: np.asarray(value, np.float32) for name, value in zip(self._names, found, strict=True)}


class TfliteRuntime:
    """A TFLite model. Raises ModelFormatError unless it has one picture as its input."""

    def __init__(self, path: Path, content: bytes) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415
        except ImportError as exc:
            raise ModelFormatError(f"{path}: TFLite models need the package ai-edge-litert: {exc}") from exc
        self._path = path
        try:
            self._interpreter = Interpreter(model_content=content, num_threads=1)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as exc:
            raise ModelFormatError(f"{path}: not a TFLite model: {exc}") from exc
        inputs, self._found = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        self.input = _only(path, [_tflite_port(port) for port in inputs])
        self.outputs = tuple(_tflite_port(port) for port in self._found)
        self._index: int = inputs[0]["index"]

    def run(self, picture: Tensor) -> Mapping[str, Tensor]:
        try:
            self._interpreter.set_tensor(self._index, self.input.fill(picture))
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as exc:
            raise ModelFormatError(f"{self._path}: the model cannot be run: {exc}") from exc
        return {port["name"]: self._read(port) for port in self._found}

    def _read(self, detail: Mapping[str, object]) -> Tensor:
        value = self._interpreter.get_tensor(detail["index"])
        scale, zero = np.asarray(detail["quantization"], np.float32)
        return np.asarray(value, np.float32) if scale == 0 else (np.asarray(value, np.float32) - zero) * scale


def open_runtime(path: Path, content: bytes) -> Runtime:
    """Open a model with the runtime that the end of the file's name tells."""
    return OnnxRuntime(path, content) if path.suffix == ".onnx" else TfliteRuntime(path, content)


def _only(path: Path, ports: list[Port]) -> Port:
    if len(ports) != 1 or len(ports[0].shape) != 4:
        found = ", ".join(f"{port.name} {show(port.shape)}" for port in ports)
        raise ModelFormatError(f"{path}: expected one input of four dimensions, a picture; found {found or 'none'}")
    return ports[0]


def _onnx_port(node: object) -> Port:
    shape = tuple(side if isinstance(side, int) else None for side in getattr(node, "shape", ()))
    return Port(str(getattr(node, "name", "")), shape, _ONNX_ZERO.get(getattr(node, "type", "")))


def _tflite_port(detail: Mapping[str, object]) -> Port:
    shape = tuple(int(side) for side in np.asarray(detail["shape"]).ravel())
    return Port(str(detail["name"]), shape, _TFLITE_ZERO.get(detail["dtype"]))


def show(shape: Shape) -> str:
    return "[" + ", ".join("?" if side is None else str(side) for side in shape) + "]"
