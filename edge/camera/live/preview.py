"""A preview: the newest frame as a small JPEG, with everything hidden that must not be seen."""

from collections.abc import Callable

import cv2
import numpy as np

from edge.camera.view import Bgr, Frame

WIDTH = 640
_QUALITY = 60
# Hides in a picture before it leaves the station: masks burnt in, faces blurred. May draw into its argument.
Hide = Callable[[Bgr], Bgr]


def preview(frame: Frame, hide: Hide) -> bytes | None:
    """Return a preview; None: the frame has no pixels, or cannot be encoded.

    The picture is made small before `hide` sees it."""
    image = frame.bgr()
    if image.ndim != 3 or min(image.shape[:2]) < 2:
        return None
    height, width = image.shape[:2]
    if width > WIDTH:
        size = (WIDTH, max(2, round(height * WIDTH / width)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    else:
        image = image.copy()
    is_made, jpeg = cv2.imencode(".jpg", hide(image), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return jpeg.tobytes() if is_made else None
