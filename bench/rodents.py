"""Score the finding of rodents on drawn nights: mice, and what moves at night and is no animal.

    ./dev bench rodents          # or: python -m bench.rodents [--hours 8] [--mice 4] [--seed 1] [--only KIND ...]

The nights are those of bench/nights.py, 320 wide, 5 looks a second, as fast as they can be drawn: not in real time, not
encoded. Only the activity before the camera looks at them, with the agent's own patience; the camera's health is not
asked, which would only make it say less. A night without an animal lasts 10 minutes and has a seed of its own; one
false alarm in it is one event. A mouse comes after 90 s; it is found when a rodent is told within 20 s. No film of a
real one was ever scored.
"""

import argparse
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

import cv2
import numpy as np
from uuid_utils.compat import uuid7

from bench.nights import ANIMALS, NIGHTS, night
from edge.camera.activity.watcher import ActivityWatcher
from edge.camera.analysis import Analysis
from edge.camera.episodes import Episodes
from edge.camera.patience import patience_of
from edge.camera.settings import CameraSettings
from edge.camera.view import Bgr, Gray, View
from wire.cameras import CameraKind

TWO = datetime(2026, 11, 23, 2)  # noqa: DTZ001  a local time
NIGHT_S = 600.0
COMES_S, WATCHED_S, IN_TIME_S = 90.0, 112.0, 20.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=8.0, help="of nights without an animal, all kinds together")
    parser.add_argument("--mice", type=int, default=4, help="of each sort in each kind of night")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    cv2.setNumThreads(1)
    began = time.process_time()
    kinds = [kind for kind in NIGHTS if not options.only or kind in options.only]
    nights = max(1, round(options.hours * 3600 / NIGHT_S / len(kinds)))
    print(f"{'night':<18}{'hours':>6}{'false':>6}", *(f"{name:>10}" for name in ANIMALS), flush=True)
    late: dict[str, list[float]] = {name: [] for name in ANIMALS}
    hours, alarms = 0.0, 0
    for kind in kinds:
        false = [at_s for seed in _seeds(options.seed, nights) for at_s in told(night(kind, NIGHT_S, seed))]
        found = []
        for name in ANIMALS:
            here = [_late(kind, name, seed) for seed in _seeds(options.seed, options.mice)]
            late[name] += here
            found.append(_found(here))
        hours, alarms = hours + nights * NIGHT_S / 3600, alarms + len(false)
        print(f"{kind:<18}{nights * NIGHT_S / 3600:>6.2f}{len(false):>6}", *(f"{one:>10}" for one in found), flush=True)
    print(f"{'all':<18}{hours:>6.2f}{alarms:>6}", *(f"{_found(times):>10}" for times in late.values()))
    print(f"{'late by':<30}", *(f"{_shown(times):>10}" for times in late.values()))
    print(f"{time.process_time() - began:.0f} s of a core; load {os.getloadavg()[0]:.1f}")


def _seeds(first: int, many: int) -> range:
    return range(1000 * first, 1000 * first + many)


def _late(kind: str, name: str, seed: int) -> float:
    """Return the seconds from the first movement of an animal until it is told."""
    animal = ANIMALS[name](Random(f"{kind} {seed} {name}"), COMES_S)
    times = told(night(kind, WATCHED_S, seed, animal))
    return next((at_s - COMES_S for at_s in times if at_s >= COMES_S), float("inf"))


def _found(late: Sequence[float]) -> str:
    return f"{sum(seconds <= IN_TIME_S for seconds in late)} of {len(late)}"


def _shown(late: Sequence[float]) -> str:
    """Return the median and the most of those that were found in time."""
    found = [seconds for seconds in late if seconds <= IN_TIME_S]
    return f"{np.median(found):.1f}, {max(found):.1f}" if found else "-"


def told(pictures: Iterable[tuple[float, Gray]]) -> Iterator[float]:
    """Yield the times at which a rodent is told."""
    camera = CameraSettings.model_validate({"name": "store", "url": "x"})
    watcher = ActivityWatcher(camera.activity, (), (), ())
    analysis = Analysis([watcher], Episodes(patience_of({}), uuid7))
    for at_s, picture in pictures:
        for change in analysis.look(View(at_s, TWO + timedelta(seconds=at_s), _GrayFrame(picture))):
            if change.kind is CameraKind.RODENT and change.phase == "start":
                yield change.at_s


class _GrayFrame:
    """A picture that has no colour."""

    def __init__(self, luma: Gray) -> None:
        self.luma = luma

    def bgr(self) -> Bgr:
        return np.asarray(cv2.cvtColor(self.luma, cv2.COLOR_GRAY2BGR), np.uint8)


if __name__ == "__main__":
    main()
