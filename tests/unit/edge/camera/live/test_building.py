"""The modes that a site's policy allows, and the hiding in previews."""

from typing import Any

import numpy as np
import pytest

from edge.camera.evidence.hiding import Hiding
from edge.camera.live.building import hider, modes_of
from edge.camera.settings import CameraSettings

LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


@pytest.mark.parametrize(
    ("live", "hiding", "modes"),
    [
        ("policy", Hiding(), {"preview", "video"}),
        ("policy", Hiding(hides_faces=True), {"preview"}),
        ("policy", Hiding((LEFT_HALF,)), {"preview"}),
        ("video", Hiding((LEFT_HALF,), hides_faces=True), {"preview", "video"}),
        ("preview", Hiding(), {"preview"}),
        ("off", Hiding(), set()),
    ],
)
def test_video_is_only_shown_where_nothing_is_hidden_or_the_site_says_so(
    live: str, hiding: Hiding, modes: set[Any]
) -> None:
    settings = CameraSettings.model_validate({"name": "c", "url": "rtsp://camera/", "live": live})
    assert modes_of(settings, hiding) == modes


def test_masks_are_black_and_without_a_face_detector_the_rest_is_coarse() -> None:
    checks = np.kron(np.indices((90, 160)).sum(0) % 2, np.ones((4, 4))).astype(np.uint8) * 255
    image = np.repeat(checks[..., None], 3, axis=2)
    shown = hider(Hiding((LEFT_HALF,), hides_faces=True))(image)
    assert shown[:, :310].max() == 0
    assert np.ptp(shown[50:300, 350:600].astype(int)) < 100
