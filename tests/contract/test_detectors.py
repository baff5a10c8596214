"""Every detector keeps the kit: each output layout on a tiny model, the fake, and the catalogue's where they are."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.camera.detect.install import install_file
from edge.camera.detect.models import Models
from edge.camera.view import Bgr
from tests.contract.detector_kit import check_detector
from tests.support.fake_detector import ColourDetector
from tests.support.tiny_models import LAYOUTS, picture_with, write_embedding, write_model


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout(layout: str, tmp_path: Path) -> None:
    make, output = LAYOUTS[layout]
    write_model(tmp_path, layout, make(), output)
    check_detector(Models(tmp_path).detector(layout), picture_with(2, 1))


def test_the_fake() -> None:
    check_detector(ColourDetector({"red": (0, 0, 255), "blue": (255, 0, 0)}), picture_with(2, 1))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_finds_the_place(layout: str, tmp_path: Path) -> None:
    make, output = LAYOUTS[layout]
    write_model(tmp_path, layout, make(), output)
    detector = Models(tmp_path).detector(layout)
    for column, row in ((0, 0), (3, 0), (1, 2), (3, 3)):
        (box,) = detector.detect(picture_with(column, row))
        assert box.label == "red"
        assert box.score == pytest.approx(1, abs=0.01)
        middle = np.asarray((box.left + box.width / 2, box.top + box.height / 2))
        if layout != "grid":  # its boxes are wider, and are cut at the edge of the picture
            assert middle == pytest.approx(np.asarray((column + 0.5, row + 0.5)) * 48, abs=1)
        assert box.left - 1 <= (column + 0.5) * 48 <= box.left + box.width + 1
        assert box.top - 1 <= (row + 0.5) * 48 <= box.top + box.height + 1


def test_the_order_of_channels_is_the_description_s(tmp_path: Path) -> None:
    make, output = LAYOUTS["yolo"]
    path = write_model(tmp_path, "swapped", make(), output)
    path.write_text(path.read_text("utf-8").replace('colour = "bgr"', 'colour = "rgb"'), "utf-8")
    (box,) = Models(tmp_path).detector("swapped").detect(picture_with(2, 1))
    assert box.label == "blue"


def test_a_letterbox_keeps_the_place(tmp_path: Path) -> None:
    make, output = LAYOUTS["yolo"]
    path = write_model(tmp_path, "boxed", make(), output)
    path.write_text(path.read_text("utf-8").replace('colour = "bgr"', 'colour = "bgr", letterbox = true'), "utf-8")
    image = np.zeros((96, 192, 3), np.uint8)
    image[48:, 96:144] = (0, 0, 255)
    (box,) = Models(tmp_path).detector("boxed").detect(image)
    assert (box.left, box.top, box.width, box.height) == pytest.approx((96, 48, 48, 48), abs=1)


def test_an_embedding_has_length_one_and_no_boxes(tmp_path: Path) -> None:
    write_embedding(tmp_path)
    embedder = Models(tmp_path).embedder("colours")
    assert np.linalg.norm(embedder.embed(picture_with(2, 1))) == pytest.approx(1)
    with pytest.raises(ValueError, match="no picture"):
        embedder.embed(np.zeros((0, 4, 3), np.uint8))


CATALOGUE = {
    "fastestdet": "FastestDet.onnx",
    "yunet": "yunet_n_640_640.onnx",
    "aizoo_mask": "aizoo_mask.tflite",
}


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_model_of_the_catalogue(name: str, shared_models: Path, shared_footage: Path, tmp_path: Path) -> None:
    models = Models(tmp_path)
    assert install_file(models, shared_models / CATALOGUE[name])[0] == name
    check_detector(models.detector(name), _somebody(shared_footage, name))


def test_the_catalogue_s_embedding(shared_models: Path, tmp_path: Path) -> None:
    models = Models(tmp_path)
    install_file(models, shared_models / "mnv1_embed.tflite")
    vector = models.embedder("mnv1_embed").embed(np.full((40, 30, 3), 90, np.uint8))
    assert vector.shape == (1024,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def _somebody(footage: Path, name: str) -> Bgr:
    """Return a picture of somebody with a face, from room.mp4; for the mask model the head alone, since it is small."""
    capture = cv2.VideoCapture(str(footage / "room.mp4"))
    for _ in range(1301 if name == "aizoo_mask" else 691):
        is_there, image = capture.read()
        assert is_there
    capture.release()
    return np.asarray(image[:200, 340:560] if name == "aizoo_mask" else image, np.uint8)
