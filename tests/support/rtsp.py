"""A real RTSP server (gst-rtsp-server) as a camera that can be stalled, killed and started again."""

import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from shian.local.ports import free_port

_PYTHON = "/usr/bin/python3"  # the system's, which has GStreamer's bindings
_SCRIPT = Path(__file__).with_name("rtsp_server.py")
_ELEMENTS = ("appsrc", "qtdemux", "h264parse", "rtph264pay", "x264enc", "x265enc")
# Exits with 0 where the server can run.
_PROBE = (
    "import gi; gi.require_version('Gst', '1.0'); gi.require_version('GstRtspServer', '1.0');"
    "from gi.repository import Gst, GstRtspServer; Gst.init(None);"
    f"assert all(map(Gst.ElementFactory.find, {_ELEMENTS}))"
)


def pattern(width: int = 320, height: int = 180, fps: int = 15, *, codec: str = "h264", look: str = "smpte") -> str:
    """Return the pipeline of a live test picture: colour bars with a patch of snow, or the `look` of videotestsrc."""
    raw = f"video/x-raw,format=I420,width={width},height={height},framerate={fps}/1"
    name = {"h264": "x264enc", "hevc": "x265enc"}[codec]
    pay = {"h264": "rtph264pay", "hevc": "rtph265pay"}[codec]
    return (
        f"videotestsrc is-live=true pattern={look} ! {raw} ! {name} tune=zerolatency speed-preset=ultrafast "
        f"key-int-max={fps} ! {pay} name=pay0 config-interval=-1"
    )


def endless(path: Path) -> str:
    """Return the mount of an H.264 file in an MP4, in real time, over and over; its first picture comes when the first
    client does."""
    return f"@{path}"


def from_file(path: Path) -> str:
    """Return the pipeline of an H.264 file in an MP4, in real time, once."""
    return f"filesrc location={path} ! qtdemux ! h264parse ! rtph264pay name=pay0 config-interval=-1"


class RtspServer:
    """RTSP server. `mounts`: pipelines by path. `url(path)` holds no password."""

    def __init__(self, mounts: Mapping[str, str], *, user: str = "", password: str = "") -> None:
        self.port = free_port()
        served = (f"{path}={mount}" for path, mount in mounts.items())
        self._command = [_PYTHON, str(_SCRIPT), str(self.port), user, password, *served]
        self._process: subprocess.Popen[str] | None = None

    def url(self, path: str) -> str:
        return f"rtsp://127.0.0.1:{self.port}/{path}"

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def stall(self) -> None:
        """Stall the server: it says nothing more, and its connections stay open."""
        self._running().send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._running().send_signal(signal.SIGCONT)

    def kill(self) -> None:
        process = self._running()
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
        self._process = None

    def _running(self) -> subprocess.Popen[str]:
        assert self._process is not None
        return self._process

    @property
    def is_running(self) -> bool:
        return self._process is not None


@contextmanager
def rtsp_server(mounts: Mapping[str, str], *, user: str = "", password: str = "") -> Iterator[RtspServer]:
    """Start a server; skip the test where there is no gst-rtsp-server."""
    if not is_there():
        pytest.skip("no gst-rtsp-server (Debian: python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-ugly)")
    server = RtspServer(mounts, user=user, password=password)
    server.start()
    try:
        yield server
    finally:
        if server.is_running:
            server.kill()


@cache
def is_there() -> bool:
    """Return True when such a server can run on this machine."""
    try:
        probe = subprocess.run([_PYTHON, "-c", _PROBE], capture_output=True, check=False, timeout=60)
    except OSError:
        return False
    return probe.returncode == 0
