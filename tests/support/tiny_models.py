"""Models of a few hundred bytes that look at colours, in the formats and output layouts of real ones.

The picture is cut into `CELLS` x `CELLS` cells; what a model says of a cell hangs on the cell's mean colour, so that a
coloured square is something to find and its place is known.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import flatbuffers
import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray
from onnx import TensorProto, helper

from edge.camera.view import Bgr

CELL = 16
CELLS = 4
SIDE = CELL * CELLS
_COUNT = CELLS * CELLS

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Out:
    """An output: rows of `colours` (K x 3, blue green red from 0 to 1) plus `given` (K x cells), as the form says."""

    name: str
    colours: Array
    given: Array
    form: Literal["grid", "rows", "columns", "flat"]


def onnx_model(*outs: Out) -> bytes:
    """Return a model with the input [1, 3, SIDE, SIDE], 0 to 1, in the order of the colours."""
    nodes = [helper.make_node("AveragePool", ["picture"], ["cells"], kernel_shape=[CELL, CELL], strides=[CELL, CELL])]
    constants, outputs = [], []
    for out in outs:
        rows = len(out.colours)
        for name, value in (("w", out.colours.reshape(rows, 3, 1, 1)), ("g", out.given.reshape(1, rows, CELLS, CELLS))):
            constants.append(onnx.numpy_helper.from_array(value.astype(np.float32), f"{out.name}.{name}"))
        nodes.append(helper.make_node("Conv", ["cells", f"{out.name}.w"], [f"{out.name}.seen"]))
        is_grid = out.form == "grid"
        whole = out.name if is_grid else f"{out.name}.whole"
        nodes.append(helper.make_node("Add", [f"{out.name}.seen", f"{out.name}.g"], [whole]))
        shape = [1, rows, CELLS, CELLS] if is_grid else [1, rows, _COUNT]
        if not is_grid:
            shape = {"rows": [1, _COUNT, rows], "columns": [1, rows, _COUNT], "flat": [1, _COUNT]}[out.form]
            cells = np.asarray([1, rows, _COUNT] if out.form != "flat" else [1, _COUNT], np.int64)
            constants.append(onnx.numpy_helper.from_array(cells, f"{out.name}.shape"))
            flat = f"{out.name}.flat" if out.form == "rows" else out.name
            nodes.append(helper.make_node("Reshape", [whole, f"{out.name}.shape"], [flat]))
            if out.form == "rows":
                nodes.append(helper.make_node("Transpose", [flat], [out.name], perm=[0, 2, 1]))
        outputs.append(helper.make_tensor_value_info(out.name, TensorProto.FLOAT, shape))
    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, SIDE, SIDE])
    graph = helper.make_graph(nodes, "tiny", [picture], outputs, constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return bytes(made.SerializeToString())


def middles() -> tuple[Array, Array]:
    """Return the middles of the cells, row by row, as shares of the picture: across, down."""
    steps = (np.arange(CELLS, dtype=np.float32) + 0.5) / CELLS
    return np.tile(steps, CELLS), np.repeat(steps, CELLS)


def fastestdet_model() -> bytes:
    """Return a model that gives label 0 where it is red, label 1 where it is blue, and boxes of half the picture."""
    colours = np.zeros((7, 3), np.float32)
    colours[0] = 1, 0, 1  # objectness: blue or red
    colours[5, 2] = colours[6, 0] = 1
    given = np.zeros((7, _COUNT), np.float32)
    # Upstream's cells count from their corner: half a cell to the middle is the model's own offset.
    given[1:3] = np.arctanh(0.5)
    return onnx_model(Out("out", colours, given, "grid"))


def yolo_model(form: Literal["rows", "columns"], *, has_objectness: bool) -> bytes:
    """Return the same model in YOLO's layout, boxes of a cell, in pixels."""
    ahead = 5 if has_objectness else 4
    colours, given = np.zeros((ahead + 2, 3), np.float32), np.zeros((ahead + 2, _COUNT), np.float32)
    across, down = middles()
    given[0], given[1], given[2:4] = across * SIDE, down * SIDE, CELL
    if has_objectness:
        given[4] = 1
    colours[ahead, 2] = colours[ahead + 1, 0] = 1
    return onnx_model(Out("out", colours, given, form))


