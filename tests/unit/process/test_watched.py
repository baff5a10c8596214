"""A loop that hangs stops the feeding of systemd's watchdog; a pause, or a look, does not."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from process.watched import Systemd, Turns
from tests.support.waiting import wait_for


class Told:
    """systemd's end of NOTIFY_SOCKET."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(str(path))

    def words(self) -> list[str]:
        """Return the words that came since the last look."""
        found = []
        while True:
            try:
                found.append(self._socket.recv(100).decode())
            except BlockingIOError:
                return found

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    listener = Told(tmp_path / "notify")
    yield listener
    listener.close()


def test_a_loop_that_hangs_stops_the_feeding_and_goes_on_when_it_turns(told: Told) -> None:
    systemd = Systemd({"NOTIFY_SOCKET": str(told.path)})
    systemd.ready()
    systemd.feed({"a": 0.0, "b": 1.0}, 2.0)
    assert told.words() == ["READY=1", "WATCHDOG=1"]
    systemd.feed({"a": 0.0, "b": 3.0}, 2.0)
    assert told.words() == []
    systemd.feed({"a": 0.0, "b": 0.0}, 2.0)
    systemd.stopping()
    assert told.words() == ["WATCHDOG=1", "STOPPING=1"]


def test_without_systemd_nothing_is_said(told: Told) -> None:
    Systemd({}).feed({}, 1.0)
    assert told.words() == []


def test_a_name_without_a_file_is_understood() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as abstract:
        abstract.bind("\0shian-test-notify")
        abstract.settimeout(5)
        Systemd({"NOTIFY_SOCKET": "@shian-test-notify"}).ready()
        assert abstract.recv(100) == b"READY=1"


def test_a_turn_is_a_look_and_a_pause_is_no_hanging() -> None:
    plain = threading.Event()
    turns = Turns(plain)
    wait_for(lambda: turns.silent_s() > 0.05)
    looking = time.monotonic()
    assert not turns.is_set()
    assert turns.silent_s() <= time.monotonic() - looking
    pausing = threading.Thread(target=turns.wait, args=(60.0,))
    pausing.start()
    wait_for(lambda: turns.silent_s() < 0, what="the pause")
    plain.set()
    pausing.join(60)
    assert turns.is_set()
    assert plain.is_set()
