"""Measure detectors: the cost of one look, and how right they are on a clip with a known truth.

    ./dev bench detectors       # or: python -m bench.detectors [--models DIR] [--footage DIR]

One core: onnxruntime and LiteRT run with one thread, cv2 is set to one. Costs are CPU time of this process, so that
other work on the machine does not count. A model or film that is missing is skipped by name. The whole
costs include making the input and reading the outputs; the cost of plain decoding stands beside them.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
from uuid_utils.compat import uuid7

from edge.camera.analysis import Analysis
from edge.camera.detect.description import read_catalogue
from edge.camera.detect.install import install_file
from edge.camera.detect.judges import MaskJudge
from edge.camera.detect.models import Models
from edge.camera.detect.people import PERSON, PeopleFinder, head_crop
from edge.camera.detect.presence import Span, score_presence
from edge.camera.detect.rules import make_rules
from edge.camera.detect.sampling import frames_of
from edge.camera.episodes import Episodes
from edge.camera.frames import ArrayFrame
from edge.camera.patience import patience_of
from edge.camera.settings import CameraSettings
from edge.camera.stream import Source
from edge.camera.view import Bgr, View
from wire.cameras import CameraKind

SHARED = Path(__file__).resolve().parents[2] / "shared"
PRESENT: Sequence[Span] = tuple(
    (first / 10, last / 10)
    for first, last in ((60, 197), (227, 449), (502, 700), (745, 869), (921, 1199), (1234, 1359))
)
MONDAY = datetime(2026, 11, 23, 12)  # noqa: DTZ001  a local time


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--models", type=Path, default=SHARED / "models")
    arguments.add_argument("--footage", type=Path, default=SHARED / "footage")
    given = arguments.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        models = Models(Path(folder))
        for like in read_catalogue().values():
            if (given.models / like.file).is_file():
                install_file(models, given.models / like.file)
            else:
                print(f"skipped: no {given.models / like.file}")
        costs(models)
        clip = given.footage / "room.mp4"
        if not clip.is_file():
            print(f"skipped: no {clip}")
        elif models.has("fastestdet"):
            presence(models, clip)
            rules(models, clip)
            if models.has("yunet") and models.has("aizoo_mask"):
                backs(models, clip)


def costs(models: Models) -> None:
    """Print the costs: a picture of 720p for detectors of a whole picture, a head of 200 px for those that are given
    heads."""
    random = np.random.default_rng(1)
    frame = random.integers(0, 255, (720, 1280, 3), np.uint8)
    head = np.ascontiguousarray(frame[:200, :200])
    print("\none look, ms of CPU (median of 30)")
    for name in ("fastestdet", "yunet", "aizoo_mask", "mnv1_embed"):
        if not models.has(name):
            continue
        is_embedding = name == "mnv1_embed"
        act: Callable[[Bgr], object] = models.embedder(name).embed if is_embedding else models.detector(name).detect
        for what, image in (("720p", frame), ("200 px", head)):
            print(f"  {name:<12}{what:<8}{statistics.median(cost(act, image) for _ in range(30)):6.1f}")


def cost(act: Callable[[Bgr], object], image: Bgr) -> float:
    begun = time.process_time()
    act(image)
    return (time.process_time() - begun) * 1000


def sampled(clip: Path, every_s: float) -> Iterator[tuple[float, Bgr]]:
    return frames_of(Source(str(clip)), every_s)


def presence(models: Models, clip: Path) -> None:
    finder = PeopleFinder(models.detector("fastestdet"), 0.3)
    score = score_presence(sampled(clip, 0.0), finder, PRESENT)
    print(f"\nperson, every frame of {clip.name}: recall {score.recall:.3f} of {score.there} frames, "
          f"false {score.false_share:.3f} of {score.empty} frames, unsure {score.unsure}")  # fmt: skip


def rules(models: Models, clip: Path) -> None:
    """Run the rules as the agent runs them: 5 analyses a second, detection at most once a second, episodes."""
    document = {
        "name": "room",
        "url": str(clip),
        "detect": {"rule": [{"kind": "person"}, {"kind": "too_many", "most": 1}, {"kind": "nobody", "minutes": 1}]},
    }
    watcher = make_rules(CameraSettings.model_validate(document), models)
    assert watcher is not None
    analysis = Analysis([watcher], Episodes(patience_of({}), uuid7))
    frames, decoding, looking, told = 0, 0.0, 0.0, []
    begun = time.process_time()
    for at_s, image in sampled(clip, 0.2):
        decoded = time.process_time()
        told += analysis.look(View(at_s, MONDAY + timedelta(seconds=at_s), ArrayFrame(image)))
        looked = time.process_time()
        frames, decoding, looking = frames + 1, decoding + decoded - begun, looking + looked - decoded
        begun = looked
    print(f"\nrules (person, too_many, nobody) at 5 analyses a second: {looking / frames * 1000:.2f} ms a frame, "
          f"plain decoding {decoding / frames * 1000:.2f} ms")  # fmt: skip
    analysis.close(at_s)
    people = [change for change in told if change.kind is CameraKind.PERSON]
    starts = [change.at_s for change in people if change.phase == "start"]
    ends = [change.at_s for change in people if change.phase == "end"] + [at_s]
    events = list(zip(starts, ends, strict=False))
    found = sum(any(start < last and end > first for start, end in events) for first, last in PRESENT)
    false = sum(not any(start < last and end > first for first, last in PRESENT) for start, end in events)
    late = [start - max(first for first, _ in PRESENT if first <= start) for start, _ in events]
    print(f"  person: {found} of {len(PRESENT)} visits lie in {len(events)} events, {false} are false; they begin "
          f"{min(late):.1f} to {max(late):.1f} s after somebody came")  # fmt: skip
    others = sorted(
        {change.kind.value for change in told if change.kind is not CameraKind.PERSON and change.phase == "start"}
    )
    print(f"  other events (there are none to find): {', '.join(others) or 'none'}")


def backs(models: Models, clip: Path) -> None:
    """Count the guesses about backs. Nobody wears a mask here, and nearly all are seen from behind, so a judgement of a
    back is a guess."""
    finder, masks = models.detector("fastestdet"), models.detector("aizoo_mask")
    judges = {px: MaskJudge(models.detector("yunet"), masks, "no_mask", 0.7, px) for px in (48, 24)}
    heads, alone, agreed = 0, 0, dict.fromkeys(judges, 0)
    for _, image in sampled(clip, 1.0):
        for person in [detection for detection in finder.detect(image) if detection.label == PERSON][:1]:
            heads += 1
            alone += any(detection.score >= 0.7 for detection in masks.detect(head_crop(image, person)[0]))
            for px, judge in judges.items():
                agreed[px] += judge.face(image, person) is not None
    print(f"\nmasks, {heads} heads of {clip.name} at one a second: the mask model alone decides {alone}; with a face "
          f"that the face model finds, {agreed[24]} of 24 px and more, {agreed[48]} of 48 px and more")  # fmt: skip


if __name__ == "__main__":
    main()
