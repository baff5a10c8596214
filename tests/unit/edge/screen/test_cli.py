"""`shian edge screen` beyond this machine: not without TLS, and not without a PIN."""

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from edge.screen.address import is_loopback, place
from edge.screen.cli import check_open, names
from process.settings import SettingsError
from tests.support.edge_station import running, settings_document
from tests.support.screen_station import down_document, keep_document, screening
from tests.support.waiting import wait_for
from wire.down import Operator


@pytest.mark.parametrize(
    ("listen", "host", "port", "is_here"),
    [
        ("127.0.0.1:8200", "127.0.0.1", 8200, True),
        ("[::1]:8200", "::1", 8200, True),
        ("localhost:0", "localhost", 0, True),
        ("0.0.0.0:8200", "0.0.0.0", 8200, False),
        ("192.168.1.10:443", "192.168.1.10", 443, False),
        ("localhost.evil.example:80", "localhost.evil.example", 80, False),
    ],
)
def test_an_address_is_of_this_machine_or_not(listen: str, host: str, port: int, is_here: bool) -> None:
    assert place(listen) == (host, port)
    assert is_loopback(host) is is_here


@pytest.mark.parametrize("listen", ["8200", ":8200", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:x"])
def test_a_wrong_address_is_refused(listen: str) -> None:
    with pytest.raises(SettingsError):
        place(listen)


@pytest.mark.parametrize(
    ("operators", "has_tls", "refusal"),
    [
        ((), True, "no operator has a PIN"),
        ((Operator(code="o1", name="检测员一"),), True, "no operator has a PIN"),
        ((Operator(code="o1", name="检测员一", pin="$argon2id$x"),), False, "--cert"),
        ((Operator(code="o1", name="检测员一", pin="$argon2id$x"),), True, ""),
    ],
)
def test_beyond_this_machine_tls_and_a_pin_are_needed(
    tmp_path: Path, operators: tuple[Operator, ...], has_tls: bool, refusal: str
) -> None:
    keep_document(tmp_path / "data", down_document("m1", operators=operators))
    socket = tmp_path / "data" / "agent.sock"
    with running(settings_document(tmp_path, 1, device=[]), is_awaited=False) as agent:
        wait_for(lambda: agent.desk.is_listening, what="the desk")
        if not refusal:
            check_open("192.0.2.1", socket, has_tls=has_tls)
            return
        with pytest.raises(SettingsError, match=refusal):
            check_open("192.0.2.1", socket, has_tls=has_tls)
    with pytest.raises(SettingsError):
        check_open("192.0.2.1", socket, has_tls=True)  # nobody can tell who may sign in


def test_a_browser_calls_it_by_the_names_that_were_given() -> None:
    assert names("192.0.2.1", ("screen.example",)) >= {"192.0.2.1", "screen.example", "127.0.0.1"}
    assert "0.0.0.0" not in names("0.0.0.0", ())


def test_systemd_is_told_that_it_serves_and_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        with screening(tmp_path / "data"):
            assert [systemd.recv(100) for _ in range(2)] == [b"READY=1", b"WATCHDOG=1"]


def test_the_board_has_a_port_of_its_own_that_serves_nothing_else_and_both_end_together(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    config = tmp_path / "edge.toml"
    config.write_text(
        f"""station = "m1"
data = "{tmp_path}/data"
[screen]
listen = "127.0.0.1:0"
[screen.board]
allowed_by = "Office, no. 17"
listen = "127.0.0.1:0"
"""
    )
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "shian", "edge", "screen", "--config", str(config)]
        process = subprocess.Popen(command, stderr=log, stdout=log)
        try:
            wait_for(lambda: listening(tmp_path / "log").keys() >= LISTENS, timeout_s=120, what="screen and board")
            board = listening(tmp_path / "log")["board_listens"]
            wait_for(lambda: answers(board, "/") == 200, timeout_s=60, what="the board")
            paths = ("/board/", "/board/data", "/api/ask/hello", "/api/session", "/page/main.js", "/label")
            assert [answers(board, path) for path in paths] == [200, 200, 404, 404, 404, 404]
            assert answers(board, "/board/", Host="evil.example") == 403
            assert httpx.post(f"{board}/board/data", json={}, headers={"Origin": board}).status_code == 405
            assert answers(listening(tmp_path / "log")["screen_listens"], "/api/session") == 200
        finally:
            process.terminate()
            assert process.wait(60) in (0, -signal.SIGTERM)


LISTENS = {"board_listens", "screen_listens"}


def listening(log: Path) -> dict[str, str]:
    """Return the addresses that the log names."""
    found = re.findall(r"(\w+_listens).*?(http://[0-9.:]+)", log.read_text())
    return dict(found)


def answers(base: str, path: str, **headers: str) -> int:
    try:
        return httpx.get(base + path, headers=headers, timeout=60).status_code
    except httpx.ConnectError:
        return 0
