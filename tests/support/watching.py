"""A browser on /api/v1/watch, as far as a test needs it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from server.live_video.frames import parse
from tests.support.server import Served


@dataclass
class Watcher:
    """Watcher of a live view. `words`: the texts that came; `pictures`: (head, bytes)."""

    socket: ClientConnection
    words: list[dict[str, Any]] = field(default_factory=list)
    pictures: list[tuple[dict[str, Any], bytes]] = field(default_factory=list)
    closed: tuple[int, str] | None = None

    def want(self, *modes: str, station: str = "m1", camera: str = "kitchen", fps: float = 5.0) -> None:
        wanted = [{"station": station, "camera": camera, "mode": mode, "fps": fps} for mode in modes]
        self.socket.send(json.dumps({"watch": wanted}))

    def parts(self, part: str) -> list[bytes]:
        return [body for head, body in self.pictures if head["part"] == part]

    def mp4(self) -> bytes:
        return self.parts("init")[0] + b"".join(self.parts("fragment"))

    def listen(self) -> None:
        try:
            for message in self.socket:
                if isinstance(message, str):
                    self.words.append(json.loads(message))
                else:
                    self.pictures.append(parse(message))
        except ConnectionClosed:
            pass
        code = self.socket.close_code
        self.closed = (code if code is not None else 1006, self.socket.close_reason or "")


@contextmanager
def watching(server: Served, **options: Any) -> Iterator[Watcher]:
    with server.socket("/api/v1/watch", max_size=None, **options) as socket:
        watcher = Watcher(socket)
        thread = threading.Thread(target=watcher.listen, name="watcher")
        thread.start()
        try:
            yield watcher
        finally:
            socket.close()
            thread.join(20)
