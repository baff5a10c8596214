"""Wakes a thread that waits in select(): the uplink sleeps on the broker's socket and on this."""

import os
from contextlib import suppress


class Bell:
    """`ring` from any thread, any number of times; `fileno` is readable until `clear`."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def fileno(self) -> int:
        return self._reader

    def ring(self) -> None:
        with suppress(BlockingIOError):  # full of rings: it is heard
            os.write(self._writer, b"!")

    def clear(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._reader, 65536)

    def close(self) -> None:
        os.close(self._reader)
        os.close(self._writer)
