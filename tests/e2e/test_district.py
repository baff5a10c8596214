"""`shian up --demo` as a person uses it: one command, results and an alert, one key, and nothing is left behind."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from authority.pairs import read_pair
from ingest.settings import Ingest
from process.connections import trust
from process.settings import load
from shian.local import leftovers
from shian.local.broker import best_kind
from shian.local.postgres import processes_in
from tests.support import processes, services
from tests.support.up import START_S, Up, up
from tests.support.waiting import wait_for

STATIONS = 9
ADAPTERS = 7
CAMERAS = 5
ONLINE_S = 150.0


def is_gone(pid: int) -> bool:
    return leftovers.born(pid) is None


@pytest.fixture(scope="module")
def demo() -> Iterator[Up]:
    with up("--demo", "--rate", "4") as district:
        district.wait_until_ready()
        yield district


def test_every_station_reports_results_and_is_online(demo: Up) -> None:
    online = "SELECT count(*) FROM station WHERE state = 'online'"
    wait_for(lambda: demo.count(online) == STATIONS, timeout_s=ONLINE_S, what="all stations online")
    reporting = "SELECT count(DISTINCT station) FROM result"
    wait_for(lambda: demo.count(reporting) == STATIONS, timeout_s=START_S, what="results of every station")
    adapters = "SELECT count(DISTINCT adapter) FROM result"
    wait_for(lambda: demo.count(adapters) == ADAPTERS, timeout_s=START_S, what="results of every family")
    cold = "SELECT count(DISTINCT quantity) FROM reading WHERE value > 0"
    wait_for(lambda: demo.count(cold) == 2, timeout_s=START_S, what="readings of the cold room")
    assert demo.count("SELECT count(*) FROM quarantine") == 0
    assert demo.count("SELECT count(*) FROM station WHERE public_key IS NULL") == 0


def test_every_camera_is_online(demo: Up) -> None:
    pytest.importorskip("cv2")
    online = "SELECT count(*) FROM device WHERE name LIKE 'cam-%' AND state = 'online'"
    wait_for(lambda: demo.count(online) == CAMERAS, timeout_s=ONLINE_S, what="all cameras online")


def test_the_page_and_the_api_answer(demo: Up) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{demo.port}/", timeout=60) as page:
        assert "text/html" in page.headers["content-type"]
    wait_for(lambda: demo.get("/api/v1/results?limit=1")["items"], timeout_s=START_S, what="a result")


def test_the_broker_lets_nobody_in_without_a_certificate(demo: Up) -> None:
    settings = load(Ingest, demo.folder / "ingest.toml", "", {}).broker
    assert settings.ca_file == demo.folder / "ca" / "ca.crt"
    if best_kind() != "mosquitto":
        assert "iotcore encrypts" in demo.output
        return
    context = trust(settings.ca_file)
    with (
        socket.create_connection((settings.host, settings.port), timeout=60) as plain,
        context.wrap_socket(plain, server_hostname=settings.host) as line,
        pytest.raises(OSError),
    ):
        # By TLS 1.3 the refusal comes with the first answer.
        line.sendall(b"\x10\x00")
        if not line.recv(1):
            raise ConnectionResetError
    for station in (demo.folder / "stations").iterdir():
        assert read_pair(station / "data" / "station.pem").name == station.name
    assert "user ingest" in (demo.folder / "broker" / "acl").read_text()


def test_a_provoked_failure_is_an_alert_with_a_delivery_receipt(demo: Up) -> None:
    alerts = "SELECT count(*) FROM alert WHERE station = 'jiahe-supermarket' AND rule = 'failed_test'"
    before = demo.count(alerts)
    done = processes.run("demo", "fail", "--station", "jiahe-supermarket", "--data", demo.folder)
    assert done.returncode == 0, done.stderr
    wait_for(lambda: demo.count(alerts) > before, timeout_s=START_S, what="the alert")
    delivered = (
        "SELECT count(*) FROM alert JOIN delivery ON delivery.alert = alert.id"
        " JOIN delivery_attempt ON delivery_attempt.delivery = delivery.id"
        " WHERE alert.station = 'jiahe-supermarket' AND delivery_attempt.outcome = 'delivered'"
    )
    wait_for(lambda: demo.count(delivered) > before, timeout_s=START_S, what="its delivery")
    assert "jiahe-supermarket" in (demo.folder / "logs" / "webhook.log").read_text("utf-8")


@pytest.mark.parametrize(("channel", "log"), [("webhook", "webhook.log"), ("email", "mail.log")])
def test_a_subscriber_acknowledges_by_the_link_of_the_message(demo: Up, channel: str, log: str) -> None:
    answered = (
        "SELECT count(*) FROM alert_step JOIN deed ON deed.subject = alert_step.alert::text"
        " JOIN subscription ON subscription.name = deed.actor WHERE alert_step.action = 'acknowledged'"
        f" AND deed.action = 'link_used' AND subscription.channel = '{channel}'"
    )
    # Of three failed tests one subscriber answers the first, the other the second.
    for station in ("jiahe-supermarket", "dongmen-market", "jiahe-supermarket"):
        processes.run("demo", "fail", "--station", station, "--data", demo.folder)
    wait_for(lambda: demo.count(answered) > 0, timeout_s=START_S, what=f"an answer by {channel}")
    assert "/a/" in (demo.folder / "logs" / log).read_text("utf-8")


def test_an_unknown_station_cannot_be_made_to_fail(demo: Up) -> None:
    done = processes.run("demo", "fail", "--station", "nowhere", "--data", demo.folder)
    assert done.returncode == 2
    assert "dongmen-market" in done.stderr


def test_a_second_up_on_the_same_folder_is_refused(demo: Up) -> None:
    done = processes.run("up", "--data", demo.folder)
    assert done.returncode == 2
    assert f"process {demo.child.pid}" in done.stderr


def test_a_taken_port_is_refused(demo: Up, tmp_path: Path) -> None:
    done = processes.run("up", "--data", tmp_path / "other", "--port", str(demo.port))
    assert done.returncode == 2
    assert "--port" in done.stderr


def test_the_doctor_finds_the_services_well(demo: Up) -> None:
    done = processes.run("doctor", "--json", "--data", demo.folder)
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stdout
    assert {finding["state"] for finding in findings if finding["subject"] in ("broker", "database")} == {"ok"}
    assert {"broker", "database", "clock", "disk", "versions", "serial ports"} <= {
        finding["subject"] for finding in findings
    }


def test_the_stations_are_listed(demo: Up) -> None:
    done = processes.run("station", "list", "--json", "--data", demo.folder)
    assert len(done.stdout.splitlines()) == STATIONS


def test_the_chains_hold(demo: Up) -> None:
    done = processes.run("verify", "--data", demo.folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every chain holds" in done.stdout


def test_a_process_that_dies_is_started_again(demo: Up) -> None:
    before = demo.children()
    os.kill(before["ingest"], signal.SIGKILL)
    wait_for(lambda: demo.children().get("ingest", before["ingest"]) != before["ingest"], timeout_s=START_S)
    assert "ingest died" in demo.output
    results = demo.count("SELECT count(*) FROM result")
    wait_for(lambda: demo.count("SELECT count(*) FROM result") > results, timeout_s=60, what="results again")


def test_sigterm_ends_it_in_order_and_leaves_nothing() -> None:
    with up("--demo") as district:
        district.wait_until_ready()
        children = district.children()
        assert {"postgres", "broker", "ingest", "server"} <= children.keys()
        os.kill(district.child.pid, signal.SIGTERM)
        wait_for(lambda: not district.child.is_running, timeout_s=60, what="the end")
        assert district.child.exit_code == 0, district.output
        assert {name for name, pid in children.items() if not is_gone(pid)} == set()
        assert processes_in(district.folder / "postgres" / "data") == []
        assert not (district.folder / "processes.json").exists()
        assert not (district.folder / "control.sock").exists()


def test_what_a_killed_up_left_behind_is_ended_by_the_next() -> None:
    with up() as district:
        district.wait_until_ready()
        children = district.children()
        district.child.kill()
        assert not any(is_gone(pid) for pid in children.values())
        district.child.start()
        wait_for(lambda: district.output.count("The page:") == 2 or not district.child.is_running, timeout_s=START_S)
        assert district.child.is_running, district.output
        for name, pid in children.items():
            assert is_gone(pid), name
            assert f"ended {name}" in district.output


def test_an_own_database_and_broker_are_used(empty_dsn: str, broker: Any) -> None:
    with up("--dsn", empty_dsn, "--broker", f"127.0.0.1:{broker.port}") as district:
        district.wait_until_ready()
        assert set(district.children()) == {"ingest", "server"}


def test_keys_provoke_a_failure_and_quit() -> None:
    with services.short_folder() as folder:
        argv = [sys.executable, "-P", "-m", "shian", "up", "--demo", "--data", str(folder / "data"), "--port", "0"]
        master, slave = pty.openpty()
        environment = processes.environment() | {"TERM": "xterm", "COLUMNS": "120", "TTY": os.ttyname(slave)}
        # The leader of a new session that opens a terminal gets it as its own.
        on_terminal = ["sh", "-c", 'exec "$@" <"$TTY" >"$TTY" 2>&1', "sh", *argv]
        with subprocess.Popen(on_terminal, env=environment, start_new_session=True) as person:
            os.close(slave)
            screen = _Screen(master)
            try:
                wait_for(lambda: screen.shows("q: quit"), timeout_s=START_S, what="the help line")
                os.write(master, b"f")
                wait_for(lambda: screen.shows("a sample fails at"), timeout_s=START_S, what="the answer to the key f")
                wait_for(lambda: screen.shows(r"\d+/9 stations online"), timeout_s=START_S, what="the figures")
                os.write(master, b"q")
                wait_for(lambda: screen.shows("Ending") and person.poll() is not None, timeout_s=60, what="the end")
            finally:
                person.kill()
            assert person.returncode == 0
        os.close(master)


class _Screen:
    """Screen with all texts that were written to the terminal so far."""

    def __init__(self, master: int) -> None:
        self._master = master
        self._text = ""
        os.set_blocking(master, False)

    def shows(self, pattern: str) -> bool:
        try:
            while part := os.read(self._master, 65536):
                self._text += part.decode(errors="replace")
        except OSError:
            pass  # nothing more for now, or closed
        return re.search(pattern, self._text) is not None
