"""The key by which the centre signs: Ed25519, PEM (PKCS 8), in a file that only its owner reads."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from process.language import t
from process.private_files import openness, write_new
from process.settings import SettingsError


def make(path: Path) -> Ed25519PrivateKey:
    """Make a key in a new file. Raises FileExistsError, OSError."""
    key = Ed25519PrivateKey.generate()
    write_new(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key


def read(path: Path) -> Ed25519PrivateKey:
    """Read a key. Raises SettingsError, also for a file that others may read."""
    try:
        complaint = openness(path)
        pem = path.read_bytes()
    except OSError as exc:
        raise SettingsError(f"{path}: {exc.strerror}") from exc
    if complaint:
        raise SettingsError(complaint)
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as exc:
        raise SettingsError(t(f"{path}: no private key in PEM", f"{path}：不是 PEM 格式的私钥")) from exc
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(t(f"{path}: no Ed25519 key", f"{path}：不是 Ed25519 密钥"))
    return key
