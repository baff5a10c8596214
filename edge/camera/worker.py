"""A camera's threads: one reads its stream (one more the main stream, if it has one), one looks at the newest frame.

They share only the one-place slot and the packet ring. Each is supervised, and none waits for another camera."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol

from av import VideoFrame

from edge.camera.capture import Capture
from edge.camera.episodes import Change
from edge.camera.frames import AvFrame
from edge.camera.latest import Latest
from edge.camera.line import Tally
from edge.camera.packets import Packet, PacketRing, StreamInfo, Tap
from edge.camera.recorder import CameraRecorder
from edge.camera.settings import CameraSettings
from edge.camera.view import View
from edge.device.presence import Presence
from edge.metrics import Metrics
from edge.status_file import CameraState
from process.supervisor import Worker
from wire.kinds.device import DeviceV1

# The `adapter` field of a device event when the device is a camera.
CAMERA = "camera"
_STEP_S = 0.5
_RATE_OVER_S = 30.0
# Packets come and none of their pictures is whole: after so long the camera is as good as away.
_BLIND_S = 30.0


class Looker(Protocol):
    """The analysis that a worker feeds, as edge.camera.analysis.Analysis."""

    def tell(self, tally: Tally, at_s: float) -> None: ...
    def look(self, view: View) -> Sequence[Change]: ...
    def absent(self, at_s: float, reason: str = "") -> Sequence[Change]: ...
    def wait(self, at_s: float) -> Sequence[Change]: ...
    def close(self, at_s: float) -> Sequence[Change]: ...


# Zones and masks for the analysis: made in the thread that has them, put in force in the analysis' own.
Swap = Callable[[float], Sequence[Change]]
Arrange = Callable[[CameraSettings], Swap]


@dataclass(frozen=True, slots=True)
class _Shown:
    """A frame that is due, with the time at which it was shown, on the stream's scale."""

    frame: VideoFrame
    at_s: float


class Frames:
    """The newest frame of one camera, between its capture and its analysis thread, and the time at which frames
    came."""

    def __init__(self, camera: str, metrics: Metrics, monotonic: Callable[[], float]) -> None:
        self._camera = camera
        self._metrics = metrics
        self._monotonic = monotonic
        self.latest: Latest[_Shown] = Latest()
        self.seen_s = float("-inf")

    def put(self, frame: VideoFrame, at_s: float) -> None:
        self.seen_s = self._monotonic()
        if not self.latest.put(_Shown(frame, at_s)):
            self._metrics.camera_dropped.labels(self._camera).inc()


class Packets:
    """The packet ring, and every other taker of the main stream's packets."""

    def __init__(self, ring: PacketRing) -> None:
        self.ring = ring
        self._info: StreamInfo | None = None
        self._taps: tuple[Tap, ...] = ()
        self._lock = threading.Lock()

    def add(self, info: StreamInfo, packet: Packet) -> None:
        if info is not self._info:
            self._info = info
            self.ring.begin(info)
        self.ring.add(packet)
        # `_taps` is replaced, never changed in place: this loop needs no lock.
        for tap in self._taps:
            tap(info, packet)

    def add_tap(self, tap: Tap) -> None:
        with self._lock:
            self._taps = (*self._taps, tap)

    def remove_tap(self, tap: Tap) -> None:
        with self._lock:
            self._taps = tuple(other for other in self._taps if other != tap)


