"""The hiding by each policy, with the real face model on real footage where they are there."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from edge.camera.detect.faces import face_detector
from edge.camera.evidence.building import EvidenceRoom, open_room
from edge.camera.settings import CameraSettings
from edge.camera.view import Bgr
from edge.media.building import make_store
from edge.media.settings import MediaSettings
from edge.metrics import Metrics
from tests.conftest import SHARED
from tests.support.footage import room
from tests.unit.edge.camera.evidence.test_clip import contrast
from tests.unit.edge.camera.evidence.test_making import change, view

YUNET = SHARED / "models" / "yunet_n_640_640.onnx"
FOOTAGE = SHARED / "footage" / "room.mp4"


def camera(**evidence: Any) -> CameraSettings:
    return CameraSettings.model_validate({"name": "cam", "url": "rtsp://10.0.0.2/sub", "evidence": evidence})


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[list[EvidenceRoom]]:
    made: list[EvidenceRoom] = []
    yield made
    for opened in made:
        opened.close()


def shown(rooms: list[EvidenceRoom], folder: Path, settings: CameraSettings, image: Bgr) -> Bgr:
    """Return the snapshot that a camera with these settings keeps of `image`."""
    store = make_store(MediaSettings(min_free_mib=1), folder, clock=lambda: datetime.now(UTC))
    made = open_room([settings], store, folder / "models", Metrics(CollectorRegistry()))
    rooms.append(made)
    sha256 = made.evidence(settings).snapshot(change(), view(image))
    assert sha256 is not None
    picture = cv2.imread(str(store.path(sha256, "image/jpeg")))
    assert picture is not None
    return np.asarray(picture, np.uint8)


@pytest.mark.parametrize(
    ("evidence", "is_sharp"),
    [({}, False), ({"blur": "faces"}, False), ({"blur": "all"}, False), ({"blur": "none"}, True)],
)
def test_without_a_face_model_only_none_is_sharp(
    rooms: list[EvidenceRoom], tmp_path: Path, evidence: dict[str, str], is_sharp: bool
) -> None:
    picture = shown(rooms, tmp_path, camera(**evidence), room(10))
    assert (contrast(picture, 10) > 50) is is_sharp


def test_a_model_that_cannot_be_used_is_as_none(rooms: list[EvidenceRoom], tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / YUNET.name).write_bytes(b"not a model")
    assert contrast(shown(rooms, tmp_path, camera(), room(10)), 10) < 15


def test_real_faces_are_hidden_and_the_room_is_not(rooms: list[EvidenceRoom], tmp_path: Path) -> None:
    if not (YUNET.is_file() and FOOTAGE.is_file()):
        pytest.skip("no ../shared/models or ../shared/footage beside this clone")
    (tmp_path / "models").mkdir()
    shutil.copy(YUNET, tmp_path / "models")
    faces = face_detector(tmp_path / "models")
    assert faces is not None
    for image in _pictures(FOOTAGE, first=650, count=50):
        found = faces.detect(image)
        if not found:
            continue
        picture = shown(rooms, tmp_path, camera(), image)
        assert picture.shape == image.shape
        again = faces.detect(picture)
        assert not [
            box for box in again if abs(box.left - found[0].left) + abs(box.top - found[0].top) < found[0].width
        ]
        assert np.abs(picture[300:, :200].astype(int) - image[300:, :200]).mean() < 6
        return
    pytest.fail("no face was found in the footage")


def _pictures(path: Path, *, first: int, count: int) -> Iterator[Bgr]:
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if first <= number < first + count:
                yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
