"""The sender of test messages: by the channel of a subscription, at once, with the receipt as the answer."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from server.database import Database
from server.delivery.channel import Attempt, Channel, Language, Notice, Recipient
from server.delivery.links import Links, Purpose
from server.delivery.message import TEST, AlertFacts
from server.problems import Kind, ProblemError

_OFF = Kind(
    409,
    "delivery-off",
    "This server sends no messages; ask the one that does.",
    "本服务器不发送消息，请使用负责发送的服务器。",
)


class _To(BaseModel):
    """Recipient of a test message. `now`: the database's clock."""

    name: str
    channel: str
    address: str
    secret: str | None
    language: Language
    now: datetime


class Messenger:
    """Sender of test messages. No channels: another server sends."""

    def __init__(self, db: Database, channels: Mapping[str, Channel], links: Links) -> None:
        self._db = db
        self._channels = channels
        self._links = links

    @staticmethod
    def new_code() -> str:
        """Return a code that a person can type."""
        return f"{secrets.randbelow(10**6):06d}"

    @staticmethod
    def digest(subscription: UUID, code: str) -> bytes:
        """Return what the database keeps of a code, which is good for an hour and five tries."""
        return hashlib.sha256(subscription.bytes + code.encode()).digest()

    async def send_test(self, subscription: UUID, code: str) -> Attempt:
        """Send the code. Raises ProblemError (409) where this server sends nothing."""
        to = await self._db.row(_To, "delivery.test_to", {"id": subscription})
        channel = self._channels.get(to.channel) if to else None
        if to is None or channel is None:
            raise ProblemError(_OFF)
        facts: dict[str, Any] = {"code": code}
        names = dict.fromkeys(("station", "station_title", "station_title_en", "device", "item", "sample"), "")
        alert = AlertFacts(
            id=subscription,
            rule=TEST,
            severity="info",
            state="",
            commodity="",
            event=None,
            facts=facts,
            opened_at=to.now,
            updated_at=to.now,
            **names,
        )
        link = await self._links.make(Purpose.CONFIRM, subscription, to.now)
        # Each test is a message of its own: the id of the subscription alone would look like a repeat.
        identity = f"test_{secrets.token_hex(8)}"
        notice = Notice(identity, alert, to.name, acknowledge=link, occasion=TEST)
        return await channel.send(Recipient(to.address, to.secret, to.language), notice, to.now)


def messenger() -> Messenger:
    """Stand for the messenger that `create_app` gives."""
    raise NotImplementedError("create_app overrides this dependency")
