"""Web Push to the browser of a phone or a desk (RFC 8030, 8188, 8291, 8292), encrypted by pywebpush.

The address is the browser's own PushSubscription as JSON. The push service answers 201 and names the message by
Location; 404 and 410 mean that the browser has given the subscription up.
"""

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

from py_vapid import Vapid02, VapidException
from pydantic import BaseModel, ConfigDict, Field
from pywebpush import WebPusher, WebPushException

from process.named_files import OwnKeyFile
from process.settings import Settings
from server.delivery.address import check_url
from server.delivery.channel import Attempt, ChannelKind, Network, Notice, Outcome, Rate, Recipient
from server.delivery.channels.web_push import key
from server.delivery.channels.web_push.payload import MOST_TEXT, payload
from server.delivery.http_post import HttpPost

_KEPT_S = 86_400
_TOKEN_S = 12 * 3600
_GONE = (404, 410)
_NOT_SET_UP = Attempt(Outcome.NOT_SET_UP, detail="[delivery.channels.web_push] names no key_file", is_final=True)


class WebPushSettings(Settings):
    """The server's key (VAPID). `contact` is told to the push services, as they ask."""

    key_file: Annotated[
        OwnKeyFile | None,
        Field(description="P-256, PEM; made at the first start; empty: no pushes. Several servers share one"),
    ] = None
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

    def __init__(self, settings: WebPushSettings, own: Vapid02 | None, post: HttpPost) -> None:
        self._settings = settings
        self._own = own
        self._post = post

    async def close(self) -> None:
        await self._post.close()

    async def send(self, to: Recipient, notice: Notice, now: datetime) -> Attempt:
        """Try once. Raises only for our own mistakes."""
        if self._own is None:
            return _NOT_SET_UP
        try:
            subscription = PushSubscription.model_validate_json(to.address)
            url = check_url(subscription.endpoint)
            body: bytes = WebPusher(subscription.model_dump()).encode(payload(to, notice), "aes128gcm")["body"]
            shown = self._own.sign(self._claims(str(url), now))
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


def _check_address(text: str) -> None:
    check_url(PushSubscription.model_validate_json(text).endpoint)


def _prepare(settings: WebPushSettings) -> None:
    if settings.key_file:
        key.make_missing(settings.key_file)


def _open(settings: WebPushSettings, network: Network) -> WebPushChannel:
    own = key.read(settings.key_file) if settings.key_file else None
    return WebPushChannel(settings, own, HttpPost(network))


CHANNEL = ChannelKind(
    "web_push",
    WebPushSettings,
    _check_address,
    _open,
    rate=Rate(20, 60.0),
    is_address_secret=True,
    most_bytes=MOST_TEXT,
    prepare=_prepare,
)
