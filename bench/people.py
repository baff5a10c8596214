"""Score the finding of people by frame and by event, over scenes with people and with things that look like them.

    ./dev bench people     # python -m bench.people [--models DIR] [--footage DIR] [--only NAME ..] [--held-back [SEED]]

The kitchens, bottles and panes are drawn; the people in them, the mannequins, coats and prints are cut out of room.mp4.
`vtest.avi` (Debian's opencv-doc) and a photograph (`astronaut.png` of PyPI's scikit-image) are used where --footage has
them. A scene whose film is missing is skipped by name. `alone`: the detector without motion. `each look`: with motion,
5 looks a second. `each second`: the detector is asked once a second, as the agent does, and the looks between are only
looked at for motion; `runs`: of the detector, a second of film. --held-back: other scenes; a SEED makes ones at which
nobody looked while the rules were made.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from uuid_utils.compat import uuid7

from bench import people_scenes as drawn
from bench.people_scenes import Cutout, Shown
from edge.camera.analysis import Analysis
from edge.camera.detect.contract import Detector
from edge.camera.detect.description import read_catalogue
from edge.camera.detect.install import install_file
from edge.camera.detect.life import WIDTH, Life
from edge.camera.detect.models import Models
from edge.camera.detect.people import PeopleFinder
from edge.camera.detect.regions import Region
from edge.camera.detect.rules import make_rules
from edge.camera.episodes import Episodes
from edge.camera.frames import ArrayFrame
from edge.camera.patience import patience_of
from edge.camera.scaled import scaled
from edge.camera.settings import CameraSettings
from edge.camera.view import Bgr, Box, View

SHARED = Path(__file__).resolve().parents[2] / "shared"
# Frames of room.mp4 and nuisance_room.mp4 with somebody; two frames about each change are not counted.
PRESENT = ((60, 197), (227, 449), (502, 700), (745, 869), (921, 1199), (1234, 1359))
NOON = datetime(2026, 11, 23, 12)  # noqa: DTZ001  a local time
SECONDS = 60.0


@dataclass
class Count:
    """Frames with and without somebody, and those that were called so."""

    there: int = 0
    found: int = 0
    empty: int = 0
    false: int = 0

    def add(self, *, is_there: bool, is_found: bool) -> None:
        self.there, self.empty = self.there + is_there, self.empty + (not is_there)
        self.found, self.false = self.found + (is_there and is_found), self.false + (not is_there and is_found)

    def shown(self) -> str:
        recall = f"{self.found / self.there:.3f}" if self.there else "-"
        false = f"{self.false / self.empty:.3f}" if self.empty else "-"
        return f"{recall:>7} {false:>7}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=SHARED / "models")
    parser.add_argument("--footage", type=Path, default=SHARED / "footage")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--held-back", type=int, nargs="?", const=31, metavar="SEED")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    like = read_catalogue()["fastestdet"]
    if not (given.models / like.file).is_file():
        print(f"skipped: no {given.models / like.file}")
        return
    with tempfile.TemporaryDirectory() as folder:
        models = Models(Path(folder) / "models")
        install_file(models, given.models / like.file)
        print(
            f"{'scene':<24}{'there':>6}{'empty':>6}{'alone: recall, false':>24}{'each look':>18}{'each second':>18}"
            f"{'runs':>6}   events"
        )
        seed: int | None = given.held_back
        made = scenes(given.footage) if seed is None else held_back(given.footage, seed)
        for name, scene in made.items():
            if not given.only or name in given.only:
                score(name, scene, models)


def scenes(footage: Path) -> dict[str, Callable[[], Iterator[Shown]]]:
    """Return the scenes by name, as far as their films are there."""
    made: dict[str, Callable[[], Iterator[Shown]]] = {}
    vtest, astronaut = footage / "vtest.avi", footage / "astronaut.png"
    films: dict[str, tuple[Path, Callable[[int], bool | None]]] = {
        "room, real": (footage / "room.mp4", _in_room),
        "room and lights, real": (footage / "nuisance_room.mp4", _in_room),
        "plaza, real": (vtest, lambda _: True),
        "car park, real": (footage / "car_park.mp4", lambda _: False),
    }
    for name, (film, truth) in films.items():
        if film.is_file():
            made[name] = partial(_clip, film, 2, truth)
        else:
            print(f"skipped: {name}: no {film}")
    made["3 bottles"] = lambda: drawn.bottles(3, (90, 110, 130)).still(SECONDS)
    made["5 small bottles"] = lambda: drawn.bottles(5, (60, 80, 70, 90, 100)).still(SECONDS)
    made["3 large bottles"] = lambda: drawn.bottles(7, (220, 250, 200)).still(SECONDS)
    if not (footage / "room.mp4").is_file():
        print("skipped: whatever is cut out of room.mp4")
        return made
    woman, man, grey, shirt = (
        drawn.cutouts(footage / "room.mp4", *span) for span in ((80, 180), (260, 420), (960, 1180), (1290, 1340))
    )
    photograph = cv2.imread(str(astronaut)) if astronaut.is_file() else _print_of(shirt[1])
    made["mannequins"] = lambda: drawn.mannequins(2, woman).still(SECONDS)
    made["coats"] = lambda: drawn.coats(9, grey).still(SECONDS)
    made["posters"] = lambda: drawn.posters(4, np.asarray(photograph, np.uint8), shirt[3]).still(SECONDS)
    made["reflection"] = lambda: drawn.reflections(6, man, SECONDS)
    made["40 px, 3 bottles"] = lambda: drawn.walkers(drawn.bottles(3, (90, 110, 130)), grey, 40, SECONDS)
    made["60 px, 3 bottles"] = lambda: drawn.walkers(drawn.bottles(3, (90, 110, 130)), woman, 60, SECONDS)
    made["80 px, bottles"] = lambda: drawn.walkers(drawn.bottles(7, (90, 220, 100)), grey, 80, SECONDS)
    made["150 px, mannequins"] = lambda: drawn.walkers(drawn.mannequins(2, woman), grey, 150, SECONDS)
    return made


def held_back(footage: Path, seed: int) -> dict[str, Callable[[], Iterator[Shown]]]:
    """Return other kitchens, people, heights and things, drawn with this seed and the next ten."""
    if not (footage / "room.mp4").is_file():
        print("skipped: whatever is cut out of room.mp4")
        return {}
    woman, man, shirt, tall = (
        drawn.cutouts(footage / "room.mp4", *span) for span in ((130, 195), (505, 690), (1240, 1350), (750, 860))
    )
    print_ = _print_of(man[len(man) // 2])
    room = footage / "nuisance_room.mp4"
    made: dict[str, Callable[[], Iterator[Shown]]] = {
        "4 other bottles": lambda: drawn.bottles(seed, (100, 75, 160, 240)).still(SECONDS),
        "other mannequins": lambda: drawn.mannequins(seed + 1, shirt).still(SECONDS),
        "other coats": lambda: drawn.coats(seed + 2, tall).still(SECONDS),
        "other posters": lambda: drawn.posters(seed + 3, print_, man[3]).still(SECONDS),
        "another reflection": lambda: drawn.reflections(seed + 4, shirt, SECONDS),
        "40 px, coats": lambda: drawn.walkers(drawn.coats(seed + 5, tall), man, 40, SECONDS),
        "40 px, mannequins": lambda: drawn.walkers(drawn.mannequins(seed + 6, tall), shirt, 40, SECONDS),
        "45 px, bottles": lambda: drawn.walkers(drawn.bottles(seed + 7, (80, 150, 120)), woman, 45, SECONDS),
        "50 px, posters": lambda: drawn.walkers(drawn.posters(seed + 8, print_, man[3]), tall, 50, SECONDS),
        "70 px, large bottles": lambda: drawn.walkers(drawn.bottles(seed + 9, (230, 240)), shirt, 70, SECONDS),
    }
    if room.is_file():
        made["room at 64 of 360, real"] = lambda: drawn.far_away(drawn.Stage(seed + 10), _clip(room, 2, _in_room), 64)
    return made


class _Once:
    """A detector that looks once at each part of a picture, however many finders ask. `asked`: how often."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._found: dict[tuple[object, ...], Sequence[Box]] = {}
        self.asked = 0

    @property
    def labels(self) -> tuple[str, ...]:
        return self._detector.labels

    def forget(self) -> None:
        """Forget the last picture; its memory is used again."""
        self._found.clear()

    def detect(self, image: Bgr) -> Sequence[Box]:
        self.asked += 1
        key = (image.ctypes.data, image.shape)
        if key not in self._found:
            self._found[key] = self._detector.detect(image)
        return self._found[key]


