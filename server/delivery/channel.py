"""What a channel is: it takes a message to one recipient and says, by name, what came of it. tests/contract/channel_kit
holds every channel to this."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """What came of an attempt. `body`: accepted by HTTP, refused by a code in the answer's body."""

    DELIVERED = "delivered"
    HTTP_STATUS = "http_status"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    TLS = "tls"
    REFUSED_ADDRESS = "refused_address"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One subscription."""

    address: str
    secret: str


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: the same id at every attempt, so that a receiver can drop repeats."""

    id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Attempt:
    """The receipt of one attempt. `retry_after_s`: when the receiver asks to be left alone."""

    outcome: Outcome
    status: int | None = None
    detail: str = ""
    duration_ms: int = 0
    retry_after_s: float | None = None


class Channel(Protocol):
    """One way to a person's screen."""

    async def send(self, to: Recipient, message: Message, now: datetime) -> Attempt:
        """Try once, within the channel's own deadline. Never raises for anything that the other side does."""
        ...

    async def close(self) -> None: ...
