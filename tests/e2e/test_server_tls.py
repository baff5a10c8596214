"""The server by https without a proxy: `tls_file`."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from process.connections import trust
from shian.local.certificates import Certificates
from shian.local.layout import Table, write_settings
from shian.local.ports import free_port
from tests.support import processes
from tests.support.waiting import wait_for


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates.prepare(tmp_path)


@contextmanager
def serving_https(folder: Path, dsn: str, pair: Path) -> Iterator[int]:
    port, settings = free_port(), folder / "server.toml"
    tables: dict[str, Table] = {"database": {"dsn": dsn}, "limits": {"head_s": 1.0}, "delivery": {"is_enabled": False}}
    write_settings(settings, {"port": port, "tls_file": str(pair)}, tables, {})
    child = processes.shian("server", folder, ["server", "run", "--config", settings])
    child.start()
    try:
        wait_for(lambda: "event=listening" in child.log.read_text() or not child.is_running, timeout_s=60)
        assert f"address=https://127.0.0.1:{port}" in child.log.read_text()
        yield port
    finally:
        child.stop()


def test_people_come_by_https_and_who_says_nothing_is_left(
    dsn: str, certificates: Certificates, tmp_path: Path
) -> None:
    with serving_https(tmp_path, dsn, certificates.host(["127.0.0.1"])) as port:
        context = trust(certificates.authority_file)
        with httpx.Client(verify=context, base_url=f"https://127.0.0.1:{port}", trust_env=False, timeout=60) as client:
            wait_for(lambda: client.get("/healthz").status_code == 200, what="an answer")
            assert "strict-transport-security" in client.get("/").headers
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"https://127.0.0.1:{port}/healthz", trust_env=False, timeout=60)
        # No handshake, and one without a request: neither keeps its place for asyncio's minute.
        with socket.create_connection(("127.0.0.1", port), timeout=50) as silent:
            assert silent.recv(1) == b""
        with (
            socket.create_connection(("127.0.0.1", port), timeout=50) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as line,
        ):
            assert line.recv(1) == b""
        with socket.create_connection(("127.0.0.1", port), timeout=50) as plain:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"200" not in plain.recv(1000)
        assert context.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize("content", [None, "nonsense"])
def test_a_certificate_that_cannot_be_read_is_named(dsn: str, tmp_path: Path, content: str | None) -> None:
    pair, settings = tmp_path / "host.pem", tmp_path / "server.toml"
    if content:
        pair.write_text(content)
        pair.chmod(0o600)
    write_settings(settings, {"port": free_port(), "tls_file": str(pair)}, {"database": {"dsn": dsn}}, {})
    done = processes.run("server", "run", "--config", settings)
    assert done.returncode == 2
    assert str(pair) in done.stderr


def test_a_key_that_others_may_read_is_refused(dsn: str, certificates: Certificates, tmp_path: Path) -> None:
    pair, settings = certificates.host(["127.0.0.1"]), tmp_path / "server.toml"
    pair.chmod(0o644)
    write_settings(settings, {"port": free_port(), "tls_file": str(pair)}, {"database": {"dsn": dsn}}, {})
    done = processes.run("server", "run", "--config", settings)
    assert done.returncode == 2
    assert f"chmod 600 {pair}" in done.stderr
