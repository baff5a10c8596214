"""`shian up --listen`: a station of the network enrols by TLS with what is printed, and is cut off once revoked."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from edge.enrolment.enrol import Wishes, enrol
from process.connections import trust
from shian.local.broker import best_kind
from shian.local.children import Child
from shian.local.ports import free_port
from tests.support import processes, services
from tests.support.edge_station import cable, running
from tests.support.enrolling import document_of
from tests.support.line_family import ACK, line
from tests.support.waiting import wait_for

# A second address of this machine, which is on every Linux.
ADDRESS = "127.0.0.2"
CUT_OFF_S = 60.0


class Up:
    """One `shian up --listen` on `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"https://{ADDRESS}:{free_port()}"
        port = self.url.rpartition(":")[2]
        self.child: Child = processes.shian(
            "up", folder.parent, ["up", "--data", folder, "--listen", ADDRESS, "--port", port]
        )

    @property
    def output(self) -> str:
        return self.child.log.read_text("utf-8")

    def get(self, path: str) -> int:
        """Return the status of the answer to nobody in particular."""
        context = trust(self.folder / "ca" / "ca.crt")
        try:
            with urllib.request.urlopen(self.url + path, timeout=60, context=context) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as exc:
            exc.close()
            return exc.code

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect((self.folder / "dsn").read_text().strip()) as connection:
            return connection.execute(statement.encode()).fetchall()

    def run(self, *arguments: str) -> str:
        done = processes.run(*arguments, "--data", self.folder)
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def listening() -> Iterator[Up]:
    if best_kind() != "mosquitto":
        pytest.skip("no mosquitto on the PATH")
    with services.short_folder() as folder:
        up = Up(folder / "data")
        up.child.start()
        try:
            # The last of the lines that are read below.
            wait_for(lambda: "Logs:" in up.output or not up.child.is_running, timeout_s=90, what="the page")
            assert up.child.is_running, up.output
            yield up
        finally:
            up.child.stop()


def test_a_station_enrols_over_tls_and_is_cut_off_when_it_is_revoked(tmp_path: Path) -> None:
    with listening() as up:
        # What a person reads there is all that a station needs.
        broker = re.search(r"broker (\S+), pictures (\S+) ", up.output)
        authority = re.search(r"authority ([0-9a-f]{64})", up.output)
        assert broker is not None
        assert authority is not None
        assert broker[1].startswith(f"{ADDRESS}:")
        assert broker[2] == up.url
        assert f"{up.url}/#setup=" in up.output
        assert up.get("/api/v1/stations") == 401

        for process in ("ingest", "server"):
            checked = processes.run(process, "config", "check", "--config", up.folder / f"{process}.toml")
            assert checked.returncode == 0, checked.stderr

        made = json.loads(up.run("station", "add", "m1", "--title", "东门市场", "--json"))
        assert made["ca_fingerprint"] == authority[1]
        done = enrol(made["server"], made["code"], made["ca_fingerprint"], Wishes(tmp_path / "m1", tmp_path / "data"))
        settings = document_of(
            done.settings,
            device=[{"name": "reader", "adapter": "line", "settle_s": 0.05, "port": str(tmp_path / "port")}],
        )
        assert settings["broker"]["host"] == ADDRESS
        with cable(tmp_path) as cord, running(settings) as agent:
            cord.write(line("1"))
            cord.expect(ACK)
            wait_for(lambda: up.rows("SELECT station FROM result") == [("m1",)], timeout_s=30, what="the result")
            wait_for(lambda: agent.spool.counts().waiting == 0, what="its receipt")
            up.run("station", "revoke", "m1", "--why", "stolen")
            wait_for(lambda: not agent.uplink.is_connected, timeout_s=CUT_OFF_S, what="the end of the connection")
            log = up.folder / "broker" / "log"
            wait_for(lambda: "certificate verify failed" in log.read_text(), what="the broker's refusal")
            cord.write(line("2"))
            cord.expect(ACK)
            assert not agent.uplink.is_connected
        assert up.rows("SELECT count(*) FROM result") == [(1,)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--listen", "0.0.0.0"], "name the address"),
        (["--listen", "203.0.113.7"], "not an address of this machine"),
        (["--listen", "no-such-host.invalid"], "not an address of this machine"),
        (["--listen", ADDRESS, "--demo"], "not for the demo"),
    ],
)
def test_an_address_that_nobody_reaches_is_refused(tmp_path: Path, arguments: list[str], said: str) -> None:
    if best_kind() != "mosquitto":
        pytest.skip("no mosquitto on the PATH")
    done = processes.run("up", "--data", tmp_path / "data", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
