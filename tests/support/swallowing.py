"""A TCP line that swallows: bytes that go one way are taken and thrown away for some seconds, without a word to either
end, and then all is well again. New connections made meanwhile are swallowed as well."""

import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Flag
from urllib.parse import urlsplit, urlunsplit

_READ = 64 << 10


class Way(Flag):
    TO_SERVER = 1
    TO_CLIENT = 2
    BOTH = 3


class SwallowingLine:
    """Line to a server that can swallow bytes. `port` leads to the server's. One thread carries everything."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._peers: dict[socket.socket, tuple[socket.socket, Way]] = {}
        self._lock = threading.Lock()
        self._plan: tuple[Way, int, float] | None = None
        self._swallowed: Way = Way(0)
        self._until = 0.0
        self.swallowed_bytes = 0
        self._awake, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._carry, name="swallowing")
        self._thread.start()

    def swallow(self, way: Way, seconds: float, *, after: int = 0) -> None:
        """Begin when `after` more reads have been carried."""
        with self._lock:
            self.swallowed_bytes = 0
            self._plan = (way, after, seconds)
            if not after:
                self._begin()

    @property
    def is_healthy(self) -> bool:
        """Return True when nothing is swallowed now, nor will be."""
        with self._lock:
            return self._plan is None and time.monotonic() >= self._until

    def close(self) -> None:
        self._waker.close()
        self._thread.join()
        for peer in (self._awake, self._listener, *self._peers):
            peer.close()

    def _begin(self) -> None:
        if self._plan is not None:
            self._swallowed, _, seconds = self._plan
            self._until = time.monotonic() + seconds
            self._plan = None

    def _is_taken(self, way: Way) -> bool:
        """Return True when the bytes that were read just now are lost."""
        with self._lock:
            if self._plan is not None:
                wanted, after, seconds = self._plan
                self._plan = (wanted, after - 1, seconds)
                if after <= 1:
                    self._begin()
            return bool(self._swallowed & way) and time.monotonic() < self._until

    def _carry(self) -> None:
        while True:
            readable, _, _ = select.select([self._awake, self._listener, *self._peers], [], [])
            if self._awake in readable:
                return
            for source in readable:
                if source is self._listener:
                    self._accept()
                elif source in self._peers:
                    self._hand_on(source)

    def _accept(self) -> None:
        near, _ = self._listener.accept()
        try:
            far = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            near.close()
            return
        self._peers[near] = far, Way.TO_SERVER
        self._peers[far] = near, Way.TO_CLIENT

    def _hand_on(self, source: socket.socket) -> None:
        sink, way = self._peers[source]
        try:
            data = source.recv(_READ)
            if data and self._is_taken(way):
                self.swallowed_bytes += len(data)
                return
            sink.sendall(data)
        except OSError:
            data = b""
        if not data:
            for end in (source, sink):
                del self._peers[end]
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()


def through(line: SwallowingLine, dsn: str) -> str:
    """Return the DSN of the same database by the line."""
    found = urlsplit(dsn)
    return urlunsplit(found._replace(netloc=f"{found.netloc.rpartition('@')[0]}@127.0.0.1:{line.port}"))


@contextmanager
def swallowing_line(target: int) -> Iterator[SwallowingLine]:
    line = SwallowingLine(target)
    try:
        yield line
    finally:
        line.close()
