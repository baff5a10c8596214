"""A watch on loops, told to systemd (sd_notify(3)): READY=1 once, WATCHDOG=1 as long as all do.

A supervised loop looks at its stop event in every turn, or it could not be stopped. `Turns` is that event with a memory
of the last look: a loop that hangs is noticed without a line in it.
"""

import os
import socket
import threading
import time
from collections.abc import Mapping

import structlog

log = structlog.get_logger()


class Turns(threading.Event):
    """The stop event of one loop. Setting it sets `plain`, the event that others share."""

    def __init__(self, plain: threading.Event) -> None:
        super().__init__()
        self.plain = plain
        self._looked_at = time.monotonic()

    def is_set(self) -> bool:
        self._looked_at = time.monotonic()
        return self.plain.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        # A pause that the loop chose is no hanging.
        self._looked_at = time.monotonic() + (timeout or 0.0)
        try:
            return self.plain.wait(timeout)
        finally:
            self._looked_at = time.monotonic()

    def set(self) -> None:
        self.plain.set()

    def clear(self) -> None:
        self.plain.clear()

    def silent_s(self) -> float:
        """Return the seconds since the loop looked at it last; at most zero in a pause."""
        return time.monotonic() - self._looked_at


class Systemd:
    """Systemd, or another supervisor that gave us a NOTIFY_SOCKET. Without one every message is dropped."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._is_late = False

    def ready(self) -> None:
        self._say("READY=1")

    def stopping(self) -> None:
        self._say("STOPPING=1")

    def feed(self, silent: Mapping[str, float], longest_s: float) -> None:
        """Tell the supervisor that we live, unless a loop is late by `silent`, the seconds since each loop turned: then
        stay silent, so that it ends us and starts us again."""
        late = {name: round(seconds) for name, seconds in silent.items() if seconds > longest_s}
        if late and not self._is_late:
            log.critical("loop_hangs", silent_s=late)
        self._is_late = bool(late)
        if not late:
            self._say("WATCHDOG=1")

    def _say(self, word: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sock:
                sock.sendto(word.encode(), address)
        except OSError as exc:
            log.warning("supervisor_not_told", word=word, error=str(exc))
