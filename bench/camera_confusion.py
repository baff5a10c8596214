"""Which tampers are found and which nuisances alarm, over clips that have neither: every tamper and nuisance of
tests/support/tampers.py is applied to each.

    ./dev bench camera_confusion [CLIP...] [--from 20] [--lasts 12] [--seconds 45] [--only KIND] [--scene NAME]
        [--night [--kbit N]]

Without a CLIP two kitchens are drawn, by day with two cooks and by night, and the scenes of
`tests.support.busy_scenes`; nothing is encoded. --scene: those alone whose name has this in it. A picture (.jpg,
.png) is shown with a sensor's noise. --night: as an infrared camera shows it: less contrast, a lamp, noise of 8
levels, H.264 at crf 32 with a key frame every 4 s; --kbit: with so many bits a second, whatever is shown. A picture
freezes behind the sensor, noise and all.
One run a tamper and clip, with the watchers that a camera has by default. A run is right when its episodes are exactly
the one kind (none, for a nuisance).
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path
from uuid import UUID

import cv2
import numpy as np

from edge.camera.clip_views import clip_views
from edge.camera.frames import ArrayFrame
from edge.camera.settings import CameraSettings
from edge.camera.view import Gray, View
from edge.camera.watchers import analysis_of
from shian.demo.scenes.scene import Plan, Scene
from tests.support.busy_scenes import BUSY
from tests.support.infrared_stream import Looks, by_infrared, encoded
from tests.support.tampers import NUISANCES, SLOW_TAMPERS, TAMPERS, Change, grain
from wire.cameras import CameraKind

RATE = 5.0
WIDTH = 640
DRAWN = {
    "drawn kitchen, two cooks": Plan(seed=3, length_s=60.0, happenings=(), cooks=2),
    "drawn kitchen, night": Plan(seed=4, length_s=60.0, happenings=(), is_night=True),
}


Scenes = dict[str, Callable[[float], Looks]]  # by name; each gives its looks of so many seconds


@dataclass(frozen=True)
class Span:
    begin_s: float
    end_s: float


@dataclass(frozen=True)
class Case:
    """A change, and the kind that it is; a nuisance has none."""

    kind: str
    name: str
    make: Callable[[], Change]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", type=Path, nargs="*")
    parser.add_argument("--from", dest="begin", type=float, default=20.0)
    parser.add_argument("--lasts", type=float, default=12.0)
    parser.add_argument("--seconds", type=float, default=45.0)
    parser.add_argument("--only", help="the tampers of this kind, or nuisance")
    parser.add_argument("--scene", default="")
    parser.add_argument("--night", action="store_true")
    parser.add_argument("--kbit", type=int, default=0)
    options = parser.parse_args()
    span = Span(options.begin, options.begin + options.lasts)
    clips: Scenes = {clip.name: partial(_pictures, clip) for clip in options.clip}
    scenes = clips or {name: looks for name, looks in _drawn_scenes().items() if options.scene in name}
    for title, looks in scenes.items():
        pictures = list(looks(options.seconds))
        print(f"{title}: {len(pictures)} looks")
        right: dict[str, list[bool]] = {}
        seen = partial(_by_night, kbit=options.kbit) if options.night else _seen
        for case in _cases(options.only):
            is_right = _is_right(seen(pictures, span, case), span, case)
            right.setdefault("tampers right" if case.kind else "nuisances quiet", []).append(is_right)
        print("  " + ", ".join(f"{what} {sum(cases)}/{len(cases)}" for what, cases in right.items()))


def _drawn_scenes() -> Scenes:
    return {**{name: partial(_drawn, plan) for name, plan in DRAWN.items()}, **BUSY}


def _cases(only: str | None) -> Iterator[Case]:
    for tampers in (TAMPERS, SLOW_TAMPERS):
        for kind, named in tampers.items():
            if only in (None, kind):
                yield from (Case(kind, name, make) for name, make in named.items())
    if only in (None, "nuisance"):
        yield from (Case("", name, make) for name, make in NUISANCES.items())


def _pictures(clip: Path, seconds: float) -> Iterator[tuple[float, Gray]]:
    still = cv2.imread(str(clip), cv2.IMREAD_GRAYSCALE) if clip.suffix in (".jpg", ".png") else None
    if still is not None:
        yield from _still(np.asarray(still, np.uint8), seconds)
        return
    for view in clip_views(clip, RATE, datetime(2026, 1, 1, 12)):  # noqa: DTZ001  a local time
        if view.at_s > seconds:
            return
        yield view.at_s, view.frame.luma.copy()


def _still(picture: Gray, seconds: float) -> Iterator[tuple[float, Gray]]:
    rng, height = np.random.default_rng(5), 2 * round(picture.shape[0] * WIDTH / picture.shape[1] / 2)
    small = cv2.resize(picture, (WIDTH, height), interpolation=cv2.INTER_AREA)
    for number in range(int(seconds * RATE)):
        noisy = small + 1.5 * grain(small.shape, rng)
        yield number / RATE, np.asarray(np.clip(noisy, 0, 255), np.uint8)


def _drawn(plan: Plan, seconds: float) -> Iterator[tuple[float, Gray]]:
    scene = Scene(plan, WIDTH)
    for number in range(int(seconds * RATE)):
        planes = scene.picture(number / RATE)
        yield number / RATE, planes[: planes.shape[0] * 2 // 3].copy()


def _seen(pictures: Looks, span: Span, case: Case) -> Iterator[tuple[float, Gray]]:
    """Yield the pictures with the change from `span`'s beginning to its end."""
    change, rng = case.make(), np.random.default_rng(1)
    for at_s, picture in pictures:
        is_on = span.begin_s <= at_s < span.end_s
        yield at_s, change(picture, at_s - span.begin_s, rng) if is_on else picture


def _by_night(pictures: Looks, span: Span, case: Case, kbit: int) -> Iterator[tuple[float, Gray]]:
    if case.kind == CameraKind.FROZEN:
        return encoded(_seen(by_infrared(pictures), span, case), kbit)
    return encoded(by_infrared(_seen(pictures, span, case)), kbit)


def _is_right(pictures: Looks, span: Span, case: Case) -> bool:
    numbers, found = count(1), list[tuple[str, float]]()
    camera = CameraSettings.model_validate({"name": "bench", "url": "x"})
    analysis = analysis_of(camera, lambda: UUID(int=next(numbers)))
    for at_s, picture in pictures:
        frame = ArrayFrame(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR).astype(np.uint8))
        changes = analysis.look(View(at_s, datetime(2026, 1, 1, 12), frame))  # noqa: DTZ001
        found += [(one.kind.value, round(one.at_s - span.begin_s, 1)) for one in changes if one.phase == "start"]
    is_right = [kind for kind, _ in found] == ([case.kind] if case.kind else [])
    print(f"  {'ok ' if is_right else 'BAD'} {case.kind or 'nuisance':10} {case.name:18} {found}", flush=True)
    return is_right


if __name__ == "__main__":
    main()
