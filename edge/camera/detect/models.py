"""The folder of the models: those of the catalogue, those that the user described, and the files that are there.

`NAME.toml` beside a model's file describes a model of one's own; the names of the catalogue cannot be taken."""

import hashlib
import threading
from functools import cache
from pathlib import Path
from typing import cast

from edge.camera.detect.adapters import open_model
from edge.camera.detect.contract import Detector, Embedder
from edge.camera.detect.description import Description, read_catalogue, read_description
from edge.camera.detect.errors import ModelHashError, ModelMissingError, ModelUnknownError

_LARGEST = 2**30


class Models:
    """The models of a folder. Each is opened once, when it is first asked for, and shared. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._opened: dict[str, Detector | Embedder] = {}

    def known(self) -> dict[str, Description]:
        """Return the descriptions by name: the catalogue and the user's own. Raises DescriptionError."""
        own = {path.stem: read_description(path) for path in sorted(self.folder.glob("*.toml"))}
        return own | read_catalogue()

    def describe(self, name: str) -> Description:
        """Return the description of a model. Raises ModelUnknownError, and DescriptionError when the user's own
        description is broken."""
        known = read_catalogue()
        if name in known:
            return known[name]
        path = self.folder / f"{name}.toml"
        # A name with a separator would leave the folder.
        if Path(name).name != name or not path.is_file():
            raise ModelUnknownError(
                f"no model {name!r}; the catalogue has {', '.join(sorted(known))}, and there is no {path}"
            )
        return read_description(path)

    def has(self, name: str) -> bool:
        """Tell whether the file is there; opening it shows whether it is the right one."""
        return (self.folder / self.describe(name).file).is_file()

    def detector(self, name: str) -> Detector:
        """Return an open detector. Raises ModelError."""
        if self.describe(name).output.layout == "embedding":
            raise ModelUnknownError(f"{name!r} finds no boxes: it is an embedding")
        return cast("Detector", self._open(name))

    def embedder(self, name: str) -> Embedder:
        """Return an open embedder. Raises ModelError."""
        if self.describe(name).output.layout != "embedding":
            raise ModelUnknownError(f"{name!r} is a detector, not an embedding")
        return cast("Embedder", self._open(name))

    def _open(self, name: str) -> Detector | Embedder:
        with self._lock:
            if name not in self._opened:
                like = self.describe(name)
                path = self.folder / like.file
                self._opened[name] = open_model(path, read_checked(path, like), like)
            return self._opened[name]


@cache
def models_in(folder: Path) -> Models:
    """Return the models of a folder, the same object for the whole process: cameras share the open ones."""
    return Models(folder)


def read_checked(path: Path, like: Description) -> bytes:
    """Return the content of the file, if it is the one that the description names. Raises ModelMissingError,
    ModelHashError."""
    try:
        if not 0 < path.stat().st_size <= _LARGEST:
            raise ModelHashError(f"{path}: expected {like.size} bytes; found {path.stat().st_size}")
        content = path.read_bytes()
    except OSError as exc:
        raise ModelMissingError(
            f"{path}: the file of the model {like.name!r} cannot be read ({exc.strerror}); "
            f"install it: shian edge model install {like.name}"
        ) from exc
    found = hashlib.sha256(content).hexdigest()
    if found != like.sha256:
        raise ModelHashError(f"{path}: expected sha256 {like.sha256}; found {found}, {len(content)} bytes")
    return content
