"""Finds a port of 127.0.0.1 for a process that is started in a moment, and looks at addresses of this machine."""

import errno
import ipaddress
import os
import random
import socket
from contextlib import suppress
from pathlib import Path

from process.language import t

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


def is_free(host: str, port: int) -> bool:
    """Tell whether a process may listen there. Raises OSError for a host that is not this machine."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as exc:
            if exc.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def unreachable(host: str) -> str:
    """Return the reason why others cannot reach this machine by `host`; '' for none."""
    with suppress(ValueError):
        if ipaddress.ip_address(host).is_unspecified:
            return t("name the address by which stations reach this machine", "请填写检测点访问本机所用的地址")
    try:
        is_free(host, 0)
    except OSError as exc:
        return t(f"not an address of this machine ({exc.strerror})", f"不是本机地址（{exc.strerror}）")
    return ""
