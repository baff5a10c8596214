"""Finds a port of 127.0.0.1 for a process that is started in a moment."""

import errno
import os
import random
import socket
from contextlib import suppress

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
