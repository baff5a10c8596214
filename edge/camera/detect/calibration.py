"""The things before a camera that a detector takes for people, found while nobody was there: a file a camera, below
`data/cameras`."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from edge.camera.detect.errors import ModelError
from edge.camera.detect.life import WIDTH, Life, Thing
from edge.camera.detect.people import PeopleFinder
from edge.camera.detect.regions import Region
from edge.camera.frames import ArrayFrame
from edge.camera.scaled import scaled
from edge.camera.view import Bgr, Box

_MOST = 64
Share = Annotated[float, Field(ge=-1, le=2)]


class _Known(BaseModel):
    """A thing as it lies in the file; `look` is gray, row by row."""

    model_config = ConfigDict(extra="forbid")

    left: Share
    top: Share
    width: Share
    height: Share
    look: Annotated[list[list[float]], Field(min_length=1)]


class Calibration(BaseModel):
    """The result of a calibration. `moving`: pictures in which something was alive; a quiet scene has none."""

    model_config = ConfigDict(extra="forbid")

    made_at: AwareDatetime
    model: str
    pictures: int
    moving: int
    things: Annotated[list[_Known], Field(max_length=_MOST)]


def calibration_path(models: Path, camera: str) -> Path:
    """Return the place of a camera's calibration, beside the folder of the models."""
    return models.parent / "cameras" / f"{camera}.json"


def read_calibration(models: Path, camera: str) -> Sequence[Thing]:
    """Return the known things of a camera; none without a calibration. Raises ModelError, which names the file."""
    path = calibration_path(models, camera)
    try:
        known = Calibration.model_validate(json.loads(path.read_text("utf-8")))
        return [_thing(one) for one in known.things]
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, ValidationError) as exc:
        raise ModelError(f"{path}: cannot be used; calibrate anew or remove it: {exc}") from exc


def calibrate(
    frames: Iterable[tuple[float, Bgr]], finder: PeopleFinder, life: Life, made_at: AwareDatetime, model: str
) -> Calibration:
    """Look at a scene in which nobody is. `finder` must use `life`."""
    pictures = moving = 0
    for at_s, image in frames:
        finder.see(scaled(ArrayFrame(image)).gray(WIDTH), at_s)
        moving += bool(finder.find(image, [Region("")])[""].there)
        pictures += 1
    things = [_known(thing) for thing in life.things()[:_MOST]]
    return Calibration(made_at=made_at, model=model, pictures=pictures, moving=moving, things=things)


def write_calibration(made: Calibration, models: Path, camera: str) -> Path:
    """Write the calibration of a camera, whole or not at all, and return its place. Raises OSError."""
    path = calibration_path(models, camera)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(made.model_dump_json(indent=1) + "\n", "utf-8")
    draft.replace(path)
    return path


def _known(thing: Thing) -> _Known:
    box = thing.box
    look = [[round(float(value), 1) for value in row] for row in thing.look]
    return _Known(left=box.left, top=box.top, width=box.width, height=box.height, look=look)


def _thing(known: _Known) -> Thing:
    look = np.asarray(known.look, np.float32)
    if look.ndim != 2:
        raise ValueError("the rows of a look have one length")
    return Thing(Box("person", 1.0, known.left, known.top, known.width, known.height), look, 0.0)
