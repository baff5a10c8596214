"""The control socket of a running demo."""

import socket
import threading
from pathlib import Path

import pytest

from shian.demo.control import Answer, Listener, Request, ask
from shian.failures import CannotError


def serve_one(listener: Listener, answers: dict[str | None, Answer]) -> threading.Thread:
    import select

    def run() -> None:
        select.select([listener.fileno()], [], [], 30)
        listener.serve(lambda request: answers[request.station])

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_request_is_answered(tmp_path: Path) -> None:
    with Listener(tmp_path) as listener:
        thread = serve_one(listener, {"a": Answer(True, "好")})
        assert ask(tmp_path, Request(action="fail", station="a")) == Answer(True, "好")
        thread.join()


def test_nobody_there_is_said_clearly(tmp_path: Path) -> None:
    with pytest.raises(CannotError, match="shian up --demo"):
        ask(tmp_path, Request(action="fail"))


def test_nonsense_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    with Listener(tmp_path) as listener:
        thread = serve_one(listener, {})
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(tmp_path / "control.sock"))
            peer.sendall(b'{"action": "erase"}\n')
            assert b'"is_done": false' in peer.recv(4096)
        thread.join()


def test_a_dead_socket_is_replaced_and_only_the_owner_may_use_it(tmp_path: Path) -> None:
    (tmp_path / "control.sock").touch()
    with Listener(tmp_path):
        assert (tmp_path / "control.sock").stat().st_mode & 0o077 == 0
    assert not (tmp_path / "control.sock").exists()
