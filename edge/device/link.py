"""A link to a device: bytes in, bytes out, and an honest error when it is lost. pyserial does the work."""

import select
import termios
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Protocol

import serial

from edge.device.hidraw_link import HidrawLink, is_hidraw
from edge.device.listen_link import Listening, is_listening
from edge.device.ports import resolve
from edge.errors import LinkLostError, LinkUnavailableError
from firmware_adapters.profile import LineSettings

READ = 64 * 1024
# The time that a tool waits for a device that is to connect to us. An agent waits for ever.
_CALL_S = 120.0
_WRITE_S = 5.0
_PARITY = {
    "N": serial.PARITY_NONE,
    "E": serial.PARITY_EVEN,
    "O": serial.PARITY_ODD,
    "M": serial.PARITY_MARK,
    "S": serial.PARITY_SPACE,
}


class Link(Protocol):
    @property
    def name(self) -> str:
        """Return the name of the port that was really opened: the path behind a pattern or a symlink's name."""
        ...

    def read(self, timeout_s: float) -> bytes:
        """Return the bytes that have come in, up to 64 KiB; b"" when none came within `timeout_s`. Raises
        LinkLostError."""
        ...

    def write(self, data: bytes) -> None:
        """Write all of `data`. Raises LinkLostError."""
        ...

    def close(self) -> None: ...


class SerialLink:
    """A serial port, a pty or a socket. Taken exclusively: no second program, no second agent."""

    def __init__(self, port: str, line: LineSettings) -> None:
        self._port = port
        self._line = line
        self._serial: serial.SerialBase | None = None
        self.name = port

    def open(self) -> None:
        """Open the port. Raises LinkUnavailableError."""
        self.name = resolve(self._port)
        try:
            self._serial = serial.serial_for_url(
                self.name,
                baudrate=self._line.baud,
                bytesize=self._line.bytesize,
                parity=_PARITY[self._line.parity],
                stopbits=self._line.stopbits,
                timeout=0,
                write_timeout=_WRITE_S,
                **({} if "://" in self.name else {"exclusive": True}),
            )
        except (serial.SerialException, OSError, ValueError, termios.error) as exc:
            raise LinkUnavailableError(f"{self._port}: {exc}") from exc

    def read(self, timeout_s: float) -> bytes:
        port = self._open_port()
        with _loss_named(self._port):
            if not select.select([port.fileno()], [], [], max(0.0, timeout_s))[0]:
                return b""
            data = bytearray(self._take(port))
            # Whatever else is there shares the transaction. A pty hands out 4 KiB a call.
            # What is in hand is returned even when the link is lost here: the next call says so.
            with suppress(LinkLostError, serial.SerialException, OSError):
                while len(data) < READ and select.select([port.fileno()], [], [], 0)[0]:
                    data += self._take(port)
            return bytes(data)

    def _take(self, port: serial.SerialBase) -> bytes:
        data: bytes = port.read(READ)
        if not data:  # ready, and nothing in it: that is what an unplugged adapter looks like
            raise LinkLostError(f"{self._port}: ready to read, but nothing came")
        return data

    def write(self, data: bytes) -> None:
        port = self._open_port()
        with _loss_named(self._port):
            port.write(data)

    def close(self) -> None:
        port, self._serial = self._serial, None
        if port is not None:
            with suppress(OSError, termios.error):  # the device may be gone
                port.close()

    def _open_port(self) -> serial.SerialBase:
        if self._serial is None:
            raise LinkLostError(f"{self._port}: not open")
        return self._serial


def open_link(port: str, line: LineSettings) -> Link:
    """Open a link of any kind. A port that listens takes one device and no other. Raises LinkUnavailableError."""
    if is_listening(port):
        with closing(Listening(port)) as listening:
            return listening.open(_CALL_S)
    link = HidrawLink(port) if is_hidraw(port) else SerialLink(port, line)
    link.open()
    return link


@contextmanager
def _loss_named(port: str) -> Iterator[None]:
    try:
        yield
    except (serial.SerialException, OSError, ValueError, TypeError, termios.error) as exc:
        raise LinkLostError(f"{port}: {exc}") from exc