class CameraWorker:
    """One camera.

    `captures` and `others` are keyed by the name of their thread. `clock` tells the wall time, `zone` is the station's
    time zone. `lack` says what the camera has to do without. `newest` is the newest frame that was looked at; None
    while there is none. `layout` is the version of the centre's zones and masks that the analysis goes by."""

    def __init__(
        self,
        name: str,
        url: str,
        *,
        captures: dict[str, Capture],
        others: dict[str, Callable[[threading.Event], None]],
        frames: Frames,
        packets: Packets,
        analysis: Looker,
        recorder: CameraRecorder,
        open_s: float,
        read_s: float,
        settle_s: float,
        lack: str,
        arrange: Arrange,
        clock: Callable[[], datetime],
        zone: tzinfo,
        monotonic: Callable[[], float],
        metrics: Metrics,
    ) -> None:
        self.name = name
        self.url = url
        self.packets = packets
        self.is_online = False
        self.newest: View | None = None
        self._captures = captures
        self._others = others
        self._watched = next(iter(captures.values()))
        self._frames = frames
        self._analysis = analysis
        self._recorder = recorder
        self._read_s = read_s
        # Until then a camera that has not been opened yet is not away.
        self._grace_s = monotonic() + max(open_s, read_s)
        self._presence = Presence(settle_s)
        self._clock = clock
        self._zone = zone
        self._monotonic = monotonic
        self._metrics = metrics
        self._at_s = monotonic()
        self._looked_s = self._at_s
        self._last_frame_at: datetime | None = None
        self._fps = FrameRate(monotonic)
        self._fault = ""
        self._why = ""
        self._lack = lack
        self._arrange = arrange
        self._swap: tuple[Swap, int] | None = None
        self.layout = 0

    def workers(self) -> list[Worker]:
        runs = {name: capture.run for name, capture in self._captures.items()} | self._others
        runs[f"analysis:{self.name}"] = self.analyse
        return [Worker(name, run, self._crashed) for name, run in runs.items()]

    def add_tap(self, tap: Tap) -> None:
        """Give every packet of the main stream from now on to `tap`, which is called in the capture's thread and must
        not block."""
        self.packets.add_tap(tap)

    def remove_tap(self, tap: Tap) -> None:
        self.packets.remove_tap(tap)

    def obey(self, camera: CameraSettings, layout: int) -> None:
        """Go on with other zones and masks, from any thread; the analysis takes them up before its next look."""
        self._swap = (self._arrange(camera), layout)

    def analyse(self, stop: threading.Event) -> None:
        """Look at the newest frames until `stop` is set."""
        if self._lack:
            self._recorder.note(
                DeviceV1(state="fault", reason="rules_not_usable", detail=self._lack[:2000], adapter=CAMERA)
            )
        while not stop.is_set():
            self.step(_STEP_S)
        self._recorder.take(self._analysis.close(self._at_s), None)

    def step(self, wait_s: float) -> None:
        """Look at the newest frame as soon as there is one, or note after `wait_s` that there is none."""
        if self._swap is not None:
            (swap, layout), self._swap = self._swap, None
            self._recorder.take(swap(self._at_s), None)
            self.layout = layout
        shown = self._frames.latest.take(wait_s)
        now_s = self._monotonic()
        if shown is not None:
            self._look(shown, now_s)
        elif now_s - self._frames.seen_s >= self._read_s and now_s >= self._grace_s:
            self._miss(now_s)
        self._see(now_s)
        self._recorder.step(self._at_s + now_s - self._looked_s)

    def _look(self, shown: _Shown, now_s: float) -> None:
        # A reconnection may step back: the times of looks must rise.
        self._at_s = max(shown.at_s, self._at_s + 0.001)
        self._looked_s = now_s
        now = self._clock()
        view = View(self._at_s, now.astimezone(self._zone), AvFrame(shown.frame))
        self.is_online, self._last_frame_at, self._fault, self._why = True, now, "", ""
        self.newest = view
        self._analysis.tell(self._watched.tally, self._at_s)
        self._recorder.take(self._analysis.look(view), view)
        self._metrics.camera_analysed.labels(self.name).inc()

    def _miss(self, now_s: float) -> None:
        # The stream's own scale stands still without frames: time passes by our clock.
        self._at_s += now_s - self._looked_s
        self._looked_s = now_s
        self._analysis.tell(self._watched.tally, self._at_s)
        silent_s = now_s - self._watched.heard_s
        blind_s = now_s - max(self._frames.seen_s, self._grace_s - self._read_s)
        reason = self._lost_by(silent_s, blind_s)
        if not self._watched.trouble and silent_s < self._read_s and blind_s < _BLIND_S:
            # Packets come: the line is bad, and nobody is away.
            self._recorder.take(self._analysis.wait(self._at_s), None)
            return
        self.is_online, self.newest = False, None
        self._recorder.take(self._analysis.absent(self._at_s, reason), None)

    def _lost_by(self, silent_s: float, blind_s: float) -> str:
        """Return the word for why there is no picture, and keep the whole reason."""
        capture = self._watched
        if capture.trouble:
            self._why = capture.trouble
            return capture.reason
        lack = "damaged" if capture.has_key else "no_key_frame"
        reason, many = ("stalled", silent_s) if silent_s >= self._read_s else (lack, blind_s)
        if many == float("inf"):
            self._why = "no_answer: nothing came yet"
            return "no_answer"
        what = {
            "stalled": "silent",
            "damaged": f"packets, {capture.tally.damaged} of them damaged, none whole,",
            "no_key_frame": "packets, no key frame among them,",
        }[reason]
        self._why = f"{reason}: {what} for {many:.0f} s"
        return reason

    def _see(self, now_s: float) -> None:
        self._metrics.camera_online.labels(self.name).set(self.is_online)
        if not self.is_online and now_s < self._grace_s:
            return
        report = self._presence.see(self.is_online, now_s)
        if report is not None:
            state = "online" if report else "offline"
            why = self.trouble or ("" if report else self._why)
            self._recorder.note(DeviceV1(state=state, reason="stream", detail=why[:2000], adapter=CAMERA))

    @property
    def trouble(self) -> str:
        found = [self._fault, self._lack, *(capture.trouble for capture in self._captures.values())]
        return "; ".join(dict.fromkeys(filter(None, found)))

    def _crashed(self, what: str) -> None:
        self._fault = what
        self._recorder.note(DeviceV1(state="fault", reason="worker_crashed", detail=what[:2000], adapter=CAMERA))

    def state(self) -> CameraState:
        info = self._watched.info
        return CameraState(
            name=self.name,
            url=self.url,
            is_online=self.is_online,
            trouble=self.trouble,
            codec=info.codec if info else "",
            width=info.width if info else 0,
            height=info.height if info else 0,
            fps=self._fps.of(self._watched.frames),
            events=self._recorder.events,
            last_frame_at=None if self.is_online else self._last_frame_at,
            layout=self.layout,
        )


class FrameRate:
    """The number of frames a second, over half a minute: the status file is not written again for a flicker."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._since_s, self._count = monotonic(), 0
        self._rate = 0

    def of(self, count: int) -> int:
        """Return the rate, given the number of frames since the start."""
        took_s = self._monotonic() - self._since_s
        if took_s >= _RATE_OVER_S or (not self._rate and took_s >= 2.0):
            self._rate = round((count - self._count) / took_s)
            self._since_s, self._count = self._monotonic(), count
        return self._rate
