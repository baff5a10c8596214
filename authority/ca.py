"""The authority: a folder with `ca.crt` and `ca.key`. It signs certificates and the list of revoked ones."""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from authority.certificates import Certificate, facts, load
from authority.errors import AuthorityError, BadNameError, NotThereError, ThereAlreadyError, UnreadableError
from authority.requests import Key, PublicKey, key_pem, make_key, read_request
from process.private_files import openness, write_new

CLIENT_DAYS = 90
SERVER_DAYS = 365
CA_DAYS = 3650
CRL_DAYS = 7

# The clocks of two machines differ: a certificate is good from a little before it was made.
_BEFORE = timedelta(minutes=5)
_LONGEST_NAME = 64  # of a common name (RFC 5280, ub-common-name)
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that was just signed."""

    pem: bytes
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Revoked:
    """A certificate that is good no more, by its serial (hex, as in `Certificate`)."""

    serial: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Authority:
    """The authority of a district, ready to sign. `certificate` says when it ends itself."""

    pem: bytes
    certificate: Certificate
    _signed: x509.Certificate
    _key: Key

    @classmethod
    def create(cls, folder: Path, *, now: datetime, name: str = "Shian CA", days: int = CA_DAYS) -> "Authority":
        """Make an authority in `folder` (made with 0700 if it is not there).

        Raises ThereAlreadyError when one of its files is there (nothing is changed), BadNameError, AuthorityError."""
        certificate, path = _paths(folder)
        key = make_key()
        subject = _subject(name)
        signed = (
            _builder(subject, subject, key.public_key(), now, days)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        pem = signed.public_bytes(serialization.Encoding.PEM)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if certificate.exists():
                raise ThereAlreadyError(f"{certificate} is there already")
            write_new(path, key_pem(key))
            write_new(certificate, pem, 0o644)
        except FileExistsError as exc:
            raise ThereAlreadyError(f"{exc.filename} is there already") from exc
        except OSError as exc:
            raise AuthorityError(f"{folder}: {exc.strerror}") from exc
        return cls(pem, facts(signed), signed, key)

    @classmethod
    def open(cls, folder: Path) -> "Authority":
        """Open the authority in `folder`.

        Raises NotThereError, and UnreadableError, also for a key that others may read."""
        certificate, path = _paths(folder)
        try:
            pem, secret = certificate.read_bytes(), path.read_bytes()
            complaint = openness(path)
        except FileNotFoundError as exc:
            raise NotThereError(f"{exc.filename} is not there: shian ca init") from exc
        except OSError as exc:
            raise UnreadableError(f"{exc.filename}: {exc.strerror}") from exc
        if complaint:
            raise UnreadableError(complaint)
        signed = load(pem)
        try:
            key = serialization.load_pem_private_key(secret, password=None)
        except (ValueError, TypeError) as exc:
            raise UnreadableError(f"{path}: {exc}") from exc
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != signed.public_key():
            raise UnreadableError(f"{path} is not the key of {certificate}")
        return cls(pem, facts(signed), signed, key)

    def issue_client(self, request: bytes, name: str, *, now: datetime, days: int = CLIENT_DAYS) -> Issued:
        """Return a certificate for the key of `request` (PEM) with the common name `name`, whatever the request says.

        Raises BadRequestError, BadNameError."""
        return self._issue(
            read_request(request), name, hosts=(), now=now, days=days, usage=ExtendedKeyUsageOID.CLIENT_AUTH
        )

    def issue_server(self, request: bytes, hosts: Sequence[str], *, now: datetime, days: int = SERVER_DAYS) -> Issued:
        """Return a certificate that is good for these host names and IP addresses; the first is its common name.

        Raises BadRequestError, BadNameError (also for no host at all)."""
        if not hosts:
            raise BadNameError("a server's certificate needs a name or an address")
        names = [_host(host) for host in dict.fromkeys(hosts)]
        common = hosts[0] if len(hosts[0]) <= _LONGEST_NAME else "server"
        return self._issue(
            read_request(request), common, hosts=names, now=now, days=days, usage=ExtendedKeyUsageOID.SERVER_AUTH
        )

    def revocations(self, revoked: Iterable[Revoked], *, now: datetime, number: int, days: float = CRL_DAYS) -> bytes:
        """Return the list of revoked certificates (CRL, PEM). `number` must rise from list to list.

        A broker refuses everybody once the list is older than `days`: write a new one at least every half of that."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._signed.subject)
            .last_update(now - _BEFORE)
            .next_update(now + timedelta(days=days))
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        for serial, at in sorted({entry.serial: entry.at for entry in revoked}.items()):
            entry = x509.RevokedCertificateBuilder().serial_number(int(serial, 16)).revocation_date(at).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def _issue(
        self,
        key: PublicKey,
        name: str,
        *,
        hosts: Sequence[x509.GeneralName],
        now: datetime,
        days: int,
        usage: x509.ObjectIdentifier,
    ) -> Issued:
        builder = (
            _builder(_subject(name), self._signed.subject, key, now, days)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if hosts:
            builder = builder.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        signed = builder.sign(self._key, hashes.SHA256())
        return Issued(signed.public_bytes(serialization.Encoding.PEM), facts(signed))


def _paths(folder: Path) -> tuple[Path, Path]:
    return folder / "ca.crt", folder / "ca.key"


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + timedelta(days=days))
    )


def _subject(name: str) -> x509.Name:
    if not 1 <= len(name.encode()) <= _LONGEST_NAME or not name.isprintable():
        raise BadNameError(f"not a name for a certificate: {name[:80]!r}")
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    if not _HOST.fullmatch(host.lower()):
        raise BadNameError(f"neither a host name nor an IP address: {host[:80]!r}")
    return x509.DNSName(host.lower())


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
