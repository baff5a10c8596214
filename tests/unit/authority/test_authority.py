"""The authority: what it makes, what it refuses, and what OpenSSL says of it."""

import itertools
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from authority.ca import Authority, Revoked
from authority.certificates import read_certificate
from authority.errors import BadNameError, BadRequestError, NotThereError, ThereAlreadyError, UnreadableError
from authority.pairs import read_pair, replace_pair, write_pair
from authority.requests import Key, make_key, make_request

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path / "ca", now=NOW)


def test_the_key_is_private_and_never_overwritten(tmp_path: Path) -> None:
    made = Authority.create(tmp_path / "ca", now=NOW)
    key = tmp_path / "ca" / "ca.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    with pytest.raises(ThereAlreadyError, match=r"ca\.crt"):
        Authority.create(tmp_path / "ca", now=NOW)
    (tmp_path / "ca" / "ca.crt").unlink()
    with pytest.raises(ThereAlreadyError, match=r"ca\.key"):
        Authority.create(tmp_path / "ca", now=NOW)
    assert key.read_bytes() == before
    assert made.certificate.ends_at == NOW + timedelta(days=3650)


def test_an_authority_that_is_missing_open_or_mixed_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(NotThereError, match="shian ca init"):
        Authority.open(tmp_path / "ca")
    made = Authority.create(tmp_path / "ca", now=NOW)
    assert Authority.open(tmp_path / "ca").certificate == made.certificate
    (tmp_path / "ca" / "ca.key").chmod(0o644)
    with pytest.raises(UnreadableError, match="chmod 600"):
        Authority.open(tmp_path / "ca")
    Authority.create(tmp_path / "other", now=NOW)
    (tmp_path / "other" / "ca.key").rename(tmp_path / "ca" / "ca.key")
    with pytest.raises(UnreadableError, match="not the key of"):
        Authority.open(tmp_path / "ca")


def test_a_clients_name_is_the_authoritys_choice(authority: Authority) -> None:
    issued = authority.issue_client(make_request(make_key(), "ingest"), "m1", now=NOW)
    assert issued.certificate.name == "m1"
    assert issued.certificate.ends_at == NOW + timedelta(days=90)
    assert not issued.certificate.is_due(NOW + timedelta(days=59))
    assert issued.certificate.is_due(NOW + timedelta(days=60, minutes=1))
    assert read_certificate(issued.pem) == issued.certificate
    signed = x509.load_pem_x509_certificate(issued.pem)
    with pytest.raises(x509.ExtensionNotFound):
        signed.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert not signed.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_a_server_is_good_for_its_names_and_addresses(authority: Authority) -> None:
    issued = authority.issue_server(make_request(make_key()), ["Food.example", "192.0.2.1", "::1"], now=NOW)
    names = x509.load_pem_x509_certificate(issued.pem).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == ["food.example"]
    assert [str(address) for address in names.value.get_values_for_type(x509.IPAddress)] == ["192.0.2.1", "::1"]
    for hosts in ([], ["a b"], ["-a"], ["a\n"], ["*"], [""]):
        with pytest.raises(BadNameError):
            authority.issue_server(make_request(make_key()), hosts, now=NOW)


def test_a_request_must_be_signed_by_its_own_strong_key(authority: Authority) -> None:
    weak = rsa.generate_private_key(65537, 1024)
    subject = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    for pem in (
        subject.sign(weak, hashes.SHA256()).public_bytes(serialization.Encoding.PEM),
        b"",
        b"-----BEGIN CERTIFICATE REQUEST-----\nMA==\n-----END CERTIFICATE REQUEST-----\n",
        _spoiled(make_request(make_key(), "m1")),
        b"x" * 20_000,
    ):
        with pytest.raises(BadRequestError):
            authority.issue_client(pem, "m1", now=NOW)
    for name in ("", "a\nb", "x" * 65):
        with pytest.raises(BadNameError):
            authority.issue_client(make_request(make_key(), "m1"), name, now=NOW)


def _spoiled(pem: bytes) -> bytes:
    """Return the request with its last byte, a part of the signature, changed."""
    der = bytearray(x509.load_pem_x509_csr(pem).public_bytes(serialization.Encoding.DER))
    der[-1] ^= 1
    return x509.load_der_x509_csr(bytes(der)).public_bytes(serialization.Encoding.PEM)


