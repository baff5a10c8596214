"""A real Mosquitto that lets in nobody without a certificate of the authority, and one listener without TLS for the
centre's own processes."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from authority.ca import Authority
from authority.pairs import write_pair
from authority.requests import make_key, make_request
from shian.local.ports import free_port
from tests.support.waiting import wait_for

_CONFIGURATION = """\
per_listener_settings true
listener {plain} 127.0.0.1
allow_anonymous true
listener {tls} 127.0.0.1
cafile {folder}/ca/ca.crt
certfile {folder}/broker.pem
keyfile {folder}/broker.pem
require_certificate true
use_identity_as_username true
allow_anonymous false
{crl}
max_inflight_messages 65535
max_queued_messages 0
"""


@dataclass(slots=True)
class TlsBroker:
    """Broker with two listeners. `port`: without TLS; `tls_port`: with it. `authority` lies in `folder`/ca."""

    folder: Path
    authority: Authority
    port: int
    tls_port: int
    _process: "subprocess.Popen[bytes] | None" = None

    def start(self, crl: Path | None = None) -> None:
        """Start, with a list of revoked certificates if one is given."""
        text = _CONFIGURATION.format(
            plain=self.port, tls=self.tls_port, folder=self.folder, crl=f"crlfile {crl}" if crl else ""
        )
        path = self.folder / "mosquitto.conf"
        path.write_text(("user root\n" if os.geteuid() == 0 else "") + text)
        program = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
        assert program is not None
        with (self.folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen([program, "-c", str(path)], stderr=log, stdout=log)
        wait_for(self._answers, what="the broker's ports")

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def _answers(self) -> bool:
        try:
            for port in (self.port, self.tls_port):
                socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
        except OSError:
            return False
        return True


@contextmanager
def tls_broker(folder: Path) -> Iterator[TlsBroker]:
    """Start a broker with an authority of its own in `folder`; skip the test where there is no Mosquitto."""
    if not shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin"):
        pytest.skip("no mosquitto on the PATH")
    now = datetime.now(UTC)
    authority, key = Authority.create(folder / "ca", now=now), make_key()
    write_pair(folder / "broker.pem", key, authority.issue_server(make_request(key), ["127.0.0.1"], now=now).pem)
    broker = TlsBroker(folder, authority, free_port(), free_port())
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
