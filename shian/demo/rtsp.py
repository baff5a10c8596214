"""The RTSP server of the demo's cameras: GStreamer's, run by the system's Python where Debian's packages are there."""

from collections.abc import Mapping, Sequence
from pathlib import Path

_PYTHON = "/usr/bin/python3"
_SCRIPT = Path(__file__).with_name("scenes") / "rtsp_server.py"

# Exits with 0 where the server can run.
PROBE: Sequence[str] = (
    _PYTHON,
    "-c",
    "import gi; gi.require_version('Gst', '1.0'); gi.require_version('GstRtspServer', '1.0');"
    "from gi.repository import Gst, GstRtspServer; Gst.init(None);"
    "assert all(map(Gst.ElementFactory.find, ('appsrc', 'qtdemux', 'h264parse', 'rtph264pay')))",
)


def command(port: int, mounts: Mapping[str, str], *, user: str = "", password: str = "") -> list[str]:
    """Return the command of a server on 127.0.0.1. `mounts`: by path, a GStreamer pipeline, or @FILE for an MP4 over
    and over."""
    return [_PYTHON, str(_SCRIPT), str(port), user, password, *(f"{path}={served}" for path, served in mounts.items())]
