"""Labelled crops in folders, and heads cut from a clip to be labelled."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from edge.camera.detect.errors import HeadError
from edge.camera.detect.people import PeopleFinder, head_crop
from edge.camera.detect.regions import Region
from edge.camera.view import Bgr

_PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
_MOST = 1000  # of a class: hundreds are plenty, and they lie in memory
_LARGEST_SIDE = 512


def read_crops(folder: Path) -> dict[str, list[Bgr]]:
    """Read one folder a class, the pictures of each in the order of their names. Raises HeadError, which names the
    file."""
    try:
        classes = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
        named = {
            own.name: [path for path in sorted(own.iterdir()) if path.suffix.lower() in _PICTURES] for own in classes
        }
    except OSError as exc:
        raise HeadError(f"{folder}: cannot be read: {exc.strerror}") from exc
    if len(named) < 2:
        raise HeadError(f"{folder}: expected a folder a class, two at least; found {', '.join(named) or 'none'}")
    many = next((name for name, paths in named.items() if len(paths) > _MOST), None)
    if many:
        raise HeadError(f"{folder / many}: expected {_MOST} pictures at most; found {len(named[many])}")
    return {name: [_read(path) for path in paths] for name, paths in named.items()}


def _read(path: Path) -> Bgr:
    try:
        found = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error) as exc:
        raise HeadError(f"{path}: cannot be read: {exc}") from exc
    if found is None or min(found.shape[:2]) < 2:
        raise HeadError(f"{path}: expected a picture; found something else")
    scale = _LARGEST_SIDE / max(found.shape[:2])
    if scale < 1:  # the embedding looks at 224 px
        found = cv2.resize(found, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(found, np.uint8)


def heads_of(frames: Iterable[tuple[float, Bgr]], finder: PeopleFinder, least_px: int) -> Iterator[tuple[float, Bgr]]:
    """Yield the heads of people that are large enough, with the time of their frame."""
    for at_s, image in frames:
        for person in finder.find(image, [Region("")])[""].sure:
            crop, _, _ = head_crop(image, person)
            if min(crop.shape[:2]) >= least_px:
                yield at_s, crop


def write_crops(crops: Iterable[tuple[float, Bgr]], folder: Path, most: int) -> int:
    """Write the crops as `SECONDS-NUMBER.jpg`, each as it comes, and return their number.

    The order of the names is the order of time. Raises HeadError."""
    number = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, (at_s, crop) in enumerate(islice(crops, most), start=1):
            _, data = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, 95])
            (folder / f"{at_s:09.1f}-{number:04d}.jpg").write_bytes(data.tobytes())
    except OSError as exc:
        raise HeadError(f"{folder}: cannot be written: {exc.strerror}") from exc
    return number
