"""The webhook channel: a POST signed by Standard Webhooks (https://www.standardwebhooks.com). Success is 2xx alone; 410
Gone ends the subscription, as that standard says."""

import base64
import secrets
from dataclasses import replace
from datetime import UTC, datetime

from standardwebhooks import Webhook

from process.settings import Settings
from server.delivery.address import check_url
from server.delivery.channel import Attempt, ChannelKind, Network, Notice, Outcome, Recipient, Secrets
from server.delivery.document import document
from server.delivery.http_post import HttpPost

_SECRET_BYTES = 32
_GONE = 410


class WebhookSettings(Settings):
    """Settings of the channel: it has none of its own."""


class WebhookChannel:
    """An alert as a JSON document; the receiver proves by the signature that it came from here."""

    def __init__(self, post: HttpPost) -> None:
        self._post = post

    async def close(self) -> None:
        await self._post.close()

    async def send(self, to: Recipient, notice: Notice, now: datetime) -> Attempt:
        """Try once. Raises only for our own mistakes."""
        body = document(notice)
        attempt = await self._post.send(to.address, body, _headers(to, notice, body, now), now)
        if attempt.status == _GONE:
            return replace(attempt, outcome=Outcome.GONE, is_final=True)
        return attempt


def _headers(to: Recipient, notice: Notice, body: bytes, now: datetime) -> dict[str, str]:
    assert to.secret is not None, "every webhook has a secret"
    at = now.astimezone(UTC)
    return {
        "Content-Type": "application/json",
        "webhook-id": notice.id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(to.secret).sign(notice.id, at, body.decode()),
    }


def _new_secret() -> str:
    """Return a secret as Standard Webhooks writes one."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _check_address(text: str) -> None:
    check_url(text)


def _open(_: WebhookSettings, network: Network) -> WebhookChannel:
    return WebhookChannel(HttpPost(network))


CHANNEL = ChannelKind("webhook", WebhookSettings, _check_address, _open, Secrets(make=_new_secret))
