"""Measure the cost of a look at one 720p picture: health and activity, next to decoding the picture and
to MOG2 of OpenCV over the full picture, all in one run, one thread each.

    ./dev bench camera_looks             # or: python -m bench.camera_looks [CLIP] [--seconds 40]

Without CLIP a kitchen is drawn at 1280x720 (15 pictures a second, two cooks), and encoded. Every picture of the clip is
decoded, five a second are looked at. Printed: milliseconds of processor time, median and mean.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import fmean, median

import av
import cv2
from uuid_utils.compat import uuid7

from edge.camera.frames import AvFrame
from edge.camera.settings import CameraSettings
from edge.camera.view import View
from edge.camera.watchers import analysis_of
from shian.demo.scenes.film import write_film
from shian.demo.scenes.scene import Plan

RATE = 5.0
AIM_MS = 1.5
NOON = datetime(2026, 1, 1, 12)  # noqa: DTZ001  a local time
WHOLE = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", type=Path, nargs="?")
    parser.add_argument("--seconds", type=float, default=40.0)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.clip:
        bench(options.clip, options.seconds)
        return
    with tempfile.TemporaryDirectory(prefix="shian-bench-") as folder:
        film = Path(folder) / "kitchen.mp4"
        write_film(Plan(seed=3, length_s=60.0, happenings=(), cooks=2), film, 1280)
        bench(film, options.seconds)


def bench(clip: Path, seconds: float) -> None:
    camera = CameraSettings.model_validate(
        {"name": "bench", "url": "x", "hours": ["00:00-24:00"], "zone": [{"name": "all", "polygon": WHOLE}]}
    )
    analysis, slow = analysis_of(camera, uuid7), cv2.createBackgroundSubtractorMOG2()
    decoding = [spent_s for _, _, spent_s in _decoded(clip, seconds)]
    looking = [_timed(partial(analysis.look, View(at_s, NOON, frame))) for frame, at_s in _due(clip, seconds)]
    reference = [_timed(partial(slow.apply, frame.bgr())) for frame, _ in _due(clip, seconds)]
    print(f"{clip.name}: {len(decoding)} pictures, {len(looking)} looks; load {os.getloadavg()[0]:.1f}")
    for name, spent in (("decode a picture", decoding), ("health + activity", looking), ("MOG2, full", reference)):
        print(f"  {name:<18} median {1000 * median(spent):6.2f} ms  mean {1000 * fmean(spent):6.2f} ms")
    look_s = median(looking)
    print(f"  a look: {look_s / median(reference):.2f} of MOG2, {look_s / median(decoding):.2f} of decoding a picture;")
    print(f"  aim {AIM_MS} ms; at {RATE:g} looks a second {100 * RATE * look_s:.2f} % of a core")


def _due(clip: Path, seconds: float) -> Iterator[tuple[AvFrame, float]]:
    """Yield the pictures that are looked at. Only one reader runs at a time, so that none pays for data that another
    has pushed out of the processor's cache."""
    due_s = 0.0
    for frame, at_s, _ in _decoded(clip, seconds):
        if at_s >= due_s:
            due_s += 1 / RATE
            yield AvFrame(frame), at_s


def _decoded(clip: Path, seconds: float) -> Iterator[tuple[av.VideoFrame, float, float]]:
    """Yield each picture with its time and the processor time of decoding it, in seconds."""
    with av.open(str(clip)) as container:
        container.streams.video[0].codec_context.thread_count = 1
        frames = container.decode(video=0)
        while True:
            began_s = time.thread_time()
            frame = next(frames, None)
            spent_s = time.thread_time() - began_s
            if frame is None or frame.time is None or frame.time > seconds:
                return
            yield frame, frame.time, spent_s


def _timed(work: Callable[[], object]) -> float:
    began_s = time.thread_time()
    work()
    return time.thread_time() - began_s


if __name__ == "__main__":
    main()
