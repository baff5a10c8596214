"""A certificate and its key in one file (PEM), so that a renewal is one rename: readers see the old pair or the new.

OpenSSL, Mosquitto, uvicorn and paho all take the same file for certificate and key."""

import ssl
from pathlib import Path

from authority.certificates import Certificate, read_certificate
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
    """Return the facts of the certificate in the pair.

    Raises UnreadableError for a file that is open to others, or whose key is not the certificate's; OSError."""
    content = path.read_bytes()
    complaint = openness(path)
    if complaint:
        raise UnreadableError(complaint)
    if not belong_together(path, path):
        raise UnreadableError(f"{path} holds no certificate with its key")
    return read_certificate(content[content.index(b"-----BEGIN CERTIFICATE") :])


def belong_together(certificate: Path, key: Path) -> bool:
    """Tell whether the key is the certificate's; False also for files that cannot be read."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, key, password=lambda: b"")
    except (OSError, ValueError):
        return False
    return True
