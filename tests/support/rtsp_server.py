"""Run by the system's Python, which has GStreamer's bindings (Debian: python3-gi, gir1.2-gst-rtsp-server-1.0):

    /usr/bin/python3 rtsp_server.py PORT USER PASSWORD PATH=PIPELINE|PATH=@FILE ...

Serves each PIPELINE (gst-launch syntax, a payloader named pay0), or the H.264 of an MP4 over and over, at
rtsp://127.0.0.1:PORT/PATH. With a USER, only to them. Writes "ready" once it listens.
"""

import argparse
import sys
from itertools import cycle

import gi  # type: ignore[import-not-found]  # not in any wheel

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # type: ignore[import-not-found]  # noqa: E402

# A file's own time stamps begin anew with every round, and a client would see them jump: we number its pictures.
_FROM_FILE = "appsrc name=film format=time ! h264parse ! rtph264pay name=pay0 config-interval=-1"
_UNITS = (
    "filesrc name=file ! qtdemux ! h264parse ! video/x-h264,stream-format=byte-stream,alignment=au"
    " ! appsink name=units sync=false"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("port", "user", "password"):
        parser.add_argument(name)
    parser.add_argument("mount", nargs="*", help="/path=FILE, or /path=@FILE")
    options = parser.parse_args()
    port, user, password, mounts = options.port, options.user, options.password, options.mount
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    if user:
        server.set_auth(_only(user, password))
    points = server.get_mount_points()
    for mount in mounts:
        path, _, served = mount.partition("=")
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(f"( {_FROM_FILE if served.startswith('@') else served} )")
        if served.startswith("@"):
            factory.connect("media-configure", _play, served[1:])
        factory.set_shared(True)
        factory.set_protocols(GstRtsp.RTSPLowerTrans.TCP)
        if user:
            _permit(factory)
        points.add_factory("/" + path, factory)
    if not server.attach(None):
        raise SystemExit(f"port {port} is taken")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


def _play(_factory: GstRtspServer.RTSPMediaFactory, media: GstRtspServer.RTSPMedia, path: str) -> None:
    caps, units = _read(path)
    film = media.get_element().get_by_name("film")
    film.set_property("caps", caps)
    pictures = enumerate(cycle(units))
    _, fps, per = caps.get_structure(0).get_fraction("framerate")
    picture_ns = Gst.SECOND * per // fps

    def push(source: Gst.Element, _length: int) -> None:
        number, unit = next(pictures)
        buffer = Gst.Buffer.new_wrapped(unit)
        buffer.pts = buffer.dts = number * picture_ns
        buffer.duration = picture_ns
        source.emit("push-buffer", buffer)

    film.connect("need-data", push)


def _read(path: str) -> tuple[Gst.Caps, list[bytes]]:
    """Return the stream's caps, and its pictures in order."""
    pipeline = Gst.parse_launch(_UNITS)
    pipeline.get_by_name("file").set_property("location", path)
    sink = pipeline.get_by_name("units")
    pipeline.set_state(Gst.State.PLAYING)
    caps, units = None, []
    while sample := sink.emit("pull-sample"):
        caps = sample.get_caps()
        units.append(bytes(sample.get_buffer().extract_dup(0, sample.get_buffer().get_size())))
    pipeline.set_state(Gst.State.NULL)
    if caps is None:
        raise SystemExit(f"{path}: no H.264 in it")
    return caps, units


def _only(user: str, password: str) -> GstRtspServer.RTSPAuth:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    return auth


def _permit(factory: GstRtspServer.RTSPMediaFactory) -> None:
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("user", "media.factory.access", True)
    permissions.add_permission_for_role("user", "media.factory.construct", True)
    factory.set_permissions(permissions)


if __name__ == "__main__":
    main()
