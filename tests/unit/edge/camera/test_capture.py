"""Captures of real files, whole and damaged. A file plays in real time: these tests take seconds."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from random import Random
from time import monotonic

import pytest
from av import VideoFrame
from prometheus_client import CollectorRegistry

from edge.camera.capture import Capture
from edge.camera.errors import StreamUnavailableError
from edge.camera.packets import Packet, StreamInfo
from edge.camera.stream import Source, open_stream
from edge.metrics import Metrics
from tests.support.videos import write_sound, write_video
from tests.support.waiting import wait_for


class Watched:
    """A capture in a thread, and everything that came out of it."""

    def __init__(self, source: Source, *, rate: float = 5.0, is_decoded: bool = True) -> None:
        self.metrics = Metrics(CollectorRegistry())
        self.frames: list[tuple[float, int, int]] = []
        self.packets: list[tuple[StreamInfo, Packet]] = []
        self.capture = Capture(
            "kitchen",
            source,
            rate=rate,
            on_packet=lambda info, packet: self.packets.append((info, packet)),
            on_frame=self._on_frame if is_decoded else None,
            backoff=(0.01, 0.05),
            monotonic=monotonic,
            random=Random(1),
            metrics=self.metrics,
        )

    def _on_frame(self, frame: VideoFrame, at_s: float) -> None:
        self.frames.append((at_s, frame.width, frame.height))

    def count(self, name: str, **labels: str) -> float:
        found = self.metrics.registry.get_sample_value(
            f"shian_edge_camera_{name}_total", {"camera": "kitchen", **labels}
        )
        return found or 0.0


@contextmanager
def watched(source: Source, *, rate: float = 5.0, is_decoded: bool = True) -> Iterator[Watched]:
    seen, stop = Watched(source, rate=rate, is_decoded=is_decoded), threading.Event()
    thread = threading.Thread(target=seen.capture.run, args=(stop,))
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()
    times = [at_s for at_s, _, _ in seen.frames]
    assert all(later > earlier for earlier, later in pairwise(times))
    ticks = [packet.at_s for _, packet in seen.packets]
    assert all(later > earlier for earlier, later in pairwise(ticks))


def test_a_file_that_ends_is_opened_again_and_again(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", seconds=0.6)
    with watched(Source(str(path))) as seen:
        wait_for(lambda: seen.count("reconnects", reason="ended") >= 2)
        wait_for(lambda: len(seen.packets) >= 25)
    assert seen.packets[0][0].codec == "h264"
    assert seen.packets[0][1].is_key


def test_a_looped_file_has_no_end(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", seconds=0.6)
    with watched(Source(str(path), is_looped=True)) as seen:
        wait_for(lambda: len(seen.packets) >= 25)
    assert seen.count("reconnects", reason="ended") == 0
    assert seen.packets[24][1].at_s - seen.packets[0][1].at_s == pytest.approx(24 / 15, abs=0.05)


def test_of_sixty_frames_a_second_only_those_that_are_due_are_handed_on(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", seconds=2, fps=60)
    with watched(Source(str(path), is_looped=True)) as seen:
        wait_for(lambda: len(seen.frames) >= 8)
    assert all(later - earlier > 0.15 for (earlier, _, _), (later, _, _) in pairwise(seen.frames))
    assert seen.capture.frames > 50


def test_a_resolution_that_changes_in_mid_stream_changes_the_shape_twice(tmp_path: Path) -> None:
    small = write_video(tmp_path / "small.ts", seconds=0.5)
    large = write_video(tmp_path / "large.ts", seconds=0.5, width=480, height=270)
    path = tmp_path / "both.ts"
    path.write_bytes(small.read_bytes() + large.read_bytes())
    for is_decoded in (True, False):
        with watched(Source(str(path), is_looped=True), rate=15, is_decoded=is_decoded) as seen:
            wait_for(lambda: len(seen.packets) >= 34)
        shapes = list(dict.fromkeys((info.width, info.height) for info, _ in seen.packets))
        assert shapes == [(320, 180), (480, 270)]
        changes = [at for at, (a, b) in enumerate(pairwise(seen.packets), start=1) if a[0] != b[0]]
        assert len(changes) >= 2
        assert all(seen.packets[at][1].is_key for at in changes)
        sets = [{info.extradata for info, _ in seen.packets if info.width == width} for width in (320, 480)]
        assert not sets[0] & sets[1]


def test_damaged_packets_are_counted_and_what_is_whole_is_seen(tmp_path: Path) -> None:
    data = bytearray(write_video(tmp_path / "a.ts", seconds=2).read_bytes())
    random = Random(3)
    for at in range(len(data) // 3, 2 * len(data) // 3):
        if random.random() < 0.02:
            data[at] = random.randrange(256)
    path = tmp_path / "damaged.ts"
    path.write_bytes(data)
    with watched(Source(str(path)), rate=15) as seen:
        wait_for(lambda: seen.count("reconnects", reason="ended") >= 2, timeout_s=30)
    assert seen.count("decode_errors") > 0
    # The pictures between a damaged one and the next key frame are set aside, too.
    assert len(seen.frames) > 10
    assert seen.count("frames_set_aside") > 0


def test_what_cannot_be_opened_has_a_named_reason(tmp_path: Path) -> None:
    nothing, noise = tmp_path / "empty.mp4", tmp_path / "noise.mp4"
    nothing.write_bytes(b"")
    noise.write_bytes(Random(1).randbytes(5000))
    for source, reason in (
        (Source(str(tmp_path / "none.mp4")), "not_found"),
        (Source(str(nothing)), "not_a_stream"),
        (Source(str(noise)), "not_a_stream"),
        (Source(str(write_sound(tmp_path / "sound.wav"))), "no_video"),
        (Source("rstp://127.0.0.1/a"), "unknown_protocol"),
        (Source("/dev/video77"), "not_found"),
        (Source("rtsp://127.0.0.1/a", "admin", tmp_path / "none"), "password_file"),
    ):
        with pytest.raises(StreamUnavailableError) as refused:
            open_stream(source)
        assert refused.value.reason == reason


def test_a_file_that_comes_later_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with watched(Source(str(path))) as seen:
        wait_for(lambda: seen.count("reconnects", reason="not_found") >= 2)
        assert seen.capture.trouble == "not_found: No such file or directory"
        write_video(tmp_path / "b.mp4", seconds=0.6).rename(path)
        wait_for(lambda: seen.frames)
