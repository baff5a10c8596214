"""TLS of a machine whose clock is known to be wrong: the days do not count, everything else does."""

import gc
import socket
import ssl
import threading
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from process.buffered_client import BufferedClient
from process.connections import Broker, introduce, trust
from tests.support.certificates import certificate

_DAY = timedelta(days=1)


def _shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> None:
    """Shake hands. Raises ssl.SSLError as the client sees it."""
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            server.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        ours.settimeout(20)
        client.wrap_socket(ours, server_hostname=name).close()
    finally:
        ours.close()
        thread.join(20)


@pytest.mark.parametrize("begins", [datetime.now(UTC) + 30 * _DAY, datetime.now(UTC) - 30 * _DAY])
def test_a_certificate_of_another_day_is_refused_unless_the_clock_is_known_to_be_wrong(
    tmp_path: Path, begins: datetime
) -> None:
    server, _ = certificate("broker.example", tmp_path, begins=begins)
    authority = tmp_path / "certificate.pem"
    with pytest.raises(ssl.SSLCertVerificationError, match=r"not yet valid|expired"):
        _shake_hands(server, trust(authority), "broker.example")
    _shake_hands(server, trust(authority, checks_dates=False), "broker.example")


def test_a_wrong_clock_opens_to_no_other_name_and_no_other_authority(tmp_path: Path) -> None:
    server, _ = certificate("broker.example", tmp_path)
    (tmp_path / "other").mkdir()
    certificate("broker.example", tmp_path / "other")
    mine, other = tmp_path / "certificate.pem", tmp_path / "other" / "certificate.pem"
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        _shake_hands(server, trust(mine, checks_dates=False), "elsewhere.example")
    with pytest.raises(ssl.SSLCertVerificationError):
        _shake_hands(server, trust(other, checks_dates=False), "broker.example")


def test_a_handshake_that_fails_leaves_no_socket_open(tmp_path: Path) -> None:
    """Connect by paho, which shakes hands by itself, to somebody who hangs up."""
    certificate("broker.example", tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]

        def hang_up() -> None:
            deaf.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            client = BufferedClient("m1")
            introduce(client, Broker(port=port, ca_file=tmp_path / "certificate.pem"))
            with pytest.raises(OSError, match=r"EOF|reset|closed"):
                client.connect("127.0.0.1", port)
            thread.join(20)
            del client
            gc.collect()
    assert [str(warning.message) for warning in caught if "unclosed" in str(warning.message)] == []
