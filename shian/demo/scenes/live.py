"""The district's cameras, live: each picture is drawn for the moment in which it is sent, its clock with it.

They send H.264 in MPEG-TS over HTTP, as encoders for analogue cameras do, and draw only while somebody looks. A
camera's story begins when somebody looks for the first time, and begins anew when it is over; its clock goes on."""

import threading
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from zoneinfo import ZoneInfo

import av
import av.error
import cv2
import structlog

from process.connections import DISTRICT_ZONE
from shian.demo.scenes.film import FPS, TIME_BASE, add_stream
from shian.demo.scenes.scene import Plan, Scene

_WIDTH = 640
_LATE_S = 1.0
_ZONE = ZoneInfo(DISTRICT_ZONE)

log = structlog.get_logger()


class LiveCameras(ThreadingHTTPServer):
    """Server of cameras at http://127.0.0.1:`port`/NAME.ts. `plans`: their stories, by name. Its pictures end when
    `ending` is set. Raises OSError."""

    daemon_threads = True

    def __init__(self, port: int, plans: Mapping[str, Plan], ending: threading.Event) -> None:
        self.plans = plans
        self.ending = ending
        self._begun: dict[str, float] = {}
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Viewer)

    def begun_s(self, name: str) -> float:
        """Return the time of `time.monotonic` at which the story of a camera began: now, for the first one who asks."""
        with self._lock:
            return self._begun.setdefault(name, time.monotonic())


class _Viewer(BaseHTTPRequestHandler):
    timeout = 10.0  # for one who asks nothing, or reads no more

    @property
    def _cameras(self) -> LiveCameras:
        assert isinstance(self.server, LiveCameras)
        return self.server

    def do_GET(self) -> None:
        name = self.path.removeprefix("/").removesuffix(".ts")
        plan = self._cameras.plans.get(name)
        if plan is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "video/mp2t")
        self.end_headers()
        try:
            self._show(plan, self._cameras.begun_s(name))
        except (OSError, av.error.FFmpegError) as exc:  # whoever looked has gone
            log.info("viewer_left", camera=name, why=exc.strerror)

    def _show(self, plan: Plan, begun_s: float) -> None:
        scene = Scene(plan, _WIDTH)
        with av.open(self.wfile, "w", format="mpegts", options={"flush_packets": "1"}) as container:
            stream = add_stream(container, _WIDTH, preset="ultrafast")
            for number in _numbers(begun_s, self._cameras.ending):
                picture = scene.picture(number / FPS % plan.length_s, datetime.now(_ZONE))
                frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
                frame.pts, frame.time_base = number, TIME_BASE
                container.mux(stream.encode(frame))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
        log.info("asked", said=format % args)


def serve(port: int, plans: Mapping[str, Plan], ending: threading.Event) -> None:
    """Serve until `ending` is set. Raises OSError, NoEncoderError."""
    cv2.setNumThreads(1)  # one picture is little work: threads would wake each other in vain
    with av.open(BytesIO(), "w", format="mpegts") as container:
        add_stream(container, _WIDTH)  # as it will be asked for
    with LiveCameras(port, plans, ending) as cameras:
        threading.Thread(target=cameras.serve_forever, daemon=True).start()
        ending.wait()
        cameras.shutdown()


def _numbers(begun_s: float, ending: threading.Event) -> Iterator[int]:
    """Yield the number of each picture since `begun_s` when its time comes; leave out those that come much too late."""
    number = int((time.monotonic() - begun_s) * FPS)
    while not ending.wait(max(0.0, begun_s + number / FPS - time.monotonic())):
        yield number
        late = time.monotonic() - begun_s - number / FPS
        number += 1 if late < _LATE_S else int(late * FPS)
