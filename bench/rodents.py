"""Score the finding of rodents on drawn nights: mice that explore or run, and what moves at night and is no animal.

    ./dev bench rodents          # or: python -m bench.rodents [--hours 8] [--mice 6] [--seed 1] [--only KIND ...]

The nights are those of bench/nights.py, 320 wide, 5 looks a second, as fast as they can be drawn: not in real time, not
encoded. Only the activity before the camera looks at them, with the agent's own patience; the camera's health is not
asked, which would only make it say less. A night without an animal lasts 10 minutes and has a seed of its own; one
false alarm in it is one event. A mouse comes after 90 s; it is found when a rodent is told within 20 s. No film of a
real one was ever scored.
"""

import argparse
import os
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from random import Random

import cv2
import numpy as np
from uuid_utils.compat import uuid7

from bench.nights import NIGHTS, mouse, night
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
    print(f"{'night':<18}{'hours':>6}{'false':>6}   explores: in 20 s, late by   runs: in 20 s, late by", flush=True)
    hours, alarms = 0.0, 0
    for kind in kinds:
        false = [at_s for seed in _seeds(options.seed, nights) for at_s in told(night(kind, NIGHT_S, seed))]
        late = "   ".join(_mice(kind, options, runs=runs) for runs in (False, True))
        hours, alarms = hours + nights * NIGHT_S / 3600, alarms + len(false)
        print(f"{kind:<18}{nights * NIGHT_S / 3600:>6.2f}{len(false):>6}   {late}", flush=True)
    spent = time.process_time() - began
    print(f"{hours:.1f} h without an animal, {alarms} false; {spent:.0f} s of a core; load {os.getloadavg()[0]:.1f}")


def _seeds(first: int, many: int) -> range:
    return range(1000 * first, 1000 * first + many)


def _mice(kind: str, options: argparse.Namespace, *, runs: bool) -> str:
    late = []
    for seed in _seeds(options.seed, options.mice):
        animal = mouse(Random(f"{seed} {runs}"), COMES_S, runs=runs)
        times = told(night(kind, WATCHED_S, seed, animal))
        late.append(next((at_s - COMES_S for at_s in times if at_s >= COMES_S), float("inf")))
    found = sorted(seconds for seconds in late if seconds <= IN_TIME_S)
    shown = f"{np.median(found):.1f} s, {found[-1]:.1f} s at most" if found else "-"
    return f"{len(found)} of {len(late)}, {shown:<20}"


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
