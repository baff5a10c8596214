"""The places that the settings name."""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from process.connections import read_secret
from process.language import t
from process.settings import SettingsError
from server.proof.places.folder import FolderPlace
from server.proof.places.mail import MailPlace
from server.proof.places.place import NotKeptError, Place
from server.proof.places.webhook import WebhookPlace
from server.proof.settings import ProofSettings

__all__ = ["NotKeptError", "Place", "opened"]


def opened(settings: ProofSettings, now: Callable[[], datetime]) -> tuple[Place, ...]:
    """Return the places. Raises SettingsError."""
    found: list[Place] = []
    if settings.folder:
        found.append(FolderPlace(settings.folder))
    if hook := settings.webhook:
        secret = _webhook_secret(hook.secret_file)
        found.append(WebhookPlace(hook.url, secret, now, allow_private=hook.allow_private_address))
    if mail := settings.mail:
        found.append(MailPlace(mail, read_secret(mail.password_file) if mail.password_file else None))
    if settings.s3:
        from server.proof.places.s3 import S3Place  # noqa: PLC0415  boto3 comes with an extra of its own

        found.append(S3Place(settings.s3, now))
    return tuple(found)


def _webhook_secret(path: Path) -> str:
    """Return the secret of a webhook. Raises SettingsError at the start for one that would fail at each anchor."""
    secret = read_secret(path)
    try:
        base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as exc:
        raise SettingsError(
            t(
                f"{path}: no secret of a webhook: whsec_ and base64",
                f"{path}：不是 webhook 密钥，格式为 whsec_ 加 base64",
            )
        ) from exc
    return secret