def test_the_list_of_the_revoked_is_signed_numbered_and_ends(authority: Authority) -> None:
    serial = authority.issue_client(make_request(make_key(), "m1"), "m1", now=NOW).certificate.serial
    pem = authority.revocations([Revoked(serial, NOW)] * 2, now=NOW, number=7)
    revoked = x509.load_pem_x509_crl(pem)
    assert [f"{entry.serial_number:x}" for entry in revoked] == [serial]
    assert revoked.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 7
    assert revoked.next_update_utc == NOW + timedelta(days=7)
    key = x509.load_pem_x509_certificate(authority.pem).public_key()
    assert revoked.is_signature_valid(key)  # type: ignore[arg-type]


def test_openssl_takes_client_server_and_refuses_the_revoked(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority = Authority.create(tmp_path / "ca", now=now)
    server, client = _pair(authority, tmp_path, "server", now), _pair(authority, tmp_path, "m1", now)
    assert _shake(authority, server, client, b"") == ""
    crl = authority.revocations([Revoked(read_pair(client).serial, now)], now=now, number=1)
    assert "revoked" in _shake(authority, server, client, crl)
    assert _shake(authority, server, _pair(authority, tmp_path, "m2", now), crl) == ""
    # A client's certificate makes no server of a station.
    assert "purpose" in _shake(authority, client, client, b"")


def test_a_pair_is_exchanged_at_once_and_checked(tmp_path: Path, authority: Authority) -> None:
    path = tmp_path / "m1.pem"
    keys = [make_key(), make_key()]
    pems = [authority.issue_client(make_request(key, "m1"), "m1", now=NOW).pem for key in keys]
    write_pair(path, keys[0], pems[0])
    with pytest.raises(ThereAlreadyError):
        write_pair(path, keys[1], pems[1])
    first = read_pair(path)
    replace_pair(path, keys[1], pems[1])
    assert read_pair(path) != first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == ["m1.pem"]
    replace_pair(path, keys[0], pems[1])
    with pytest.raises(UnreadableError, match="with its key"):
        read_pair(path)
    path.chmod(0o640)
    with pytest.raises(UnreadableError, match="with its key"):
        read_pair(path)
    path.chmod(0o604)
    with pytest.raises(UnreadableError, match="chmod 600"):
        read_pair(path)


def test_a_pair_that_is_exchanged_all_the_time_is_always_whole(tmp_path: Path, authority: Authority) -> None:
    path, over = tmp_path / "m1.pem", threading.Event()
    pairs = [
        (key, authority.issue_client(make_request(key, "m1"), "m1", now=NOW).pem) for key in (make_key(), make_key())
    ]
    write_pair(path, *pairs[0])

    def exchange() -> None:
        for key, certificate in itertools.cycle(pairs):
            replace_pair(path, key, certificate)
            if over.is_set():
                return

    exchanging = threading.Thread(target=exchange, name="renewal")
    exchanging.start()
    try:
        for _ in range(200):
            assert read_pair(path).name == "m1"
    finally:
        over.set()
        exchanging.join()


def _pair(authority: Authority, folder: Path, name: str, now: datetime) -> Path:
    key: Key = make_key()
    request = make_request(key, name)
    issue = authority.issue_server(request, ["localhost"], now=now) if name == "server" else None
    path = folder / f"{name}.pem"
    write_pair(path, key, (issue or authority.issue_client(request, name, now=now)).pem)
    return path


def _shake(authority: Authority, server: Path, client: Path, crl: bytes) -> str:
    """Shake hands in memory; return why it failed, or ""."""
    here, there = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cadata=authority.pem.decode())
    here.load_cert_chain(server)
    here.load_verify_locations(cadata=authority.pem.decode())
    here.verify_mode = ssl.CERT_REQUIRED
    if crl:
        path = server.with_name("crl.pem")
        path.write_bytes(crl)
        here.load_verify_locations(path)
        here.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
    there.load_cert_chain(client)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        here.wrap_bio(up, down, server_side=True),
        there.wrap_bio(down, up, server_hostname="localhost"),
    ]
    try:
        for _ in range(6):
            for side in sides:
                try:
                    side.do_handshake()
                except ssl.SSLWantReadError:
                    continue
    except ssl.SSLError as exc:
        return str(exc)
    return ""
