"""The picture of an event's beginning, as JPEG. Neither time nor values are written into it: they are in the event."""

from collections.abc import Sequence

import cv2
import numpy as np

from edge.camera.evidence.hiding import Hiding, scaled
from edge.camera.view import Bgr, Box


def snapshot(image: Bgr, boxes: Sequence[Box], hiding: Hiding, *, width: int, quality: int) -> bytes | None:
    """Return a JPEG of `image`, which stays unchanged; None: it has no picture. `boxes` are in pixels of `image`."""
    if not image.size:
        return None
    factor = min(1.0, width / image.shape[1])
    size = (round(image.shape[1] * factor), max(1, round(image.shape[0] * factor)))
    shown: Bgr = np.array(cv2.resize(image, size, interpolation=cv2.INTER_AREA) if factor < 1 else image, np.uint8)
    hiding.apply(shown, [*hiding.find(shown), *scaled(boxes, factor)])
    is_made, coded = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return coded.tobytes() if is_made else None
