"""A pty for the vendor's own software to open, as one end of a bridge."""

import errno
import os
import select
import tty
from contextlib import suppress

from edge.errors import LinkLostError

_READ = 64 * 1024
_WRITE_S = 5.0
_ABSENT_S = 0.05


class PtyHost:
    """Pseudo-terminal with the interface of edge.device.link.Link. `name` is the path that the software opens. While it
    is closed, bytes for it are dropped, as on a cable that ends nowhere."""

    def __init__(self) -> None:
        self._master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(self._master, False)
        self.name = os.ttyname(slave)
        os.close(slave)

    def read(self, timeout_s: float) -> bytes:
        if not select.select([self._master], [], [], timeout_s)[0]:
            return b""
        try:
            return os.read(self._master, _READ)
        except BlockingIOError:
            return b""
        except OSError as exc:
            if exc.errno != errno.EIO:
                raise LinkLostError(f"{self.name}: {exc}") from exc
            select.select([], [], [], min(timeout_s, _ABSENT_S))  # nobody has it open
            return b""

    def write(self, data: bytes) -> None:
        while data and self._has_reader():
            if not select.select([], [self._master], [], _WRITE_S)[1]:
                raise LinkLostError(f"{self.name}: open, but not read")
            with suppress(BlockingIOError):
                data = data[os.write(self._master, data) :]

    def close(self) -> None:
        with suppress(OSError):
            os.close(self._master)

    def _has_reader(self) -> bool:
        poller = select.poll()
        poller.register(self._master, 0)
        return not any(event & select.POLLHUP for _, event in poller.poll(0))
