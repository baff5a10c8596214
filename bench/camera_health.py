"""What the health of a camera says of a clip, and what a look costs (CPU of this process, decoding apart).

python -m bench.camera_health CLIP...
"""

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path

import cv2
from uuid_utils.compat import uuid7

from edge.camera.analysis import Analysis
from edge.camera.clip_views import clip_views
from edge.camera.episodes import Episodes
from edge.camera.health.settings import HealthSettings
from edge.camera.health.watcher import HealthWatcher
from edge.camera.patience import patience_of

RATE = 5.0


def look_at(clip: Path) -> None:
    analysis = Analysis([HealthWatcher(HealthSettings(), (), ())], Episodes(patience_of({}), uuid7))
    looks, spent_s = 0, 0.0
    for view in clip_views(clip, RATE, datetime(2026, 1, 1, 10, tzinfo=UTC)):
        began_s = time.process_time()
        changes = analysis.look(view)
        spent_s += time.process_time() - began_s
        looks += 1
        for it in changes:
            print(f"{clip.name}  {it.kind:<10} {it.phase:<7} at {it.at_s:6.1f} s, since {it.began_s:6.1f} s")
    print(f"{clip.name}  {looks} looks, {1000 * spent_s / looks:.2f} ms each")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.camera_health", description="The health in a clip.")
    parser.add_argument("clip", type=Path, nargs="+")
    cv2.setNumThreads(1)
    for clip in parser.parse_args().clip:
        look_at(clip)


if __name__ == "__main__":
    main()
