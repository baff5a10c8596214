"""Run by the system's Python, which has GStreamer's bindings (Debian: python3-gi, gir1.2-gst-rtsp-server-1.0):

    /usr/bin/python3 rtsp_server.py PORT USER PASSWORD PATH=PIPELINE ...

Serves each PIPELINE (gst-launch syntax, a payloader named pay0) at rtsp://127.0.0.1:PORT/PATH. With a USER, only to
them. Writes "ready" once it listens.
"""

import sys

import gi  # type: ignore[import-not-found]  # not in any wheel

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # type: ignore[import-not-found]  # noqa: E402


def main() -> None:
    port, user, password, *mounts = sys.argv[1:]
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    if user:
        server.set_auth(_only(user, password))
    points = server.get_mount_points()
    for mount in mounts:
        path, _, pipeline = mount.partition("=")
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(f"( {pipeline} )")
        factory.set_shared(True)
        factory.set_protocols(GstRtsp.RTSPLowerTrans.TCP)
        if user:
            _permit(factory)
        points.add_factory("/" + path, factory)
    if not server.attach(None):
        raise SystemExit(f"port {port} is taken")
    sys.stdout.write("ready\n")  # the parent waits for it
    sys.stdout.flush()
    GLib.MainLoop().run()


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
