"""Who may ask: the token, the cookie, and what other web sites may not do."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from websockets.exceptions import InvalidStatus

from tests.support.server import Served, add_alert, add_station, serving
from tests.support.waiting import wait_for

TOKEN = "correct-horse-battery-staple"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def guarded(dsn: str, tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "token").write_text(TOKEN + "\n")
    with serving(dsn, token_file=tmp_path / "token") as site:
        yield site


@pytest.fixture
def open_to_this_machine(dsn: str) -> Iterator[Served]:
    with serving(dsn) as site:
        yield site


def live_status(server: Served, **options: Any) -> int:
    """Return 101, or the status that refused the WebSocket."""
    try:
        with server.live(**options):
            return 101
    except InvalidStatus as exc:
        return exc.response.status_code


def test_without_the_token_only_the_page_and_the_probes_answer(guarded: Served) -> None:
    for path in ("/", "/static/icon.svg", "/favicon.ico", "/healthz", "/readyz", "/api/v1/session"):
        assert guarded.get(path).status_code in (200, 503), path
    for path in ("/api/v1/stations", "/api/v1/results.csv", "/api/v1/openapi.json", "/metrics", "/api/v1/x", "/x"):
        answer = guarded.get(path)
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:shian:problem:token-needed"), path
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert live_status(guarded) == 403


def test_the_token_opens_everything(guarded: Served) -> None:
    for path in ("/api/v1/stations", "/metrics", "/api/v1/openapi.json"):
        assert guarded.client.get(path, headers=BEARER).status_code == 200
    assert live_status(guarded, additional_headers=BEARER) == 101


@pytest.mark.parametrize(
    "authorization", ["Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer \xff"]
)
def test_anything_like_the_token_opens_nothing(guarded: Served, authorization: str) -> None:
    headers = [(b"Authorization", authorization.encode("latin-1"))]
    assert guarded.client.get("/api/v1/stations", headers=headers).status_code == 401


def test_another_site_may_not_change_anything_nor_listen(open_to_this_machine: Served, dsn: str) -> None:
    server = open_to_this_machine
    with psycopg.connect(dsn, autocommit=True) as database:
        add_station(database, "chaoyang-01")
        path = f"/api/v1/alerts/{add_alert(database, 'chaoyang-01')}/resolve"
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1", "https://localhost.evil.example", "http://["):
        answer = server.client.post(path, json={"name": "x"}, headers={"Origin": origin})
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:shian:problem:wrong-origin"), origin
        assert live_status(server, additional_headers={"Origin": origin}) == 403, origin
    assert live_status(server, additional_headers={"Origin": server.address}) == 101
    assert server.client.post(path, json={"name": "x"}, headers={"Origin": server.address}).status_code == 200


def test_a_name_that_is_not_ours_is_refused(open_to_this_machine: Served) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "", "[::1", "localhost:1@evil.example"):
        answer = open_to_this_machine.client.get("/api/v1/stations", headers={"Host": host})
        assert answer.status_code in (400, 421), host
    for host in ("localhost", "LOCALHOST:8000", "[::1]:8000", "127.0.0.1"):
        assert open_to_this_machine.client.get("/api/v1/stations", headers={"Host": host}).status_code == 200, host


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-P", "-m", "shian", "server", *arguments],
        env={**os.environ, "LC_ALL": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    "reachable",
    ['host = "0.0.0.0"', 'allowed_hosts = ["food.example.gov.cn"]', "is_behind_tls = true", 'host = "::"'],
)
def test_a_server_without_accounts_that_others_reach_is_refused_in_both_languages(
    tmp_path: Path, reachable: str
) -> None:
    config = tmp_path / "server.toml"
    config.write_text(f'{reachable}\n[accounts]\nis_on = false\n[database]\ndsn = "postgresql://127.0.0.1/none"\n')
    for command in (("run",), ("config", "check", "--offline")):
        done = run(*command, "--config", str(config))
        assert done.returncode == 2
        assert "accounts.is_on" in done.stderr
        assert "Traceback" not in done.stderr
    assert "登录" in run("run", "--config", str(config), LC_ALL="zh_CN.UTF-8").stderr


def test_settings_are_checked_and_printed_without_secrets(tmp_path: Path) -> None:
    config = tmp_path / "server.toml"
    config.write_text('[database]\ndsn = "postgresql://u:hush@127.0.0.1/x"\n')
    done = run("run", "--config", str(config), "--print-config", SHIAN_SERVER__PORT="9001")
    assert done.returncode == 0
    assert '"port": 9001' in done.stdout
    assert "hush" not in done.stdout
    assert run("config", "check", "--offline", "--config", str(config)).returncode == 0
    config.write_text('[database]\ndsn = "x"\n[delivery]\nspeed = 9\n')
    done = run("config", "check", "--offline", "--config", str(config))
    assert done.returncode == 2
    assert f"{config}:4" in done.stderr
    config.write_text('[database]\ndsn = "x"\n[delivery]\nlease_s = 5\n')
    assert run("config", "check", "--offline", "--config", str(config)).returncode == 2


def test_a_taken_port_is_said_plainly(open_to_this_machine: Served, tmp_path: Path) -> None:
    port = open_to_this_machine.address.rsplit(":", 1)[1]
    done = run("run", SHIAN_SERVER__PORT=port, SHIAN_SERVER__DATABASE__DSN="postgresql://127.0.0.1/none")
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr


def test_the_process_ends_in_order_while_browsers_listen(dsn: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    environment = {**os.environ, "SHIAN_SERVER__DATABASE__DSN": dsn, "SHIAN_SERVER__PORT": "0"}
    environment["SHIAN_SERVER__ACCOUNTS__IS_ON"] = "false"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "shian", "server", "run"], env=environment, stderr=output, stdout=output
        )
    try:
        wait_for(lambda: "address=" in log.read_text() or process.poll() is not None, timeout_s=60, what="the address")
        address = log.read_text().split("address=")[1].split()[0]
        with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
            wait_for(lambda: is_ready(client), timeout_s=60, what="the server to be ready")
            with Served(address, client).live() as socket:
                socket.recv(30)
                process.send_signal(signal.SIGTERM)
                assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in log.read_text()


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False
