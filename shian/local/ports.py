"""Finds a port of 127.0.0.1 for a process that is started in a moment."""

import errno
import os
import random
import socket
from contextlib import suppress
from pathlib import Path

# Below those that Linux gives to connections and to whoever binds port 0 (32768 and up): nobody gets one of them by
# chance before its user has started.
_PORTS = range(15_000, 32_768)
_TRIES = 20


def free_port() -> int:
    """Return a port that nobody has now. Raises OSError when none is found."""
    for port in random.SystemRandom().sample(_PORTS, _TRIES):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


def kept_port(path: Path) -> int:
    """Return the port that is noted in `path`, else a free one, which is noted there.

    Stations are told the port once, at their enrolment: it stays the same from start to start. One that somebody else
    has taken meanwhile is not given up, for every station knows it: the start fails and names it."""
    with suppress(FileNotFoundError, ValueError):
        return int(path.read_text("ascii"))
    port = free_port()
    path.write_text(f"{port}\n", "ascii")
    return port
