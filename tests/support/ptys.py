"""A pty as a serial cable: the test holds the analyzer's end, the agent opens the other by name."""

import os
import select
import tty
from pathlib import Path

from tests.support.waiting import wait_for


class Cable:
    """Cable to the agent. `path` is a symlink to the agent's end, as udev makes them; `replug` brings the cable back
    under another name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._master = -1
        self._slave = -1
        self.plug()

    def plug(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        link = self.path.with_name(self.path.name + ".new")
        link.symlink_to(os.ttyname(self._slave))
        link.replace(self.path)

    def unplug(self) -> None:
        self.path.unlink(missing_ok=True)
        for descriptor in (self._master, self._slave):
            if descriptor >= 0:
                os.close(descriptor)
        self._master = self._slave = -1

    def write(self, data: bytes, *, timeout_s: float = 30.0) -> None:
        """Write bytes, and wait while the agent does not read."""
        while data:
            if not select.select([], [self._master], [], timeout_s)[1]:
                raise AssertionError(f"nobody reads {self.path}")
            try:
                data = data[os.write(self._master, data) :]
            except BlockingIOError:
                continue

    def read(self) -> bytes:
        """Read the bytes that the agent has sent so far."""
        try:
            return os.read(self._master, 65536)
        except BlockingIOError:
            return b""

    def expect(self, answer: bytes) -> None:
        """Wait until the agent has said exactly so many bytes, and compare."""
        heard = b""

        def listen() -> bool:
            nonlocal heard
            heard += self.read()
            return len(heard) >= len(answer)

        wait_for(listen, timeout_s=60, what=f"{answer!r}, heard {heard!r}")
        assert heard == answer
