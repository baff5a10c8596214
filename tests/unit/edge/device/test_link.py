import os
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from edge.device import ports
from edge.device.link import SerialLink, open_link
from edge.errors import LinkLostError, LinkUnavailableError
from firmware_adapters.profile import LineSettings
from tests.support.ptys import Cable
from tests.support.waiting import wait_for

LINE = LineSettings(baud=115200, parity="E")


def opened(port: str) -> SerialLink:
    link = SerialLink(port, LINE)
    link.open()
    return link


def test_a_pty_is_read_in_large_pieces_and_written(tmp_path: Path) -> None:
    cable = Cable(tmp_path / "port")
    link = opened(str(cable.path))
    assert link.read(0.0) == b""
    cable.write(b"x" * 3000)
    cable.write(b"y" * 1000)
    heard = b""
    while len(heard) < 4000:
        heard += link.read(5.0)
    assert heard == b"x" * 3000 + b"y" * 1000
    link.write(b"answer")
    cable.expect(b"answer")
    link.close()
    cable.unplug()


def test_a_cable_that_was_pulled_is_a_lost_link(tmp_path: Path) -> None:
    cable = Cable(tmp_path / "port")
    link = opened(str(cable.path))
    cable.unplug()
    with pytest.raises(LinkLostError):
        link.read(5.0)
    with pytest.raises(LinkLostError):
        link.write(b"x")
    link.close()
    with pytest.raises(LinkLostError):
        link.read(0.0)


def test_what_came_before_the_cable_was_pulled_is_still_read(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        link = opened(f"socket://127.0.0.1:{server.getsockname()[1]}")
        peer, _ = server.accept()
        peer.sendall(b"last words")
        peer.close()
        assert link.read(5.0) == b"last words"
        with pytest.raises(LinkLostError):
            link.read(5.0)
        link.close()


def test_a_port_that_is_taken_or_missing_is_unavailable(tmp_path: Path) -> None:
    cable = Cable(tmp_path / "port")
    first = opened(str(cable.path))
    with pytest.raises(LinkUnavailableError):
        opened(str(cable.path))
    first.close()
    cable.unplug()
    for port in (str(tmp_path / "none"), str(tmp_path / "none*"), "socket://127.0.0.1:1", "usb:dead:beef"):
        with pytest.raises(LinkUnavailableError):
            opened(port)


def test_a_pattern_that_fits_two_ports_is_not_guessed_at(tmp_path: Path) -> None:
    for name in ("a1", "a2"):
        (tmp_path / name).touch()
    with pytest.raises(LinkUnavailableError, match="2 ports fit"):
        ports.resolve(str(tmp_path / "a*"))
    os.unlink(tmp_path / "a2")  # noqa: PTH108
    assert ports.resolve(str(tmp_path / "a*")) == str(tmp_path / "a1")


def test_usb_devices_are_found_by_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        SimpleNamespace(device="/dev/ttyUSB0", vid=0x1A86, pid=0x7523, serial_number=None),
        SimpleNamespace(device="/dev/ttyUSB1", vid=0x0403, pid=0x6001, serial_number="A1"),
        SimpleNamespace(device="/dev/ttyUSB2", vid=0x0403, pid=0x6001, serial_number="B2"),
    ]
    monkeypatch.setattr("edge.device.ports.list_ports.comports", lambda: found)
    assert ports.resolve("usb:1a86:7523") == "/dev/ttyUSB0"
    assert ports.resolve("usb:0403:6001:B2") == "/dev/ttyUSB2"
    with pytest.raises(LinkUnavailableError, match="2 ports fit"):
        ports.resolve("usb:0403:6001")


@pytest.mark.parametrize("port", ["usb:1a86", "usb:1a86:75", "usb:xxxx:7523", "usb:1:2:3:4"])
def test_a_wrong_notation_is_named(port: str) -> None:
    assert ports.check(port)


def test_right_notations_pass() -> None:
    assert [ports.check(port) for port in ("usb:1a86:7523", "usb:1A86:7523:X", "/dev/ttyS0", "socket://h:1")] == [
        None
    ] * 4


def test_two_ends_talk_over_a_socket() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        link = opened(f"socket://127.0.0.1:{server.getsockname()[1]}")
        peer, _ = server.accept()
        link.write(b"question")
        assert peer.recv(100) == b"question"
        peer.sendall(b"answer")
        wait_for(lambda: link.read(0.1) == b"answer")
        link.close()
        peer.close()


def test_a_socket_that_was_lost_is_opened_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = f"socket://127.0.0.1:{server.getsockname()[1]}"
        for word in (b"first", b"second"):
            link = open_link(port, LINE)
            peer, _ = server.accept()
            peer.sendall(word)
            assert link.read(5.0) == word
            peer.close()
            with pytest.raises(LinkLostError):
                link.read(5.0)
            link.close()