class _Models(Models):
    """Models whose detector of people is shared with the other finders of a scene."""

    def __init__(self, folder: Path, shared: Detector) -> None:
        super().__init__(folder)
        self._shared = shared

    def detector(self, name: str) -> Detector:
        return self._shared if name == "fastestdet" else super().detector(name)


def score(name: str, scene: Callable[[], Iterator[Shown]], models: Models) -> None:
    """Print the row of a scene: each frame by the detector alone and with motion; events as the agent makes them."""
    detector = _Once(models.detector("fastestdet"))
    alone, living, seldom = (PeopleFinder(detector, 0.3, life) for life in (None, Life(), Life()))
    rules = make_rules(
        CameraSettings.model_validate({"name": "bench", "url": "x", "detect": {"rule": [{"kind": "person"}]}}),
        _Models(models.folder, detector),
    )
    assert rules is not None
    analysis = Analysis([rules], Episodes(patience_of({}), uuid7))
    before, now, seconds, events = Count(), Count(), Count(), []
    asked_s, begun_s, runs = float("-inf"), None, 0
    for at_s, image, is_there in scene():
        begun_s = at_s if begun_s is None else begun_s
        detector.forget()
        for finder in (living, seldom):
            finder.see(scaled(ArrayFrame(image)).gray(WIDTH), at_s)
        asked = [(alone, before), (living, now)]
        if at_s - asked_s >= 0.95:
            asked, asked_s = [*asked, (seldom, seconds)], at_s
        for finder, count in asked:
            earlier = detector.asked
            count.add(is_there=is_there, is_found=bool(finder.find(image, [Region("")])[""].there))
            runs += (detector.asked - earlier) * (finder is seldom)
        view = View(at_s, NOON + timedelta(seconds=at_s), ArrayFrame(image))
        events += [(change.phase, is_there) for change in analysis.look(view)]
    starts = [is_there for phase, is_there in events if phase == "start"]
    often = runs / max(1.0, at_s - (begun_s or 0.0))
    counts = "   ".join(count.shown() for count in (before, now, seconds))
    row = f"{name:<24}{now.there:>6}{now.empty:>6}{'':9}{counts}{often:>6.1f}"
    print(f"{row}   {len(starts)}, {starts.count(False)} false", flush=True)


def _clip(film: Path, every: int, truth: Callable[[int], bool | None]) -> Iterator[Shown]:
    for number, at_s, image in drawn.film(film, every):
        is_there = truth(number)
        if is_there is not None:
            yield at_s, image, is_there


def _in_room(number: int) -> bool | None:
    if any(abs(number - edge) <= 2 for span in PRESENT for edge in span):
        return None
    return any(first <= number <= last for first, last in PRESENT)


def _print_of(person: Cutout) -> Bgr:
    picture = np.full((*person.picture.shape[:2], 3), 200, np.float32)
    weight = person.weight.reshape(*person.picture.shape[:2], 1)
    return np.asarray(picture * (1 - weight) + person.picture * weight, np.uint8)


if __name__ == "__main__":
    main()
