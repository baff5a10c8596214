"""Measure the cost of a camera event's evidence: 10 s of 720p copied and made anew, a snapshot. Processor time, best
of three.

    ./dev bench evidence [FOLDER WITH THE MODEL yunet]

The reference is decoding the same packets and nothing else, in the same run.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

import av
from av.video.codeccontext import VideoCodecContext

from edge.camera.detect.faces import face_detector
from edge.camera.evidence.clip import Cut, copy, remake
from edge.camera.evidence.hiding import Hiding
from edge.camera.evidence.snapshot import snapshot
from tests.support.footage import encoded, room

_WIDTH, _HEIGHT, _RATE, _SECONDS = 1280, 720, 25, 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="with the model yunet")
    model: Path | None = parser.parse_args().folder
    faces = face_detector(model) if model else None
    hidings = {"coarse": Hiding(hides_faces=True)} | ({"faces": Hiding(hides_faces=True, faces=faces)} if faces else {})
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "clip.mp4"
        for codec in ("h264", "hevc"):
            cut = Cut(*encoded(codec, seconds=_SECONDS, rate=_RATE, gop=50, width=_WIDTH, height=_HEIGHT), begin_s=0.0)
            title = f"{_SECONDS} s of {codec} {_WIDTH}x{_HEIGHT}, {len(cut.packets)} packets"
            _show(title, "decoded only (reference)", _cost(partial(_decode, cut)))
            _show(title, "copied", _cost(partial(copy, cut, target)))
            for name, hiding in hidings.items():
                _show(title, f"made anew, {name}", _cost(partial(remake, cut, target, hiding, width=1280)))
    image = room(1, _WIDTH, _HEIGHT)
    for name, hiding in hidings.items():
        made = _cost(partial(snapshot, image, (), hiding, width=1280, quality=85))
        _show(f"snapshot {_WIDTH}x{_HEIGHT}", name, made)


def _decode(cut: Cut) -> None:
    context = cast("VideoCodecContext", av.CodecContext.create(cut.info.codec, "r"))
    context.thread_count = 1
    for packet in cut.packets:
        context.decode(av.Packet(packet.data))
    context.decode(None)


def _cost(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def _show(title: str, what: str, cost_s: float) -> None:
    print(f"{title}: {what}: {cost_s * 1000:.1f} ms")


if __name__ == "__main__":
    main()
