"""Signed links in messages: what their reader may do once, for how long, without signing in.

    kind (1 byte) | id (16) | the second until which it is good (4) | HMAC-SHA256, cut (16)      in base64url

The key is made by the first server that needs it and stays in the database, so that all servers share it. A link says
nothing by itself: what it stands for, and whose it is, the database knows.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from uuid import UUID

from pydantic import BaseModel

from server.database import Database

_PACKED = struct.Struct(">B16sI")
_MAC = 16
_KEY_BYTES = 32
PATH = "/a/"


class Purpose(IntEnum):
    """Purpose of a link. `ACKNOWLEDGE`: of a delivery's alert; `CONFIRM`: that a subscription's test arrived."""

    ACKNOWLEDGE = 1
    CONFIRM = 2


@dataclass(frozen=True, slots=True)
class Link:
    """Link that somebody has followed. `id`: of the delivery, or of the subscription."""

    purpose: Purpose
    id: UUID
    until: datetime


class _Key(BaseModel):
    key: bytes


class Links:
    """Maker and reader of links. `public_url` empty: messages have none."""

    def __init__(self, db: Database, public_url: str, good_for: timedelta) -> None:
        self._db = db
        self._public_url = public_url.rstrip("/")
        self._good_for = good_for
        self._key: bytes | None = None

    @property
    def is_on(self) -> bool:
        return bool(self._public_url)

    async def make(self, purpose: Purpose, identity: UUID, now: datetime) -> str:
        """Return the address of a link; empty where messages have none."""
        if not self._public_url:
            return ""
        body = _PACKED.pack(purpose, identity.bytes, int((now + self._good_for).timestamp()))
        token = base64.urlsafe_b64encode(body + _sign(await self._shared(), body)).decode().rstrip("=")
        return f"{self._public_url}{PATH}{token}"

    async def read(self, token: str, zone_now: datetime) -> Link | None:
        """Return what a link stands for; None: it is none of ours. Whether it is still good, its `until` says."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            body, mac = raw[:-_MAC], raw[-_MAC:]
            purpose, identity, until = _PACKED.unpack(body)
        except (binascii.Error, struct.error, ValueError):
            return None
        if not hmac.compare_digest(mac, _sign(await self._shared(), body)) or purpose not in list(Purpose):
            return None
        return Link(Purpose(purpose), UUID(bytes=identity), datetime.fromtimestamp(until, zone_now.tzinfo))

    async def _shared(self) -> bytes:
        """Return the key, made by whoever asks first."""
        if self._key is None:
            async with self._db.transaction() as transaction:
                await transaction.run("delivery.keep_link_key", {"key": secrets.token_bytes(_KEY_BYTES)})
                row = await transaction.row(_Key, "delivery.link_key")
            assert row is not None, "it was just kept"
            self._key = row.key
        return self._key


def _sign(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, b"shian.link.v1" + body, hashlib.sha256).digest()[:_MAC]
