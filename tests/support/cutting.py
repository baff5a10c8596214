"""A TCP line between a station and a server that breaks after so many bytes, as often as ordered, and then holds."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_READ = 16 << 10


class CuttingLine:
    """Line that cuts its connections. `cuts`: how many bytes to the server the next connections carry. `broken` counts
    those that were cut."""

    def __init__(self, port: int, cuts: list[int]) -> None:
        self._target = port
        self._cuts = cuts
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, name="cutting")]
        self._threads[0].start()
        self.port: int = self._listener.getsockname()[1]
        self.broken = 0

    def close(self) -> None:
        for peer in (self._listener, *self._sockets):
            with suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
            peer.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._target))
            self._sockets += [near, far]
            budget = self._cuts.pop(0) if self._cuts else None
            for source, sink, bytes_left in ((near, far, budget), (far, near, None)):
                thread = threading.Thread(target=self._carry, args=(source, sink, bytes_left))
                self._threads.append(thread)
                thread.start()

    def _carry(self, source: socket.socket, sink: socket.socket, left: int | None) -> None:
        with suppress(OSError):
            while data := source.recv(_READ if left is None else min(_READ, left)):
                sink.sendall(data)
                if left is not None:
                    left -= len(data)
                    if not left:
                        self.broken += 1
                        break
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def cutting_line(port: int, cuts: list[int]) -> Iterator[CuttingLine]:
    line = CuttingLine(port, cuts)
    try:
        yield line
    finally:
        line.close()
