"""Installs a model into the folder, fetched from its address or taken from a file: whole and tried, or not at all."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import httpx

from edge.camera.detect.adapters import open_model
from edge.camera.detect.description import Description, read_catalogue, read_description
from edge.camera.detect.errors import ModelError, ModelFetchError, ModelHashError, ModelUnknownError
from edge.camera.detect.models import Models, read_checked

_PIECE = 1 << 16
_TIMEOUT = httpx.Timeout(20.0)

Progress = Callable[[int, int], None]  # bytes had, bytes in all


def install_by_name(models: Models, name: str, client: httpx.Client, progress: Progress) -> Path:
    """Fetch and install a model. The old file stays until the new one is whole and right. Raises ModelError."""
    like = models.describe(name)
    if not like.address:
        raise ModelFetchError(f"the model {name!r} has no address: install its file")
    with _aside(models.folder, like.file) as (part, aside):
        _fetch(like, client, part, progress)
        return _take(models.folder, part, aside, like)


def install_file(models: Models, path: Path) -> tuple[str, Path]:
    """Install a model from a file and return its name and its new place.

    `path` is a description (.toml) with its model beside it, or a file that the catalogue knows by its sha256. Raises
    ModelError."""
    is_described = path.suffix == ".toml"
    like = read_description(path) if is_described else _recognised(path)
    if is_described and like.name in read_catalogue():
        raise ModelUnknownError(f"{path}: the name {like.name!r} belongs to the catalogue: choose another")
    source = path.with_name(like.file) if is_described else path
    with _aside(models.folder, like.file) as (part, aside):
        part.write(read_checked(source, like))
        placed = _take(models.folder, part, aside, like)
    if is_described:
        with _aside(models.folder, f"{like.name}.toml") as (part, aside):
            part.write(path.read_bytes())
            _flush(part)
            aside.replace(models.folder / f"{like.name}.toml")
    return like.name, placed


def client() -> httpx.Client:
    return httpx.Client(timeout=_TIMEOUT, follow_redirects=True)


def sha256_of(path: Path) -> tuple[str, int]:
    """Return the sha256 and the size of a file. Raises ModelUnknownError."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
    except OSError as exc:
        raise ModelUnknownError(f"{path}: cannot be read: {exc.strerror}") from exc


def _recognised(path: Path) -> Description:
    found, size = sha256_of(path)
    for like in read_catalogue().values():
        if like.sha256 == found:
            return like
    raise ModelUnknownError(
        f"{path}: no model of the catalogue has its sha256 {found} ({size} bytes); a model of your own needs a "
        f"description beside it (docs/cameras.md, Detectors): shian edge model install {path.with_suffix('.toml')}"
    )


def _fetch(like: Description, with_client: httpx.Client, part: BinaryIO, progress: Progress) -> None:
    try:
        with with_client.stream("GET", like.address) as answer:
            if answer.status_code != httpx.codes.OK:
                raise ModelFetchError(f"{like.address}: expected status 200; found {answer.status_code}")
            had = 0
            for piece in answer.iter_bytes(_PIECE):
                had += len(piece)
                # Stop a server that sends without end before it fills the disk.
                if had > like.size:
                    raise ModelHashError(f"{like.address}: expected {like.size} bytes; found more")
                part.write(piece)
                progress(had, like.size)
    except httpx.HTTPError as exc:
        raise ModelFetchError(f"{like.address}: {type(exc).__name__}: {exc}") from exc


def _take(folder: Path, part: BinaryIO, aside: Path, like: Description) -> Path:
    """Move the file that lies aside to its place, if it is right and can be run."""
    _flush(part)
    try:
        content = read_checked(aside, like)
        open_model(aside, content, like)
    except ModelError as exc:
        raise type(exc)(str(exc).replace(str(aside), like.address or like.file)) from exc
    return aside.replace(folder / like.file)


def _flush(part: BinaryIO) -> None:
    part.flush()
    os.fsync(part.fileno())


@contextmanager
def _aside(folder: Path, name: str) -> Iterator[tuple[BinaryIO, Path]]:
    """Make a file beside the final one; it is removed afterwards unless it was put in its place. Raises
    ModelFetchError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(prefix=".", suffix=f".{name}", dir=folder)
        aside = Path(made)
        try:
            with os.fdopen(handle, "wb") as part:
                aside.chmod(0o644)  # the agent may be another user
                yield part, aside
        finally:
            aside.unlink(missing_ok=True)
    except OSError as exc:
        raise ModelFetchError(f"{folder / name}: cannot be stored: {exc.strerror}") from exc
