"""Reading a certificate: whose it is, until when, and when it is due to be renewed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from authority.errors import UnreadableError


@dataclass(frozen=True, slots=True)
class Certificate:
    """The facts of a certificate. `serial` is hex without leading zeros, `fingerprint` the SHA-256 of its DER form."""

    name: str
    serial: str
    begins_at: datetime
    ends_at: datetime
    fingerprint: str

    @property
    def renew_at(self) -> datetime:
        """Return the time at which two thirds of its life are over."""
        return self.begins_at + (self.ends_at - self.begins_at) * 2 / 3

    def is_due(self, now: datetime) -> bool:
        return now >= self.renew_at

    def left(self, now: datetime) -> timedelta:
        return self.ends_at - now


def read_certificate(pem: bytes) -> Certificate:
    """Return the facts of the first certificate in `pem`. Raises UnreadableError."""
    return facts(load(pem))


def facts(certificate: x509.Certificate) -> Certificate:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Certificate(
        str(names[0].value) if names else "",
        serial_text(certificate.serial_number),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        certificate.fingerprint(hashes.SHA256()).hex(),
    )


def load(pem: bytes) -> x509.Certificate:
    """Return the first certificate in `pem`. Raises UnreadableError."""
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as exc:
        raise UnreadableError(f"no certificate can be read: {exc}") from exc


def serial_text(serial: int) -> str:
    return f"{serial:x}"
