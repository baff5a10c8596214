"""A screen that is killed in the middle of registering: before the agent heard of it nothing is there, after it all
is, and whoever presses again makes no second sample."""

import re
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from edge.samples.client import AgentClient, short
from tests.support.edge_station import running, settings_document
from tests.support.waiting import wait_for

SLOW_S = 120.0


class Between:
    """Between a screen and the agent: it holds a registration back, before the agent hears of it or after."""

    def __init__(self, place: Path, agent: Path) -> None:
        self.holds = ""
        self.is_held = threading.Event()
        between = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as there, suppress(OSError):
                    with short(agent) as name:
                        there.connect(name)
                    answers = there.makefile("rb")
                    for line in self.rfile:
                        is_meant = between.holds and b'"register"' in line
                        if not (is_meant and between.holds == "before"):
                            there.sendall(line)
                            answer = answers.readline()
                            if not is_meant:
                                self.wfile.write(answer)
                        if is_meant:
                            between.is_held.set()

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True

        with short(place) as name:
            self._server = Server(name, Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def screen_process(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    config = folder / "edge.toml"
    config.write_text(f'station = "m1"\ndata = "{folder}"\n[screen]\nlisten = "127.0.0.1:0"\n')
    log = folder / f"{uuid4()}.log"
    with log.open("wb") as out:
        command = [sys.executable, "-m", "shian", "edge", "screen", "--config", str(config)]
        process = subprocess.Popen(command, stdout=out, stderr=out)
        try:
            wait_for(lambda: address(log), timeout_s=SLOW_S, what="the screen")
            yield process, address(log)
        finally:
            process.kill()
            process.wait()


def address(log: Path) -> str:
    found = re.search(r"screen_listens.*?(http://[0-9.:]+)", log.read_text())
    return found[1] if found else ""


def register(base: str, request: str) -> Any:
    said = {"request": request, "commodity": "韭菜"}
    with suppress(httpx.HTTPError):
        answer = httpx.post(f"{base}/api/ask/register", json=said, headers={"Origin": base}, timeout=SLOW_S)
        return answer.json()
    return None


def test_a_screen_that_is_killed_in_the_middle_of_registering_costs_and_doubles_nothing(tmp_path: Path) -> None:
    beside = tmp_path / "screen"
    beside.mkdir()
    document = settings_document(tmp_path, 1, device=[])
    with running(document), AgentClient(tmp_path / "data" / "agent.sock") as agent:
        between = Between(beside / "agent.sock", tmp_path / "data" / "agent.sock")
        try:
            first, second = str(uuid4()), str(uuid4())
            with screen_process(beside) as (process, base):
                killed_while(between, process, base, "after", first)
            (there,) = agent.ask("samples")
            with screen_process(beside) as (process, base):
                again = register(base, first)
                assert (again["number"], again["key"]) == (there["number"], there["key"])
                killed_while(between, process, base, "before", second)
            assert [row["number"] for row in agent.ask("samples")] == [there["number"]]
            # The page has kept what was typed, and the name of its request.
            last = agent.ask("register", request=second, commodity="韭菜")
            assert agent.ask("register", request=second, commodity="韭菜")["number"] == last["number"]
            assert [row["number"] for row in agent.ask("samples")] == [last["number"], there["number"]]
        finally:
            between.close()


def killed_while(between: Between, process: subprocess.Popen[bytes], base: str, holds: str, request: str) -> None:
    """Register, and kill the screen while the registration is held."""
    between.holds = holds
    between.is_held.clear()
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(register(base, request)))
    asking.start()
    assert between.is_held.wait(SLOW_S)
    process.kill()
    process.wait()
    asking.join(SLOW_S)
    assert answers == [None]
    between.holds = ""
