"""Brings bytes to the label printer, within a deadline: a device file (`/dev/usb/lp0`), or `tcp://host:9100`.

A printer says nothing back on most lines: what it took may still wait for paper. So the screen says "sent", and never
more."""

import errno
import os
import select
import socket
import stat
import time
import tty
from collections.abc import Callable
from threading import Lock

_TURN_S = 0.2


class PrinterAwayError(Exception):
    """The printer did not take the label: off, away, without paper, or busy with another one."""


class Printer:
    """The station's label printer, for any thread: one label at a time."""

    def __init__(self, place: str, *, deadline_s: float = 5.0, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._place = place
        self._deadline_s = deadline_s
        self._monotonic = monotonic
        self._turn = Lock()

    def send(self, data: bytes) -> None:
        """Send a label. Raises PrinterAwayError, at the latest after the deadline."""
        until = self._monotonic() + self._deadline_s
        if not self._turn.acquire(timeout=self._deadline_s):
            raise PrinterAwayError("busy with another label")
        try:
            if self._place.startswith("tcp://"):
                self._send_by_tcp(data, until)
            else:
                self._write(data, until)
        except OSError as exc:
            raise PrinterAwayError(str(exc) or type(exc).__name__) from exc
        finally:
            self._turn.release()

    def _send_by_tcp(self, data: bytes, until: float) -> None:
        host, _, port = self._place.removeprefix("tcp://").rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port)), timeout=self._left_s(until)) as connection:
            connection.settimeout(self._left_s(until))
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)

    def _write(self, data: bytes, until: float) -> None:
        # Without O_NONBLOCK a printer that is off holds whoever writes to it, for ever.
        device = os.open(self._place, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            if not stat.S_ISCHR(os.fstat(device).st_mode):
                raise OSError(errno.ENODEV, "no device file", self._place)
            if os.isatty(device):
                tty.setraw(device)  # else a line end would become two bytes
            left = memoryview(data)
            while left:
                _, ready, _ = select.select([], [device], [], self._left_s(until))
                if not ready:
                    raise TimeoutError(errno.ETIMEDOUT, "it takes nothing")
                try:
                    left = left[os.write(device, left) :]
                except BlockingIOError:
                    time.sleep(_TURN_S)
        finally:
            os.close(device)

    def _left_s(self, until: float) -> float:
        left = until - self._monotonic()
        if left <= 0:
            raise TimeoutError(errno.ETIMEDOUT, "it takes nothing")
        return left
