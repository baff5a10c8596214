"""Devices that connect to the station."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from edge.device import ports
from edge.device.link import open_link
from edge.device.listen_link import Listening, ListenLink, address_of
from edge.errors import LinkLostError, LinkUnavailableError
from firmware_adapters.profile import LineSettings
from shian.local.ports import free_port
from tests.support.waiting import wait_for


@pytest.fixture
def number() -> int:
    return free_port()


@pytest.fixture
def listening(number: int) -> Iterator[Listening]:
    with closing(Listening(f"listen://:{number}")) as listening:
        with pytest.raises(LinkUnavailableError, match="no device has connected"):
            listening.open(0.0)
        yield listening


def call(number: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", number), timeout=60)


def read(link: ListenLink, size: int) -> bytes:
    heard = b""
    while len(heard) < size:
        heard += link.read(5.0)
    return heard


def test_two_ends_talk(listening: Listening, number: int) -> None:
    with call(number) as device:
        link = listening.open(5.0)
        assert link.read(0.0) == b""
        device.sendall(b"x" * 100_000)
        assert read(link, 100_000) == b"x" * 100_000
        link.write(b"answer")
        assert device.recv(100) == b"answer"
        assert link.name == f"listen://:{number} (127.0.0.1)"
        link.close()
        assert device.recv(100) == b""


def test_last_words_are_read_and_the_next_device_is_taken(listening: Listening, number: int) -> None:
    for word in (b"first", b"second"):
        with call(number) as device:
            link = listening.open(5.0)
            device.sendall(word)
        assert read(link, len(word)) == word
        with pytest.raises(LinkLostError, match="hung up"):
            link.read(5.0)
        link.close()
        with pytest.raises(LinkLostError, match="not open"):
            link.read(0.0)
        with pytest.raises(LinkLostError):
            link.write(b"x")


def test_a_second_device_waits_its_turn_with_what_it_has_to_say(listening: Listening, number: int) -> None:
    with call(number), call(number) as second:
        link = listening.open(5.0)
        second.sendall(b"me too")
        assert link.read(0.1) == b""
        link.close()
        link = listening.open(5.0)
        assert read(link, 6) == b"me too"
        link.close()


def test_a_device_that_reset_the_connection_is_a_lost_link(listening: Listening, number: int) -> None:
    device = call(number)
    link = listening.open(5.0)
    device.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    device.close()
    with pytest.raises(LinkLostError):
        link.read(5.0)
    link.close()


def test_a_port_that_is_taken_is_unavailable(listening: Listening, number: int) -> None:
    with (
        closing(Listening(f"listen://127.0.0.1:{number}")) as other,
        pytest.raises(LinkUnavailableError, match="in use"),
    ):
        other.open(0.0)


def test_a_closed_port_turns_everybody_away(listening: Listening, number: int) -> None:
    listening.close()
    with pytest.raises(ConnectionRefusedError):
        call(number)


def test_a_tool_takes_one_device(number: int) -> None:
    callers: list[socket.socket] = []

    def called() -> bool:
        try:
            callers.append(call(number))
        except ConnectionRefusedError:
            return False
        return True

    def device() -> None:
        wait_for(called, what="the tool to listen")

    thread = threading.Thread(target=device)
    thread.start()
    link = open_link(f"listen://127.0.0.1:{number}", LineSettings())
    thread.join()
    callers[0].sendall(b"hello")
    assert link.read(5.0) == b"hello"
    with pytest.raises(ConnectionRefusedError):
        call(number)
    link.close()
    callers[0].close()


@pytest.mark.parametrize(
    ("port", "address"),
    [
        ("listen://:5001", ("127.0.0.1", 5001)),
        ("listen://10.0.0.7:5001", ("10.0.0.7", 5001)),
        ("listen://[::1]:5001", ("::1", 5001)),
    ],
)
def test_addresses(port: str, address: tuple[str, int]) -> None:
    assert address_of(port) == address
    assert ports.check(port) is None


@pytest.mark.parametrize(
    "port", ["listen://", "listen://host", "listen://h:70000", "listen://h:x", "listen://h:1/x", "listen://[::1"]
)
def test_a_wrong_notation_is_named_and_not_opened(port: str) -> None:
    assert ports.check(port)
    with closing(Listening(port)) as listening, pytest.raises(LinkUnavailableError):
        listening.open(0.0)
