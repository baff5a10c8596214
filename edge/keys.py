"""The station's signing key: Ed25519, 32 raw bytes in a file of its own that only the agent may read.

The key is apart from the spool, so that a new spool is still signed by the station that the centre knows."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import KeyFileError
from process.private_files import replace

_LENGTH = 32


def load_or_make(path: Path) -> tuple[Ed25519PrivateKey, str]:
    """Return the key in `path`, and the news about it ("" when it was there). A new key is on disk before it is
    returned.

    A damaged key is put aside and replaced: the station goes on recording, and the centre, which knows the old key,
    raises the alert. Raises KeyFileError when the file can be neither read nor written."""
    try:
        secret = path.read_bytes()
    except FileNotFoundError:
        return _make(path), "new signing key"
    except OSError as exc:
        raise KeyFileError(f"{path}: {exc.strerror}") from exc
    if len(secret) == _LENGTH:
        return Ed25519PrivateKey.from_private_bytes(secret), ""
    aside = _free_name(path)
    path.rename(aside)
    return _make(path), f"new signing key: the old one had {len(secret)} bytes and is kept as {aside.name}"


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.broken-{number}")).exists():
        number += 1
    return aside


def _make(path: Path) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    try:
        replace(path, key.private_bytes_raw())
    except OSError as exc:
        raise KeyFileError(f"{path}: {exc.strerror}") from exc
    return key
