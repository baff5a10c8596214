"""Anchors by webhook: a POST of the anchor as JSON, signed by Standard Webhooks."""

from collections.abc import Callable
from datetime import datetime

from standardwebhooks import Webhook

from server.delivery.channel import Network, Outcome
from server.delivery.http_post import HttpPost
from server.proof.places.place import NotKeptError
from wire.anchors import Anchor, AnchorFile, encode

_DEADLINE_S = 20.0
_LARGEST = 1 << 20


class WebhookPlace:
    """Receiver of another operator, who keeps what he gets."""

    def __init__(self, url: str, secret: str, now: Callable[[], datetime], *, allow_private: bool) -> None:
        self._url = url
        self._secret = secret
        self._now = now
        self._network = Network(_DEADLINE_S, allow_private)

    @property
    def name(self) -> str:
        return "webhook"

    def newest(self) -> Anchor | None:
        """Return None: a receiver of webhooks is not asked what it has: it has no address for that."""
        return None

    async def keep(self, file: AnchorFile) -> None:
        """Post the anchor; a very large district's without the lists. Raises NotKeptError."""
        body = encode(file)
        if len(body) > _LARGEST:
            body = encode(AnchorFile(anchor=file.anchor))
        now, name = self._now(), f"anchor-{file.anchor.number}-{file.anchor.hash[:16]}"
        headers = {
            "Content-Type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self._secret).sign(name, now, body.decode()),
        }
        post = HttpPost(self._network)
        try:
            attempt = await post.send(self._url, body, headers, now)
        finally:
            await post.close()
        if attempt.outcome is not Outcome.DELIVERED:
            raise NotKeptError(f"{attempt.outcome} {attempt.status or ''} {attempt.detail}".strip())
