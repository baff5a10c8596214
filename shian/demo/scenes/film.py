"""Writes a scene as an H.264 film, with its truth: the events and their times.

Groups of pictures in which nothing happens are the same in every round: they are encoded once and copied."""

from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.container import OutputContainer
from av.video.stream import VideoStream

from shian.demo.scenes.scene import ROUND_S, Plan, Scene

FPS = 15
_GROUP_S = 2.0
_GROUP = round(_GROUP_S * FPS)
TIME_BASE = Fraction(1, FPS)


class NoEncoderError(Exception):
    """The encoder is missing: this build of PyAV cannot write H.264."""


def write_film(plan: Plan, path: Path, width: int = 640) -> None:
    """Write an MP4, whole or not at all. Raises NoEncoderError, OSError."""
    part = path.with_suffix(".part.mp4")
    try:
        _encode(plan, part, width)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_truth(plan: Plan, path: Path, film: str) -> None:
    """Write the truth for `shian edge camera score`, in seconds from the beginning of the film."""
    lines = [f"# What happens in {film}, drawn by `shian demo films`."]
    for happening in sorted(plan.happenings, key=lambda happening: happening.since_s):
        lines += [
            "",
            "[[event]]",
            f'kind = "{happening.what}"',
            f"from_s = {happening.since_s}",
            f"to_s = {happening.until_s}",
        ]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _encode(plan: Plan, path: Path, width: int) -> None:
    scene = Scene(plan, width)
    calm: dict[float, list[bytes]] = {}
    with av.open(str(path), "w") as container:
        stream = add_stream(container, width)
        for group in range(round(plan.length_s / _GROUP_S)):
            since_s = group * _GROUP_S
            is_calm = not plan.at(since_s, since_s + _GROUP_S)
            coded = calm.get(since_s % ROUND_S) if is_calm else None
            if coded is None:
                coded = _coded(scene, stream, group)
            if is_calm:
                calm[since_s % ROUND_S] = coded
            for index, data in enumerate(coded):
                packet = av.Packet(data)
                packet.stream, packet.time_base = stream, TIME_BASE
                packet.pts = packet.dts = group * _GROUP + index
                packet.is_keyframe = index == 0
                container.mux(packet)


def add_stream(container: OutputContainer, width: int, preset: str = "superfast") -> VideoStream:
    """Add the H.264 stream of a scene that is `width` pixels wide. Raises NoEncoderError."""
    try:
        stream = container.add_stream("libx264", rate=FPS)
    except (av.error.FFmpegError, ValueError) as exc:
        raise NoEncoderError(str(exc)) from exc
    stream.width, stream.height, stream.pix_fmt = width, width * 9 // 16, "yuv420p"
    stream.thread_count = 1
    # One packet for each picture, and whole groups: what is drawn once is copied by the group.
    stream.gop_size, stream.max_b_frames = _GROUP, 0
    stream.options = {"preset": preset, "tune": "zerolatency", "crf": "28", "x264-params": "scenecut=0"}
    return stream


def _coded(scene: Scene, stream: VideoStream, group: int) -> list[bytes]:
    coded = []
    for number in range(group * _GROUP, (group + 1) * _GROUP):
        frame = av.VideoFrame.from_ndarray(scene.picture(number / FPS), format="yuv420p")
        frame.pts, frame.time_base = number, TIME_BASE
        coded += [bytes(packet) for packet in stream.encode(frame)]
    return coded
