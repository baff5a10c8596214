"""Wakes a thread that waits in select() on a socket and on this."""

import os
import threading
from contextlib import suppress


class Bell:
    """A bell that wakes a select. `ring` may be called from any thread, any number of times, also after `close`;
    `fileno` is readable from then on until `clear`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_closed = False
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def fileno(self) -> int:
        return self._reader

    def ring(self) -> None:
        with self._lock, suppress(BlockingIOError):  # full of rings: it is heard
            if not self._is_closed:  # the number may be another file's by now
                os.write(self._writer, b"!")

    def clear(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._reader, 65536)

    def close(self) -> None:
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
        os.close(self._reader)
        os.close(self._writer)
