"""Many, slow and silent callers: none of them makes the server deaf to the others."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.server import Served, serving
from tests.support.services import SERVER, as_role
from tests.support.waiting import wait_for

SHORT: dict[str, Any] = {"head_s": 0.4, "quiet_s": 0.6}


def dial(site: Served, said: bytes = b"") -> socket.socket:
    place = urlsplit(site.address)
    line = socket.create_connection((place.hostname, place.port or 0), timeout=60)
    if said:
        line.sendall(said)
    return line


def is_over(line: socket.socket) -> bool:
    """Return True when the server has ended the connection."""
    line.settimeout(0.01)
    try:
        return line.recv(65536) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def answers(site: Served) -> bool:
    """Return True for an answer. By SHORT a caller that the machine held up is cut off, too, and asks again."""
    try:
        return site.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def lines(site: Served, count: int, said: bytes = b"") -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [stack.enter_context(dial(site, said)) for _ in range(count)]


def cuts(site: Served, reason: str) -> float:
    name = f'shian_server_connections_cut_total{{reason="{reason}"}} '
    for line in site.get("/metrics").text.splitlines():
        if line.startswith(name):
            return float(line.removeprefix(name))
    return 0.0


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET /healthz HT",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /healthz HT",
        b"POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\n{",
    ],
    ids=["nothing", "half a line", "half a head", "half of a further request", "half a body"],
)
def test_who_does_not_finish_a_request_is_cut_off(dsn: str, said: bytes) -> None:
    with serving(dsn, limits=SHORT) as site, dial(site, said) as line:
        wait_for(lambda: is_over(line), what="the end of the connection")
        wait_for(lambda: answers(site), what="an answer to somebody else")


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"X-Drop: 1\r\n"),
        (b"POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 60000\r\n\r\n", b" "),
    ],
    ids=["head", "body"],
)
def test_a_drop_now_and_then_holds_no_connection(dsn: str, head: bytes, drop: bytes) -> None:
    with serving(dsn, limits=SHORT) as site, dial(site, head) as line:

        def drip() -> bool:
            try:
                line.sendall(drop)
            except OSError:
                return True
            return is_over(line)

        wait_for(drip, what="the end of the connection")


def test_a_body_that_comes_slowly_but_comes_is_taken(dsn: str) -> None:
    body = b'{"token": "' + b"x" * 900 + b'"}'
    head = b"POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    head += b"Content-Length: %d\r\n\r\n" % len(body)
    with serving(dsn, limits={"head_s": 60, "quiet_s": 60}) as site, dial(site, head) as line:
        for start in range(0, len(body), 100):
            line.sendall(body[start : start + 100])
        assert line.recv(100).startswith(b"HTTP/1.1 2")


def test_who_reads_no_answer_is_cut_off(dsn: str) -> None:
    asks = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"  # hundreds of kilobytes for each
    with serving(dsn, limits=SHORT) as site, dial(site) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

        def ask() -> bool:
            line.settimeout(0.01)
            try:
                line.sendall(asks * 20)
            except TimeoutError:
                return False
            except OSError:
                return True
            return False

        wait_for(ask, what="the end of the connection")


def test_idle_connections_make_room_for_one_that_asks(dsn: str) -> None:
    bounds = {"connections": 40, "connections_each": 400, "head_s": 600}
    with serving(dsn, limits=bounds) as site, lines(site, 200) as idle:
        assert site.get("/healthz").status_code == 200
        wait_for(lambda: sum(is_over(line) for line in idle) >= 160, what="no more to be open than may be")
        wait_for(lambda: cuts(site, "made_room") >= 160, what="the count of those that made room")


def test_idle_keep_alive_connections_make_room_too(dsn: str) -> None:
    bounds = {"connections": 20, "connections_each": 400}
    asks = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with serving(dsn, limits=bounds) as site, lines(site, 60, asks) as used:
        assert site.get("/healthz").status_code == 200
        wait_for(lambda: sum(is_over(line) for line in used) >= 40, what="40 that made room")


def test_one_address_takes_only_its_share(dsn: str) -> None:
    bounds = {"connections": 100, "connections_each": 10, "head_s": 600}
    with serving(dsn, limits=bounds) as site, lines(site, 50) as idle:
        wait_for(lambda: sum(is_over(line) for line in idle) >= 40, what="40 that made room")
        assert site.get("/healthz").status_code == 200


def test_websockets_count_and_are_not_cut_for_newcomers(dsn: str) -> None:
    bounds = {"connections": 8, "connections_each": 8}
    with serving(dsn, limits=bounds) as site, ExitStack() as stack:
        site.client.close()
        sockets = [stack.enter_context(site.live()) for _ in range(7)]
        for _ in range(3):
            with httpx.Client(base_url=site.address, trust_env=False, timeout=60) as client:
                assert client.get("/healthz").status_code == 200
        sockets.append(stack.enter_context(site.live()))
        refused = httpx.get(f"{site.address}/healthz", trust_env=False, timeout=60)
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        for socket_ in sockets:
            socket_.recv(timeout=60)
        stack.close()
        wait_for(
            lambda: httpx.get(f"{site.address}/healthz", trust_env=False, timeout=60).is_success, what="room again"
        )


def test_a_websocket_outlives_the_deadlines_of_a_request(dsn: str) -> None:
    """Hold a live feed open for longer than `quiet_s`: each was cut then, for its request never came to an end."""
    limits = {"head_s": 60, "quiet_s": 3}
    with serving(dsn, limits=limits, feed={"heartbeat_s": 0.2}) as site, site.live() as feed:
        for _ in range(25):
            feed.recv(60)


def test_requests_have_a_rate_and_the_probes_have_none(dsn: str) -> None:
    with serving(dsn, limits={"requests_burst": 10, "requests_s": 0.01}) as site:
        answers = [site.get("/api/v1/session") for _ in range(11)]
        assert [answer.status_code for answer in answers] == [200] * 10 + [429]
        assert answers[-1].json()["type"] == "urn:shian:problem:too-often"
        assert int(answers[-1].headers["retry-after"]) > 1
        assert all(site.get("/healthz").is_success for _ in range(20))


def test_only_a_named_proxy_says_who_asks(dsn: str) -> None:
    few = {"requests_burst": 10, "requests_s": 0.01}

    def ask(site: Served, address: str) -> int:
        return site.client.get("/api/v1/session", headers={"X-Forwarded-For": address}).status_code

    with serving(dsn, limits=few) as site:
        assert [ask(site, f"192.0.2.{number}") for number in range(11)][-1] == 429, "nobody's word is believed"
    with serving(dsn, limits=few | {"proxies": ["127.0.0.0/8"]}) as site:
        assert {ask(site, f"192.0.2.{number}") for number in range(30)} == {200}
        assert [ask(site, "192.0.2.1") for number in range(10)][-1] == 429


def test_a_thousand_and_more_idle_connections_do_not_make_the_process_deaf(dsn: str, tmp_path: Path) -> None:
    """Open 1,100 idle connections at a soft limit of 1,024."""
    environ = {
        **os.environ,
        "SHIAN_SERVER__PORT": "0",
        "SHIAN_SERVER__ACCOUNTS__IS_ON": "false",
        "SHIAN_SERVER__DATABASE__DSN": as_role(dsn, SERVER),
        "SHIAN_SERVER__LIMITS__CONNECTIONS_EACH": "900",
        "SHIAN_SERVER__LIMITS__CONNECTIONS": "900",
    }
    command = ["sh", "-c", 'ulimit -Sn 1024; exec "$@"', "sh", sys.executable, "-m", "shian", "server", "run"]
    log = tmp_path / "log"
    with log.open("w") as out:
        process = subprocess.Popen(command, env=environ, stdout=out, stderr=out, start_new_session=True)
    try:
        wait_for(lambda: "listening" in log.read_text(), what="the server")
        port = int(log.read_text().split("http://127.0.0.1:")[1].split()[0].strip("\x1b[0m\"'"))
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:
            site = Served(f"http://127.0.0.1:{port}", client)
            with lines(site, 1100) as idle:
                assert site.get("/healthz").status_code == 200
                assert site.get("/api/v1/stations").status_code == 200
                wait_for(lambda: sum(is_over(line) for line in idle) >= 200, what="200 that made room")
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        soft, hard = next(line for line in limits.splitlines() if line.startswith("Max open files")).split()[3:5]
        assert soft == hard
        assert "Umask:\t0077" in Path(f"/proc/{process.pid}/status").read_text()
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(30) == 0
