"""The shape of a channel: it renders an alert for one recipient, takes it there, and says by name what came of it.

A channel is a folder of server/delivery/channels/ that declares a `ChannelKind`; docs/adding-a-channel.md goes the way,
and tests/contract/channel_kit.py holds every channel to its promises.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, Literal, Protocol, TypeVar

from process.settings import Settings
from server.delivery.message import AlertFacts
from server.delivery.texts.templates import Templates

S = TypeVar("S", bound=Settings)
Language = Literal["zh", "en", "both"]


class Outcome(StrEnum):
    """The names of what may come of an attempt."""

    DELIVERED = "delivered"
    HTTP_STATUS = "http_status"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    TLS = "tls"
    REFUSED_ADDRESS = "refused_address"
    REJECTED = "rejected"  # the receiver answered, and named an error of its own
    THROTTLED = "throttled"  # it asks to be sent less
    GARBAGE = "garbage"  # what it answered says neither yes nor no
    GONE = "gone"  # nobody is there any more, and nobody will be: the subscription ends
    NOT_SET_UP = "not_set_up"  # the channel's settings, or its library, are missing here


@dataclass(frozen=True, slots=True)
class Recipient:
    """Recipient of one subscription. `secret`: None where the channel has none."""

    address: str
    secret: str | None
    language: Language = "zh"


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert for one subscription. `id` is the same at every attempt, so that a receiver can drop repeats. `others`:
    what is told in the same message, since its receiver takes only so many; `link`: where a person sees the alert;
    `acknowledge`: where he acknowledges it; `occasion`: why it is told, `by`: who took the step that is told, `why`:
    his reason."""

    id: str
    alert: AlertFacts
    subscription: str
    others: tuple[AlertFacts, ...] = ()
    link: str = ""
    acknowledge: str = ""
    occasion: str = "new"
    by: str = ""
    why: str = ""
    templates: Templates | None = None  # the district's own texts; None: as shipped


@dataclass(frozen=True, slots=True)
class Attempt:
    """The receipt of one attempt. `retry_after_s`: when the receiver asks to be left alone; `remote_id`: the message's
    name at the receiver; `code`: the receiver's own error; `is_final`: trying again cannot help."""

    outcome: Outcome
    status: int | None = None
    detail: str = ""
    duration_ms: int = 0
    retry_after_s: float | None = None
    remote_id: str = ""
    code: str = ""
    is_final: bool = False


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
    ValueError for a secret that cannot be one; `is_optional`: the subscriber may leave it out."""

    make: Callable[[], str] | None = None
    check: Callable[[str], None] | None = None
    is_optional: bool = False

    def of_new(self, given: str | None) -> str | None:
        """Return the secret of a new subscription. Raises ValueError, with why `given` is no good."""
        if self.check is None:
            if given is not None:
                raise ValueError("this channel is given no secret")
            return self.make() if self.make else None
        if given is None and self.is_optional:
            return None
        if given is None:
            raise ValueError("this channel needs a secret")
        self.check(given)
        return given


@dataclass(frozen=True, slots=True)
class Rate:
    """Rate that a receiver takes: `most` messages to one address within `window_s`. Above it, what waits is told in one
    message (server/delivery/throttle.py)."""

    most: int
    window_s: float


def _nothing(_: object) -> None:
    """Prepare nothing."""


@dataclass(frozen=True, slots=True)
class ChannelKind(Generic[S]):
    """The declaration of a channel. `name` is that of its folder, of its table in the settings (below
    [delivery.channels]) and of `subscription.channel`. `check_address` raises ValueError for what is no address of this
    channel; `open` may raise SettingsError. `rate` None: the receiver takes whatever comes.
    `most_bytes`: of its text, which is cut to that; 0: it has no such text. `is_address_secret`: whoever knows the
    address can write there, so that the audit does not have it. `prepare` makes, before the server starts, what the
    channel needs and is not there yet, as a key; it may raise SettingsError."""

    name: str
    settings: type[S]
    check_address: Callable[[str], None]
    open: Callable[[S, Network], Channel]
    secrets: Secrets = field(default_factory=Secrets)
    rate: Rate | None = None
    is_address_secret: bool = False
    most_bytes: int = 0
    prepare: Callable[[S], None] = _nothing
