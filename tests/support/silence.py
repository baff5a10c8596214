"""A peer that accepts every connection, takes every byte, and says nothing."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_READ = 64 << 10


class Silence:
    """Silent peer at `port` on 127.0.0.1. `accepted` counts the connections."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.accepted = 0
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, name="silence")]
        self._threads[0].start()

    def close(self) -> None:
        for peer in (self._listener, *self._sockets):
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        for thread in self._threads:
            thread.join()
        for peer in (self._listener, *self._sockets):
            peer.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            self._sockets.append(near)
            thread = threading.Thread(target=_take, args=(near,))
            self._threads.append(thread)
            thread.start()


def _take(near: socket.socket) -> None:
    try:
        while near.recv(_READ):
            pass
    except OSError:
        return


@contextmanager
def silence() -> Iterator[Silence]:
    silent = Silence()
    try:
        yield silent
    finally:
        silent.close()
