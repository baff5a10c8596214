"""The two links at which `shian replay` can play: a port by pyserial, or the analyzer's end of a new pty."""

import os
import select
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import serial

_POLL_S = 0.05
# pyserial throws away what arrived before it had finished opening the port.
_SETTLE_S = 1.0


class SerialLink:
    def __init__(self, port: serial.SerialBase) -> None:
        self._port = port

    def send(self, data: bytes) -> None:
        self._port.write(data)
        self._port.flush()

    def receive(self, timeout_s: float) -> bytes:
        self._port.timeout = timeout_s
        first: bytes = self._port.read(1)
        if not first:
            return b""
        self._port.timeout = 0
        return first + self._port.read(4096)


class PtyLink:
    """The analyzer's end of a new pty."""

    def __init__(self, master: int) -> None:
        self._master = master

    def wait_for_reader(self) -> None:
        """Wait until the other end is open. A pty reports a hang-up while it is not."""
        poller = select.poll()
        poller.register(self._master, 0)
        while any(event & select.POLLHUP for _, event in poller.poll(0)):
            time.sleep(_POLL_S)
        time.sleep(_SETTLE_S)

    def send(self, data: bytes) -> None:
        while data:
            select.select([], [self._master], [])
            data = data[os.write(self._master, data) :]

    def receive(self, timeout_s: float) -> bytes:
        readable, _, _ = select.select([self._master], [], [], timeout_s)
        try:
            return os.read(self._master, 4096) if readable else b""
        except OSError:  # the other end was closed: nothing will come any more
            time.sleep(min(timeout_s, _POLL_S))
            return b""


@contextmanager
def new_pty(tell: Callable[[str], None]) -> Iterator[PtyLink]:
    """Open a new pty; `tell` is called with the name of its other end."""
    master, slave = os.openpty()
    try:
        tty.setraw(slave)
        tell(os.ttyname(slave))
    finally:
        os.close(slave)
    try:
        yield PtyLink(master)
    finally:
        os.close(master)


@contextmanager
def open_port(port: str, baud: int) -> Iterator[SerialLink]:
    """Open a port. Raises serial.SerialException, ValueError."""
    opened = serial.serial_for_url(port, baudrate=baud, timeout=0)
    try:
        yield SerialLink(opened)
    finally:
        opened.close()
