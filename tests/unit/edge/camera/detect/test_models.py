"""The folder of models: each thing that can be wrong with a file has a message that names it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from edge.camera.detect.description import read_catalogue, read_description
from edge.camera.detect.errors import (
    DescriptionError,
    ModelFormatError,
    ModelHashError,
    ModelMissingError,
    ModelUnknownError,
)
from edge.camera.detect.faces import face_detector
from edge.camera.detect.models import Models, models_in
from tests.support.tiny_models import (
    LAYOUTS,
    anchors_model,
    boxes_model,
    fastestdet_model,
    tflite_embedding,
    write_embedding,
    write_model,
    yolo_model,
)

ONE_YOLO = 'layout = "yolo"\nhas_objectness = false'


def test_the_catalogue_can_be_read() -> None:
    known = read_catalogue()
    assert set(known) == {"fastestdet", "yunet", "aizoo_mask", "mnv1_embed"}
    assert all(model.address.startswith("https://") and model.licence and model.purpose_zh for model in known.values())
    assert len(known["fastestdet"].labels) == 80


def test_a_model_is_opened_once_and_shared(tmp_path: Path) -> None:
    make, output = LAYOUTS["yolo"]
    write_model(tmp_path, "own", make(), output)
    models = Models(tmp_path)
    with ThreadPoolExecutor(4) as threads:
        opened = list(threads.map(models.detector, ["own"] * 8))
    assert all(detector is opened[0] for detector in opened)
    assert models_in(tmp_path) is models_in(tmp_path)


def test_an_unknown_name_names_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(ModelUnknownError, match=r"no model 'smoke'.*aizoo_mask.*smoke\.toml"):
        Models(tmp_path).detector("smoke")
    (tmp_path.parent / "outside.toml").write_text("")
    with pytest.raises(ModelUnknownError):
        Models(tmp_path).detector("../outside")


def test_a_missing_file_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match=r"FastestDet\.onnx.*shian edge model install fastestdet"):
        Models(tmp_path).detector("fastestdet")


def test_another_file_than_described(tmp_path: Path) -> None:
    (tmp_path / "FastestDet.onnx").write_bytes(b"something else")
    with pytest.raises(
        ModelHashError, match=r"FastestDet\.onnx: expected sha256 31cb14c0.*found [0-9a-f]{64}, 14 bytes"
    ):
        Models(tmp_path).detector("fastestdet")
    (tmp_path / "FastestDet.onnx").write_bytes(b"")
    with pytest.raises(ModelHashError, match="expected 998169 bytes; found 0"):
        Models(tmp_path).detector("fastestdet")


@pytest.mark.parametrize("kind", ["onnx", "tflite"])
@pytest.mark.parametrize("content", [b"no model", b"\x00" * 4096, fastestdet_model()[:300], tflite_embedding()[:200]])
def test_not_a_model(kind: str, content: bytes, tmp_path: Path) -> None:
    write_model(tmp_path, "own", content, ONE_YOLO, kind=kind)
    with pytest.raises(ModelFormatError, match=rf"own\.{kind}: not a"):
        Models(tmp_path).detector("own")


def test_not_a_yunet_model(tmp_path: Path) -> None:
    for content in (b"no model", fastestdet_model()):
        write_model(tmp_path, "own", content, 'layout = "yunet"', labels='["face"]')
        with pytest.raises(ModelFormatError, match=r"own\.onnx: not a YuNet model"):
            Models(tmp_path).detector("own")


@pytest.mark.parametrize(
    ("content", "output", "message"),
    [
        (fastestdet_model(), ONE_YOLO, r"expected the output \[1, N, 6\] or \[1, 6, N\]; found out \[1, 7, 4, 4\]"),
        (
            yolo_model("rows", has_objectness=True),
            ONE_YOLO,
            r"expected the output \[1, N, 6\] or \[1, 6, N\]; found out \[1, 16, 7\]",
        ),
        (
            anchors_model(),
            'layout = "fastestdet"',
            r"expected the output \[1, 7, rows.*found offsets \[1, 16, 4\], scores",
        ),
        (
            anchors_model(),
            'layout = "anchors"\ngrids = [5]\nsizes = [[0.2]]\nratios = [1.0]',
            r"expected the output \[1, 25, 4\] and \[1, 25, 2\]",
        ),
        (boxes_model(), 'layout = "boxes"\nboxes = "loc"', r"an output 'loc'; found places \[1, 16, 4\]"),
        (boxes_model(), 'layout = "boxes"\nboxes = 7', r"an output 7; found places"),
        (boxes_model(), 'layout = "boxes"\nboxes = 1', r"expected the output boxes \[1, N, 4\]"),
    ],
)
def test_outputs_of_another_shape(content: bytes, output: str, message: str, tmp_path: Path) -> None:
    write_model(tmp_path, "own", content, output)
    with pytest.raises(ModelFormatError, match=rf"own\.onnx: .*{message}"):
        Models(tmp_path).detector("own")


def test_an_input_of_another_shape(tmp_path: Path) -> None:
    path = write_model(tmp_path, "own", fastestdet_model(), 'layout = "fastestdet"')
    path.write_text(path.read_text("utf-8").replace("width = 64", "width = 96"), "utf-8")
    with pytest.raises(
        ModelFormatError,
        match=r"expected the input \[1, 3, 64, 96\] or \[1, 64, 96, 3\]; found \[1, 3, 64, 64\]",
    ):
        Models(tmp_path).detector("own")


def test_an_embedding_of_another_size_or_taken_for_a_detector(tmp_path: Path) -> None:
    path = write_embedding(tmp_path)
    with pytest.raises(ModelUnknownError, match="it is an embedding"):
        Models(tmp_path).detector("colours")
    path.write_text(path.read_text("utf-8").replace("size = 12", "size = 1024"), "utf-8")
    with pytest.raises(ModelFormatError, match=r"expected one output of 1024 numbers; found vector \[1, 2, 2, 3\]"):
        Models(tmp_path).embedder("colours")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('layout = "fastestdet"', 'layout = "magic"', r"own\.toml:\d+: output"),
        ("score = 0.5", "score = 7", r"own\.toml:\d+: score"),
        ('file = "own.onnx"', 'file = "../own.onnx"', r"own\.toml:2: file"),
        ('labels = ["red", "blue"]', "labels = []", "a detector has one at least"),
        ("score = 0.5", "score = 0.5\nthreshold = 1", r"own\.toml:\d+: threshold: unknown key"),
        ('licence = "Apache-2.0"', "licence = ", r"own\.toml"),
    ],
)
def test_a_broken_description_is_named_with_its_line(old: str, new: str, message: str, tmp_path: Path) -> None:
    path = write_model(tmp_path, "own", fastestdet_model(), 'layout = "fastestdet"')
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(DescriptionError, match=message):
        read_description(path)


def test_faces_are_found_only_where_the_model_is(tmp_path: Path) -> None:
    assert face_detector(tmp_path) is None
    (tmp_path / "yunet_n_640_640.onnx").write_bytes(b"not it")
    with pytest.raises(ModelHashError):
        face_detector(tmp_path)
