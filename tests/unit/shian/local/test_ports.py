"""Ports and addresses of this machine."""

import socket
from pathlib import Path

import pytest

from shian.local.ports import free_port, is_free, kept_port, unreachable


def test_a_port_is_kept_from_start_to_start(tmp_path: Path) -> None:
    assert kept_port(tmp_path / "port") == kept_port(tmp_path / "port")


def test_a_port_is_taken_on_its_own_address_alone() -> None:
    port = free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.2", port))
        other.listen()
        assert not is_free("127.0.0.2", port)
        assert is_free("127.0.0.1", port)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "203.0.113.7", "no-such-host.invalid"])
def test_an_address_that_is_not_of_this_machine_says_so(host: str) -> None:
    assert unreachable(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_an_address_of_this_machine_is_fine(host: str) -> None:
    assert unreachable(host) == ""
