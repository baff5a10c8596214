"""The shape of a channel: it renders an alert for one recipient, takes it there, and says by name what came of it.

A channel is a folder of server/delivery/channels/ that declares a `ChannelKind`; docs/adding-a-channel.md goes the way,
and tests/contract/channel_kit.py holds every channel to its promises.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from process.settings import Settings
from server.delivery.message import AlertFacts

S = TypeVar("S", bound=Settings)


class Outcome(StrEnum):
    """The names of what may come of an attempt."""

    DELIVERED = "delivered"
    HTTP_STATUS = "http_status"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    TLS = "tls"
    REFUSED_ADDRESS = "refused_address"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Recipient of one subscription. `secret`: None where the channel has none."""

    address: str
    secret: str | None


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert for one subscription. `id` is the same at every attempt, so that a receiver can drop repeats."""

    id: str
    alert: AlertFacts
    subscription: str


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

    async def send(self, to: Recipient, notice: Notice, now: datetime) -> Attempt:
        """Render and try once, within the channel's own deadline. Never raises for what the other side does."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Network:
    """The bounds of every attempt, whatever the channel. `allow_private`: private and loopback addresses are good.
    `ports`: those that an address may name; empty: any."""

    attempt_s: float
    allow_private: bool
    ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Secrets:
    """Source of a subscription's secret: made here and shown once, given by the subscriber, or neither. `check` raises
    ValueError for a secret that cannot be one."""

    make: Callable[[], str] | None = None
    check: Callable[[str], None] | None = None

    def of_new(self, given: str | None) -> str | None:
        """Return the secret of a new subscription. Raises ValueError, with why `given` is no good."""
        if self.check is None:
            if given is not None:
                raise ValueError("this channel is given no secret")
            return self.make() if self.make else None
        if given is None:
            raise ValueError("this channel needs a secret")
        self.check(given)
        return given


@dataclass(frozen=True, slots=True)
class ChannelKind(Generic[S]):
    """The declaration of a channel. `name` is that of its folder, of its table in the settings (below
    [delivery.channels]) and of `subscription.channel`. `check_address` raises ValueError for what is no address of this
    channel; `open` may raise SettingsError."""

    name: str
    settings: type[S]
    check_address: Callable[[str], None]
    open: Callable[[S, Network], Channel]
    secrets: Secrets = field(default_factory=Secrets)
