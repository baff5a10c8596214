"""Which tampers are found and which nuisances alarm, over clips that have neither: every tamper and nuisance of
tests/support/tampers.py is applied to each.

    python -m bench.camera_confusion CLIP... [--from 20] [--lasts 12] [--seconds 45]

One run a tamper and clip, with the watchers that a camera has by default. A run is right when its episodes are exactly
the one kind (none, for a nuisance).
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
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
from tests.support.tampers import NUISANCES, TAMPERS, Change

RATE = 5.0


@dataclass(frozen=True)
class Span:
    begin_s: float
    end_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", type=Path, nargs="+")
    parser.add_argument("--from", dest="begin", type=float, default=20.0)
    parser.add_argument("--lasts", type=float, default=12.0)
    parser.add_argument("--seconds", type=float, default=45.0)
    options = parser.parse_args()
    span = Span(options.begin, options.begin + options.lasts)
    for clip in options.clip:
        pictures = list(_pictures(clip, options.seconds))
        print(f"{clip.name}: {len(pictures)} looks")
        cases = [(kind, name, make()) for kind, named in TAMPERS.items() for name, make in named.items()]
        cases += [("", name, make()) for name, make in NUISANCES.items()]
        right = [_case(pictures, span, *case) for case in cases]
        tampers = sum(len(named) for named in TAMPERS.values())
        print(
            f"  tampers right {sum(right[:tampers])}/{tampers}, nuisances quiet {sum(right[tampers:])}/{len(NUISANCES)}"
        )


def _pictures(clip: Path, seconds: float) -> Iterator[tuple[float, Gray]]:
    for view in clip_views(clip, RATE, datetime(2026, 1, 1, 12)):  # noqa: DTZ001  a local time
        if view.at_s > seconds:
            return
        yield view.at_s, view.frame.luma.copy()


def _case(pictures: list[tuple[float, Gray]], span: Span, kind: str, name: str, change: Change) -> bool:
    numbers, rng = count(1), np.random.default_rng(1)
    camera = CameraSettings.model_validate({"name": "bench", "url": "x"})
    analysis = analysis_of(camera, lambda: UUID(int=next(numbers)))
    found: list[tuple[str, float]] = []
    for at_s, picture in pictures:
        shown = change(picture, at_s - span.begin_s, rng) if span.begin_s <= at_s < span.end_s else picture
        frame = ArrayFrame(cv2.cvtColor(shown, cv2.COLOR_GRAY2BGR).astype(np.uint8))
        changes = analysis.look(View(at_s, datetime(2026, 1, 1, 12), frame))  # noqa: DTZ001
        found += [
            (change.kind.value, round(change.at_s - span.begin_s, 1)) for change in changes if change.phase == "start"
        ]
    is_right = [found_kind for found_kind, _ in found] == ([kind] if kind else [])
    print(f"  {'ok ' if is_right else 'BAD'} {kind or 'nuisance':10} {name:18} {found}", flush=True)
    return is_right


if __name__ == "__main__":
    main()
