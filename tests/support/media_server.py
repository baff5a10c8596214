"""The centre's media endpoints as a station meets them, with faults to order: a real HTTP server on a free port."""

import hashlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey

PATH = "/api/v1/media/"


@dataclass
class Faults:
    """Each happens once per entry or count, then all is well again."""

    cut_after: list[int] = field(default_factory=list)  # take so many bytes of a piece, then drop the connection
    answers: list[int] = field(default_factory=list)  # status codes for the next requests, whatever they ask
    wrong_offsets: int = 0  # say an offset that is too large
    spoil: int = 0  # turn a byte of what arrives around


class MediaServer:
    """Media server that takes the hashes in `named`; `whole` holds the files that arrived."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.named: set[str] = set()
        self.faults = Faults()
        self.parts: dict[str, bytearray] = {}
        self.whole: dict[str, bytes] = {}
        self.requests: list[tuple[str, str, int]] = []
        self.tokens: list[str] = []
        self.lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"centre": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
            self.url = f"https://localhost:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), name="media-server")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def claims(self, public_key: str) -> list[dict[str, Any]]:
        """Return the claims of the tokens. Raises where one was not signed by the key (base64url)."""
        key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": public_key})
        return [dict(jwt.decode(token, key, algorithms=["Ed25519"]).claims) for token in self.tokens]


class _Handler(BaseHTTPRequestHandler):
    centre: MediaServer
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        sha256 = self._begin()
        if sha256 is not None:
            self._stand(204, sha256)

    def do_PATCH(self) -> None:
        sha256 = self._begin()
        centre, length = self.centre, int(self.headers["Content-Length"])
        if sha256 is None:
            self.rfile.read(length)
            return
        part = centre.parts.setdefault(sha256, bytearray())
        if int(self.headers["Upload-Offset"]) != len(part):
            self.rfile.read(length)
            self._stand(409, sha256)
            return
        if centre.faults.cut_after:
            part += self.rfile.read(min(length, centre.faults.cut_after.pop(0)))
            self.close_connection = True
            return
        piece = bytearray(self.rfile.read(length))
        if centre.faults.spoil and piece:
            centre.faults.spoil -= 1
            piece[0] ^= 1
        part += piece
        if len(part) == int(self.headers["Upload-Length"]):
            if hashlib.sha256(part).hexdigest() != sha256:
                del centre.parts[sha256]
                self._say(422)
                return
            centre.whole[sha256] = bytes(centre.parts.pop(sha256))
        self._stand(204, sha256)

    def _begin(self) -> str | None:
        """Return the requested hash; None when the request is answered already."""
        centre, sha256 = self.centre, self.path.removeprefix(PATH)
        with centre.lock:
            centre.requests.append((self.command, sha256, int(self.headers.get("Upload-Offset", -1))))
            centre.tokens.append(self.headers["Authorization"].removeprefix("Bearer "))
        if centre.faults.answers:
            self._say(centre.faults.answers.pop(0))
            return None
        if sha256 not in centre.named:
            self._say(404)
            return None
        return sha256

    def _stand(self, status: int, sha256: str) -> None:
        centre = self.centre
        if sha256 in centre.whole:
            self._say(status, {"Upload-Complete": "?1"})
            return
        offset = len(centre.parts.get(sha256, b""))
        if centre.faults.wrong_offsets and self.command == "HEAD":
            centre.faults.wrong_offsets -= 1
            offset += 1000
        self._say(status, {"Upload-Offset": str(offset), "Upload-Complete": "?0"})

    def _say(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def media_server(tls: ssl.SSLContext | None = None) -> Iterator[MediaServer]:
    """Start a media server; with `tls` it has a certificate for localhost."""
    server = MediaServer(tls)
    server.start()
    try:
        yield server
    finally:
        server.stop()
