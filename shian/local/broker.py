"""A broker of our own for one machine, in one file: a `mosquitto` on the PATH when there is one, else `iotcore`
(pinned). `--broker` replaces all of it.

With certificates, Mosquitto lets each client reach the topics of its name alone (shian/broker). iotcore encrypts and
nothing else: it asks for no certificate and has no access list, so it is for this machine alone.

iotcore speaks MQTT 5 but keeps no session, re-delivers nothing and stores nothing. Receipts and re-sends cover all
three, and tests/chaos shows it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from process.language import t
from shian.broker import mosquitto
from shian.broker.declaration import MAX_PACKET, Declaration, Files

Kind = Literal["mosquitto", "iotcore"]
_START_S = 20.0
_STOP_S = 5.0

_MOSQUITTO = f"""\
listener {{port}} {{address}}
allow_anonymous true
persistence true
persistence_location {{store}}/
{mosquitto.LIMITS.format(queued=1 << 28)}log_dest stderr
log_type error
log_type warning
"""

_IOTCORE = """\
id = 0
[router]
id = 0
max_connections = 2000
max_outgoing_packet_count = 1000
max_segment_size = 104857600
max_segment_count = 2
[v5.1]
name = "v5-1"
listen = "{address}:{port}"
next_connection_delay_ms = 1
[v5.1.connections]
connection_timeout_ms = 60000
max_payload_size = {max_packet}
max_inflight_count = 4000
dynamic_filters = true
"""

_IOTCORE_TLS = """\
[v5.1.tls]
capath = "{authority}"
certpath = "{pair}"
keypath = "{pair}"
"""


class LocalBrokerError(RuntimeError):
    """The local broker did not start; the message holds the end of its log."""


def best_kind() -> Kind:
    return "mosquitto" if _mosquitto() else "iotcore"


def _mosquitto() -> str | None:
    return shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificates of a broker. `pair`: its own with its key; `revoked`: the list of those that are good no more."""

    authority: Path
    pair: Path
    revoked: Path


@dataclass(slots=True)
class LocalBroker:
    """A broker on address:port; its store and its log are in `folder`. Without `tls` everybody may do everything."""

    folder: Path
    port: int
    kind: Kind
    address: str = "127.0.0.1"
    tls: Tls | None = None
    _process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise LocalBrokerError("not started")
        return self._process.pid

    @property
    def keeps_sessions(self) -> bool:
        """Tell whether a client may ask for a session: with iotcore it must not (see shian.local.iotcore_process)."""
        return self.kind == "mosquitto"

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the broker. Raises LocalBrokerError, also when another program listens on the port already."""
        if self._answers():
            raise LocalBrokerError(
                t(f"port {self.port} of {self.address} is taken", f"{self.address} 的端口 {self.port} 已被占用")
            )
        store = self.folder / "store"
        store.mkdir(parents=True, exist_ok=True)
        config = self.folder / "broker.toml"
        config.write_text(self._configuration(store))
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(config), stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )
        self._wait()

    def reload(self) -> None:
        """Let Mosquitto read its list of revoked certificates anew. Connections that are there stay."""
        if self._process is not None and self.kind == "mosquitto":
            self._process.send_signal(signal.SIGHUP)

    def _configuration(self, store: Path) -> str:
        if self.kind == "iotcore":
            tls = _IOTCORE_TLS.format(authority=self.tls.authority, pair=self.tls.pair) if self.tls else ""
            return _IOTCORE.format(address=self.address, port=self.port, max_packet=MAX_PACKET) + tls
        if self.tls is None:
            return _MOSQUITTO.format(address=self.address, port=self.port, store=store)
        access, pair = self.folder / "acl", str(self.tls.pair)
        files = Files(str(self.tls.authority), pair, pair, str(access), str(store), str(self.tls.revoked))
        declared = Declaration(files, self.port, self.address)
        access.write_text(mosquitto.access(declared.centre))
        return mosquitto.configuration(declared)

    def _command(self, config: Path) -> list[str]:
        if self.kind == "mosquitto":
            path = _mosquitto()
            if path is None:
                raise LocalBrokerError("no mosquitto on the PATH")
            # As root, mosquitto would become the user `mosquitto` and lose its folder: `user root` keeps it here.
            if os.geteuid() == 0:
                config.write_text("user root\n" + config.read_text())
            return [path, "-c", str(config)]
        tls = [str(self.tls.authority)] if self.tls else []
        return [sys.executable, "-P", "-m", "shian.local.iotcore_process", str(config), str(self.port), *tls]

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self, *, wipe: bool = False) -> None:
        """Kill the broker with kill -9; with `wipe`, also delete its store."""
        self._end(signal.SIGKILL)
        if wipe:
            shutil.rmtree(self.folder / "store", ignore_errors=True)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _answers(self) -> bool:
        try:
            socket.create_connection((self.address, self.port), timeout=0.5).close()
        except OSError:
            return False
        return True

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and self.is_running:
            if self._answers():
                return
            time.sleep(0.02)
        tail = (self.folder / "log").read_text(errors="replace")[-2000:]
        self.stop()
        raise LocalBrokerError(t(f"{self.kind} did not start:", f"{self.kind} 未能启动：") + "\n" + tail)
