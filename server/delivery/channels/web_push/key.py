"""The office's key for Web Push (VAPID, RFC 8292): P-256, PEM (PKCS 8), in a file that only its owner reads.

A browser binds its subscription to the public half: whoever loses the file loses all browsers that subscribed.
"""

import base64
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from py_vapid import Vapid02, VapidException

from process.language import t
from process.private_files import write_new
from process.settings import SettingsError


def make_missing(path: Path) -> None:
    """Make a key in a new file with mode 600 where there is none. Raises SettingsError."""
    if path.exists():
        return
    pem = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        write_new(path, pem)
    except FileExistsError:
        return  # another server of this machine was quicker
    except OSError as exc:
        raise SettingsError(f"{path}: {exc.strerror}") from exc


def read(path: Path) -> Vapid02 | None:
    """Read the key; None where there is no file yet. Raises SettingsError."""
    complaint = t(f"{path}: no P-256 private key in PEM", f"{path}：不是 PEM 格式的 P-256 私钥")
    try:
        key = Vapid02.from_file(str(path)) if path.exists() else None
    except (OSError, ValueError, VapidException) as exc:
        raise SettingsError(f"{complaint} ({type(exc).__name__})") from exc
    if key is None:
        return None
    private = key.private_key
    if not (isinstance(private, EllipticCurvePrivateKey) and private.curve.name == SECP256R1.name):
        raise SettingsError(complaint)
    return key


def public_key(key: Vapid02) -> str:
    """Return the public half as a browser takes it (`applicationServerKey`): the point in base64url."""
    public = key.public_key
    assert public is not None, "a private key was read"
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")
