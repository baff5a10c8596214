"""Reads a file or a live stream through a trial. Ctrl-C ends the reading, and everything seen until then counts."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random

from av import VideoFrame
from prometheus_client import CollectorRegistry, Counter

from edge.camera.building import source_of_camera
from edge.camera.capture import Capture
from edge.camera.errors import StreamLostError
from edge.camera.frames import AvFrame
from edge.camera.latest import Latest
from edge.camera.pace import Pace
from edge.camera.packets import Packet
from edge.camera.settings import CameraSettings
from edge.camera.slices import VideoPacket
from edge.camera.soundness import Soundness
from edge.camera.stream import Source, Stream, open_stream
from edge.camera.stream_clock import StreamClock
from edge.camera.tuning.flow import Flow, Trouble
from edge.camera.tuning.trial import Trial
from edge.metrics import Metrics

_STEP_S = 0.2


def source_of(camera: CameraSettings) -> Source:
    """Return the source of a camera. A file is read once, even when the settings loop it."""
    return replace(source_of_camera(camera, camera.url), is_looped=False)


def read_file(stream: Stream, rate: float, *, trial: Trial, flow: Flow, most_s: float) -> Trouble:
    """Read up to `most_s` of a file as fast as possible; times count from its first picture."""
    reader = _FileReader(stream, rate, trial, flow)
    lost: dict[str, int] = {}
    try:
        with _until_ctrl_c() as pressed:
            for packet in stream.packets():
                if reader.take(packet) > most_s or pressed.is_set():
                    break
    except StreamLostError as exc:
        if exc.reason != "ended":
            lost[exc.reason] = 1
    finally:
        stream.close()
    return Trouble(lost, reader.damaged, 0)


class _FileReader:
    def __init__(self, stream: Stream, rate: float, trial: Trial, flow: Flow) -> None:
        self._stream = stream
        self._trial = trial
        self._flow = flow
        self._pace = Pace(rate)
        self._first_s: float | None = None
        self._clock = StreamClock()
        self._clock.begin(stream.info.time_base, stream.frame_s, 0.0)
        self._sound = Soundness()
        self._sound.begin(stream.info.codec, stream.info.extradata)

    @property
    def damaged(self) -> int:
        return self._sound.damaged

    def take(self, packet: VideoPacket) -> float:
        """Take a packet and return its time."""
        pts, dts, at_s = self._clock.place(packet.pts, packet.dts)
        self._flow.add(self._stream.info, Packet(bytes(packet), pts, dts, at_s, packet.is_keyframe))
        for frame in self._sound.pictures(packet, self._stream.decode, at_s):
            self._show(frame)
        return at_s

    def _show(self, frame: VideoFrame) -> None:
        shown_s = self._clock.shown_at(frame.pts)
        self._first_s = shown_s if self._first_s is None else self._first_s
        at_s = shown_s - self._first_s
        if self._pace.is_due(at_s):
            self._trial.look(AvFrame(frame), at_s)


def read_live(
    stream: Stream,
    camera: CameraSettings,
    *,
    trial: Trial,
    flow: Flow,
    seconds: float | None,
    monotonic: Callable[[], float] = time.monotonic,
) -> Trouble:
    """Read a stream as the agent does, in a thread of its own, for `seconds` (None: until Ctrl-C).

    `stream` is open already; when it is lost it is opened anew."""
    opened = [stream]
    frames: Latest[tuple[VideoFrame, float]] = Latest()
    metrics = Metrics(CollectorRegistry())
    capture = Capture(
        camera.name,
        source_of(camera),
        rate=camera.rate,
        on_packet=flow.add,
        on_frame=lambda frame, at_s: _put(frames, frame, at_s),
        backoff=(camera.stream.reconnect_s, camera.stream.reconnect_longest_s),
        monotonic=monotonic,
        random=Random(),  # noqa: S311  a jitter
        metrics=metrics,
        open_stream=lambda source, clock: opened.pop() if opened else open_stream(source, clock),
    )
    stop = threading.Event()
    thread = threading.Thread(target=capture.run, args=(stop,), name="capture", daemon=True)
    thread.start()
    with _until_ctrl_c() as pressed:
        _watch(
            frames,
            trial,
            lambda: thread.is_alive() and not pressed.is_set(),
            read_s=camera.stream.read_s,
            seconds=seconds,
            monotonic=monotonic,
        )
        stop.set()
        thread.join(camera.stream.open_s + camera.stream.read_s)
    return Trouble(
        _counted(metrics.camera_reconnects, "reason"),
        sum(_counted(metrics.camera_decode_errors, "camera").values()),
        frames.dropped,
    )


@contextmanager
def _until_ctrl_c() -> Iterator[threading.Event]:
    """Yield an event that the first Ctrl-C sets; the second raises KeyboardInterrupt as usual.

    KeyboardInterrupt alone would not do: it is raised wherever the main thread is, and inside a callback of a library
    it is reported and forgotten."""
    pressed = threading.Event()

    def press(*_: object) -> None:
        pressed.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


def _put(frames: Latest[tuple[VideoFrame, float]], frame: VideoFrame, at_s: float) -> None:
    frames.put((frame, at_s))


def _watch(
    frames: Latest[tuple[VideoFrame, float]],
    trial: Trial,
    is_wanted: Callable[[], bool],
    *,
    read_s: float,
    seconds: float | None,
    monotonic: Callable[[], float],
) -> None:
    begun_s = seen_s = now_s = monotonic()
    while is_wanted() and (seconds is None or now_s - begun_s < seconds):
        shown = frames.take(_STEP_S)
        now_s = monotonic()
        if shown is not None:
            seen_s = now_s
            frame, at_s = shown
            trial.look(AvFrame(frame), at_s - begun_s)
        elif now_s - seen_s >= read_s:
            trial.miss(now_s - begun_s)


def _counted(counter: Counter, label: str) -> dict[str, int]:
    """Return the counts of a counter, by a label."""
    samples = (sample for metric in counter.collect() for sample in metric.samples)
    return {
        sample.labels[label]: int(sample.value) for sample in samples if sample.name.endswith("_total") and sample.value
    }
