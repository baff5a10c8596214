"""Web Push to the browser of a phone or a desk (RFC 8030, 8188, 8291, 8292), encrypted by pywebpush.

The address is the browser's own PushSubscription as JSON. The push service answers 201 and names the message by
Location; 404 and 410 mean that the browser has given the subscription up.
"""

import base64
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02, VapidException
from pydantic import BaseModel, ConfigDict, Field
from pywebpush import WebPusher, WebPushException

from process.settings import Settings, SettingsError
from server.delivery.address import check_url
from server.delivery.channel import Attempt, ChannelKind, Network, Notice, Outcome, Rate, Recipient
from server.delivery.http_post import HttpPost
from server.delivery.texts.text import cut, texts_of

# RFC 8291, 4: 3,993 bytes fit into the one record of 4,096.
_MOST_BYTES = 3_000
_KEPT_S = 86_400
_TOKEN_S = 12 * 3600
_GONE = (404, 410)
_NOT_SET_UP = Attempt(Outcome.NOT_SET_UP, detail="[delivery.channels.web_push] names no key_file", is_final=True)


class WebPushSettings(Settings):
    """The server's key (VAPID). `contact` is told to the push services, as they ask."""

    key_file: Annotated[Path | None, Field(description="a P-256 private key, PEM; empty: no pushes are sent")] = None
    contact: Annotated[str, Field(pattern=r"^(mailto:|https://).+")] = "mailto:shian@localhost"


class _Keys(BaseModel):
    p256dh: Annotated[str, Field(min_length=80, max_length=200)]
    auth: Annotated[str, Field(min_length=16, max_length=100)]


class PushSubscription(BaseModel):
    """A PushSubscription as a browser writes it (`subscription.toJSON()`)."""

    model_config = ConfigDict(extra="ignore")

    endpoint: Annotated[str, Field(max_length=1000)]
    keys: _Keys


class WebPushChannel:
    """A notice that a browser shows even when the page is closed."""

    def __init__(self, settings: WebPushSettings, key: Vapid02 | None, post: HttpPost) -> None:
        self._settings = settings
        self._key = key
        self._post = post

    @property
    def public_key(self) -> str | None:
        """Return what a browser needs as `applicationServerKey`; None without a key."""
        if self._key is None:
            return None
        key = self._key.public_key
        assert key is not None, "a private key was read"
        point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.urlsafe_b64encode(point).decode().rstrip("=")

    async def close(self) -> None:
        await self._post.close()

    async def send(self, to: Recipient, notice: Notice, now: datetime) -> Attempt:
        """Try once. Raises only for our own mistakes."""
        if self._key is None:
            return _NOT_SET_UP
        try:
            subscription = PushSubscription.model_validate_json(to.address)
            url = check_url(subscription.endpoint)
            body: bytes = WebPusher(subscription.model_dump()).encode(_payload(to, notice), "aes128gcm")["body"]
            shown = self._key.sign(self._claims(str(url), now))
        except (ValueError, WebPushException, VapidException) as exc:
            return Attempt(Outcome.REFUSED_ADDRESS, detail=str(exc)[:200], is_final=True)
        headers: dict[str, str] = {
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(_KEPT_S),
            "Urgency": "high" if notice.alert.severity == "critical" else "normal",
            **shown,
        }
        attempt = await self._post.send(subscription.endpoint, body, headers, now)
        if attempt.outcome is Outcome.HTTP_STATUS and attempt.status in _GONE:
            return replace(attempt, outcome=Outcome.GONE, is_final=True)
        return attempt

    def _claims(self, url: str, now: datetime) -> dict[str, str]:
        """Return what the push service is told of the sender (RFC 8292, 2)."""
        parts = urlsplit(url)
        at = str(int(now.timestamp()) + _TOKEN_S)
        return {"sub": self._settings.contact, "aud": f"{parts.scheme}://{parts.netloc}", "exp": at}


def _payload(to: Recipient, notice: Notice) -> bytes:
    texts = texts_of(notice, to.language)
    title = cut(" / ".join(text.title for text in texts), _MOST_BYTES // 3)
    lines = [line for text in texts for line in (*text.lines, text.notice) if line]
    said: dict[str, Any] = {
        "id": notice.id,
        "alert": str(notice.alert.id),
        "title": title,
        "body": cut("\n".join(lines), _MOST_BYTES // 3),
        "link": notice.link,
        "notices": [text.notice for text in texts if text.notice],
    }
    return json.dumps(said, ensure_ascii=False).encode()


def _check_address(text: str) -> None:
    check_url(PushSubscription.model_validate_json(text).endpoint)


def _open(settings: WebPushSettings, network: Network) -> WebPushChannel:
    key = None
    if settings.key_file:
        try:
            key = Vapid02.from_file(str(settings.key_file))
        except (OSError, ValueError, VapidException) as exc:
            raise SettingsError(f"{settings.key_file}: {type(exc).__name__}: no P-256 private key in PEM") from exc
    return WebPushChannel(settings, key, HttpPost(network))


CHANNEL = ChannelKind("web_push", WebPushSettings, _check_address, _open, rate=Rate(20, 60.0), is_address_secret=True)
