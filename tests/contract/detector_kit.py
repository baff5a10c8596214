"""The promises of every detector, whatever stands behind it."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from edge.camera.detect.contract import Detector
from edge.camera.view import Bgr


def check_detector(detector: Detector, image: Bgr) -> None:
    """Check a detector with an `image` in which it finds something."""
    assert detector.labels
    assert len(set(detector.labels)) == len(detector.labels)
    before = image.copy()
    found = detector.detect(image)
    assert found, "the kit needs a picture with something in it"
    assert np.array_equal(image, before), "the picture is not written to"
    _check_boxes(detector, image)
    assert list(detector.detect(image)) == list(found), "the same picture, the same boxes"
    with ThreadPoolExecutor(2) as threads:
        assert all(list(again) == list(found) for again in threads.map(detector.detect, [image] * 6))
    _check_odd_pictures(detector, image)


def _check_boxes(detector: Detector, image: Bgr) -> None:
    found = detector.detect(image)
    height, width = image.shape[:2]
    scores = [box.score for box in found]
    assert scores == sorted(scores, reverse=True)
    for box in found:
        assert box.label in detector.labels
        assert 0 < box.score <= 1
        assert box.left >= 0
        assert box.top >= 0
        assert box.width > 0
        assert box.height > 0
        assert box.left + box.width <= width + 1e-3
        assert box.top + box.height <= height + 1e-3


def _check_odd_pictures(detector: Detector, image: Bgr) -> None:
    for shape in ((0, 0, 3), (0, 40, 3), (40, 0, 3)):
        assert not detector.detect(np.zeros(shape, np.uint8))
    random = np.random.default_rng(5)
    for shape in ((2, 2, 3), (3, 900, 3), (900, 3, 3), (33, 57, 3)):
        _check_boxes(detector, random.integers(0, 255, shape, np.uint8))
    view = image[::-1, ::2]  # neither contiguous nor in order
    _check_boxes(detector, view)
    locked = image.copy()
    locked.flags.writeable = False
    _check_boxes(detector, locked)
