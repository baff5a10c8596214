"""Polygons of edge.toml as pictures of ones and zeros."""

from collections.abc import Sequence

import cv2
import numpy as np

from edge.camera.settings import Polygon
from edge.camera.view import Gray


def area(polygons: Sequence[Polygon], height: int, width: int) -> Gray:
    """Return a picture of height x width: 1 within any of the polygons, else 0."""
    picture = np.zeros((height, width), np.uint8)
    for polygon in polygons:
        corners = np.array([(x * (width - 1), y * (height - 1)) for x, y in polygon], np.float64)
        cv2.fillPoly(picture, [np.rint(corners).astype(np.int32)], 1)
    return picture
