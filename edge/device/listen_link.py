"""A link to an analyzer that connects to us (`listen://host:port`): we listen, and the link lives while the analyzer is
connected.

One device a port. A second device that connects waits its turn in the kernel. TCP's keep-alive finds out whether the
first one is still there, for an analyzer that is switched off says no farewell. Nobody is asked for a name: bind to the
address of the network that the analyzer is in, never to one that others reach."""

import select
import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

from edge.errors import LinkLostError, LinkUnavailableError

SCHEME = "listen://"
_LOOPBACK = "127.0.0.1"
_READ = 64 * 1024
_WRITE_S = 5.0
# A dead peer is noticed within about a minute.
_KEEP_ALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}


def is_listening(port: str) -> bool:
    return port.startswith(SCHEME)


def address_of(port: str) -> tuple[str, int]:
    """Return host and number of `listen://[host]:port`; without a host only this machine gets in. Raises ValueError."""
    parts = urlsplit(port)
    if not is_listening(port) or parts.port is None or parts.path or parts.query or parts.fragment or parts.username:
        raise ValueError(port)
    return parts.hostname or _LOOPBACK, parts.port


class Listening:
    """The listening socket, which stays open while devices come and go. Construction does no I/O."""

    def __init__(self, port: str) -> None:
        self._port = port
        self._listener: socket.socket | None = None
        self._lock = threading.Lock()

    def open(self, wait_s: float = 0.5) -> "ListenLink":
        """Accept the device that connects within `wait_s`. Raises LinkUnavailableError."""
        try:
            listener = self._bound()
            if not select.select([listener], [], [], wait_s)[0]:
                raise LinkUnavailableError(f"{self._port}: no device has connected")
            connection, peer = listener.accept()
        except (OSError, ValueError) as exc:
            raise LinkUnavailableError(f"{self._port}: {exc}") from exc
        connection.settimeout(_WRITE_S)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _KEEP_ALIVE.items():
            if hasattr(socket, option):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
        return ListenLink(f"{self._port} ({peer[0]})", connection)

    def close(self) -> None:
        with self._lock:
            listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()

    def _bound(self) -> socket.socket:
        with self._lock:
            if self._listener is None:
                host, number = address_of(self._port)
                family = socket.AF_INET6 if ":" in host else socket.AF_INET
                self._listener = socket.create_server((host, number), family=family, backlog=1)
                self._listener.setblocking(False)
            return self._listener


class ListenLink:
    """A link to a device that has connected. See edge.device.link.Link."""

    def __init__(self, name: str, connection: socket.socket) -> None:
        self.name = name
        self._connection = connection

    def read(self, timeout_s: float) -> bytes:
        data = bytearray()
        while len(data) < _READ and self._is_ready(0.0 if data else timeout_s):
            try:
                part = self._connection.recv(_READ)
            except OSError as exc:
                part, reason = b"", str(exc)
            else:
                reason = "the device has hung up"
            if not part:
                if data:  # what is in hand is returned: the next call says that the link is lost
                    break
                raise LinkLostError(f"{self.name}: {reason}")
            data += part
        return bytes(data)

    def write(self, data: bytes) -> None:
        try:
            self._connection.sendall(data)
        except OSError as exc:
            raise LinkLostError(f"{self.name}: {exc}") from exc

    def close(self) -> None:
        with suppress(OSError):
            self._connection.close()

    def _is_ready(self, timeout_s: float) -> bool:
        try:
            return bool(select.select([self._connection], [], [], max(0.0, timeout_s))[0])
        except (OSError, ValueError) as exc:
            raise LinkLostError(f"{self.name}: not open") from exc
