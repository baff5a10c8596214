"""Enrolment over HTTPS at a centre whose certificate its own authority signed: trusted by the fingerprint alone."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from authority.pairs import read_pair
from authority.requests import make_key, make_request
from edge.enrolment.centre import CentreDoor, CentreUnreachableError, WrongAuthorityError
from edge.enrolment.enrol import Wishes, enrol
from edge.keys import load_or_make
from shian.local.certificates import Certificates
from shian.local.layout import Table, write_settings
from shian.local.ports import free_port
from storage import enrolment, stations
from storage.stations import Station
from tests.support import processes
from tests.support.waiting import wait_for
from wire import chain
from wire.enrolment import RenewalRequest, sign


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates.prepare(tmp_path / "centre")


@pytest.fixture
def url(dsn: str, certificates: Certificates, tmp_path: Path) -> Iterator[str]:
    """Serve by https, with pictures, and let stations enrol."""
    port, settings = free_port(), tmp_path / "server.toml"
    address = f"https://127.0.0.1:{port}"
    place: Table = {"host": "127.0.0.1", "port": free_port()}
    tables: dict[str, Table] = {
        "database": {"dsn": dsn},
        "delivery": {"is_enabled": False},
        "media": {"folder": str(tmp_path / "media")},
        "enrolment": {"url": address, "authority": str(certificates.folder / "ca"), "broker": place},
    }
    write_settings(settings, {"port": port, "tls_file": str(certificates.host(["127.0.0.1"]))}, tables, {})
    child = processes.shian("server", tmp_path, ["server", "run", "--config", settings])
    child.start()
    try:
        wait_for(lambda: "event=listening" in child.log.read_text() or not child.is_running, timeout_s=60)
        assert f"address={address}" in child.log.read_text()
        yield address
    finally:
        child.stop()


def code(dsn: str, name: str = "m1") -> str:
    with psycopg.connect(dsn) as connection:
        stations.enrol(connection, Station(name))
        return str(enrolment.make_code(connection, name, actor="test").code)


def outcomes(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        return [outcome for (outcome,) in connection.execute("SELECT outcome FROM enrolment_code")]


def test_the_fingerprint_is_all_that_a_station_needs(
    dsn: str, url: str, certificates: Certificates, tmp_path: Path
) -> None:
    fingerprint = certificates.authority.certificate.fingerprint
    wishes = Wishes(tmp_path / "m1", tmp_path / "m1" / "data")
    one = code(dsn)
    with pytest.raises(CentreUnreachableError):
        enrol(url, one, "", wishes)
    with pytest.raises(WrongAuthorityError):
        enrol(url, one, "00" * 32, wishes)
    assert outcomes(dsn) == [""], "neither has said the code"

    done = enrol(url, one, fingerprint, wishes)
    checked = processes.run("edge", "config", "check", "--config", done.settings, "--json")
    found = {row["key"] for row in json.loads(checked.stdout)["findings"] if row["is_fault"]}
    assert found == {"broker.host"}, "there is no broker; the centre is trusted for pictures and renewal"

    pair = wishes.data / "station.pem"
    signing, _ = load_or_make(wishes.data / "key")
    request = make_request(make_key()).decode()
    asked = RenewalRequest(
        station="m1",
        request=request,
        public_key=chain.public_key(signing),
        signature=sign(signing, "m1", request),
    )
    renewed = CentreDoor(url, (wishes.data / "ca.crt").read_text()).renew(asked)
    assert "BEGIN CERTIFICATE" in renewed.certificate
    assert read_pair(pair).name == "m1"


@contextmanager
def listening_between(pair: Path, authority: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """Stand between with a certificate of another authority, hand out the right authority to whoever asks, and keep
    all that is said."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    heard: list[bytes] = []
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(authority), authority)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    plain, _ = listener.accept()
                    with suppress(OSError), plain, context.wrap_socket(plain, server_side=True) as line:
                        heard.append(line.recv(65536))
                        line.sendall(answer)

        thread = threading.Thread(target=serve, name="between")
        thread.start()
        try:
            yield f"https://127.0.0.1:{listener.getsockname()[1]}", heard
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_who_stands_between_hears_no_code(dsn: str, certificates: Certificates, tmp_path: Path) -> None:
    other = Certificates.prepare(tmp_path / "between")
    right = certificates.authority_file.read_bytes()
    one = code(dsn)
    with listening_between(other.host(["127.0.0.1"]), right) as (url, heard):
        wishes = Wishes(tmp_path / "m1", tmp_path / "m1" / "data")
        with pytest.raises(CentreUnreachableError):
            enrol(url, one, certificates.authority.certificate.fingerprint, wishes)
    assert len(heard) == 1, "the authority was asked for, and nothing else was said"
    assert one.encode() not in heard[0]
