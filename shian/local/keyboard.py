"""Reads single keys from the terminal, without waiting for Enter; no keys where there is no terminal."""

import os
import sys
import termios
import tty
from types import TracebackType
from typing import Any


class Keyboard:
    """A context for keys: the terminal is put back as it was, even after an error."""

    def __init__(self) -> None:
        self._handle: int | None = None
        self._before: list[Any] = []

    def __enter__(self) -> "Keyboard":
        # A process in the background would be stopped by the terminal for touching it.
        if sys.stdin.isatty() and os.getpgrp() == os.tcgetpgrp(sys.stdin.fileno()):
            handle = sys.stdin.fileno()
            self._before = termios.tcgetattr(handle)
            tty.setcbreak(handle, termios.TCSANOW)
            self._handle = handle
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            termios.tcsetattr(self._handle, termios.TCSADRAIN, self._before)

    @property
    def handle(self) -> int | None:
        """Return the handle to wait on; None: no keys will come."""
        return self._handle

    def read(self) -> str:
        """Return the keys that were pressed; an empty text at the end of the input."""
        assert self._handle is not None
        keys = os.read(self._handle, 64)
        if not keys:
            self._handle = None
        return keys.decode(errors="ignore")
