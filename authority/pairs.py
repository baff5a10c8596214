"""A certificate and its key in one file (PEM), so that a renewal is one rename: readers see the old pair or the new.

OpenSSL, Mosquitto, uvicorn and paho all take the same file for certificate and key."""

from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from authority.certificates import Certificate, facts
from authority.errors import ThereAlreadyError, UnreadableError
from authority.requests import Key, key_pem
from process.private_files import openness, replace, write_new


def write_pair(path: Path, key: Key, certificate: bytes) -> None:
    """Write a pair (0600). Raises ThereAlreadyError, OSError."""
    try:
        write_new(path, key_pem(key) + certificate)
    except FileExistsError as exc:
        raise ThereAlreadyError(f"{path} is there already") from exc


def replace_pair(path: Path, key: Key, certificate: bytes) -> None:
    """Put a pair in the place of the one that is there, at once. Raises OSError."""
    replace(path, key_pem(key) + certificate)


def read_pair(path: Path) -> Certificate:
    """Return the facts of the certificate in the pair, which is read once: it may be exchanged at any time.

    Raises UnreadableError for a file that is open to others, or whose key is not the certificate's; OSError."""
    content = path.read_bytes()
    complaint = openness(path)
    if complaint:
        raise UnreadableError(complaint)
    strangers = f"{path} holds no certificate with its key"
    try:
        certificate, key = x509.load_pem_x509_certificate(content), load_pem_private_key(content, None)
        if certificate.public_key() != key.public_key():
            raise UnreadableError(strangers)
    except (TypeError, ValueError, UnsupportedAlgorithm) as exc:
        raise UnreadableError(strangers) from exc
    return facts(certificate)