def anchors_model() -> bytes:
    """Return the same model from anchors: one grid of `CELLS`, one size."""
    nothing = np.zeros((4, 3), np.float32), np.zeros((4, _COUNT), np.float32)
    colours = np.asarray([[0, 0, 1], [1, 0, 0]], np.float32)
    scores = Out("scores", colours, np.zeros((2, _COUNT), np.float32), "rows")
    return onnx_model(Out("offsets", *nothing, "rows"), scores)


def boxes_model() -> bytes:
    """Return the same model as boxes (y x y x, as shares), scores and classes: red only."""
    across, down = middles()
    half = 0.5 / CELLS
    sides = np.stack([down - half, across - half, down + half, across + half])
    red, none = np.asarray([[0, 0, 1]], np.float32), np.zeros((1, 3), np.float32)
    empty = np.zeros((1, _COUNT), np.float32)
    return onnx_model(
        Out("places", np.zeros((4, 3), np.float32), sides, "rows"),
        Out("scores", red, empty, "flat"),
        Out("classes", none, empty, "flat"),
    )


def tflite_embedding() -> bytes:
    """Return a model from [1, SIDE, SIDE, 3] to [1, 2, 2, 3]: the mean colours of the quarters."""
    pool = schema.Pool2DOptionsT()
    pool.padding, pool.strideW, pool.strideH = schema.Padding.VALID, SIDE // 2, SIDE // 2
    pool.filterWidth = pool.filterHeight = SIDE // 2
    operator = schema.OperatorT()
    operator.opcodeIndex, operator.inputs, operator.outputs = 0, [0], [1]
    operator.builtinOptionsType, operator.builtinOptions = schema.BuiltinOptions.Pool2DOptions, pool
    graph = schema.SubGraphT()
    graph.tensors = [_tensor("picture", [1, SIDE, SIDE, 3]), _tensor("vector", [1, 2, 2, 3])]
    graph.inputs, graph.outputs, graph.operators = [0], [1], [operator]
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.AVERAGE_POOL_2D
    code.version = 1
    model = schema.ModelT()
    model.version, model.operatorCodes, model.subgraphs, model.buffers = 3, [code], [graph], [schema.BufferT()]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _tensor(name: str, shape: list[int]) -> schema.TensorT:
    made = schema.TensorT()
    made.name, made.shape, made.type, made.buffer = name, shape, schema.TensorType.FLOAT32, 0
    return made


LAYOUTS = {
    "grid": (fastestdet_model, 'layout = "fastestdet"'),
    "yolo": (lambda: yolo_model("rows", has_objectness=False), 'layout = "yolo"\nhas_objectness = false'),
    "yolo_columns": (lambda: yolo_model("columns", has_objectness=True), 'layout = "yolo"\nhas_objectness = true'),
    "anchors": (anchors_model, f'layout = "anchors"\ngrids = [{CELLS}]\nsizes = [[{1 / CELLS}]]\nratios = [1.0]'),
    "boxes": (boxes_model, 'layout = "boxes"\nboxes = "places"\nscores = "scores"\nclasses = "classes"'),
}


def write_model(
    folder: Path,
    name: str,
    content: bytes,
    output: str,
    *,
    kind: str = "onnx",
    labels: str = '["red", "blue"]',
    std: float = 255.0,
) -> Path:
    """Write the model and its description, and return the path of the description."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.{kind}").write_bytes(content)
    path = folder / f"{name}.toml"
    path.write_text(
        f'name = "{name}"\nfile = "{name}.{kind}"\nsha256 = "{hashlib.sha256(content).hexdigest()}"\n'
        f'size = {len(content)}\npurpose = "a test"\nlicence = "Apache-2.0"\nlabels = {labels}\nscore = 0.5\n'
        f'input = {{ width = {SIDE}, height = {SIDE}, colour = "bgr", std = [{std}, {std}, {std}] }}\n'
        f"[output]\n{output}\n",
        "utf-8",
    )
    return path


def write_embedding(folder: Path, name: str = "colours") -> Path:
    return write_model(folder, name, tflite_embedding(), 'layout = "embedding"\nsize = 12', kind="tflite", labels="[]")


def picture_with(column: int, row: int, colour: tuple[int, int, int] = (0, 0, 255), scale: int = 3) -> Bgr:
    """Draw a picture that is black but for one cell, `scale` times the size of the input."""
    made = np.zeros((SIDE * scale, SIDE * scale, 3), np.uint8)
    side = CELL * scale
    made[row * side : (row + 1) * side, column * side : (column + 1) * side] = colour
    return made
