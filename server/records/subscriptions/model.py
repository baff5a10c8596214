"""The shapes of a subscription: as it is made, changed and shown."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from server.delivery.channel import Language
from server.delivery.channels import channels
from server.delivery.hours import Clock, Window
from server.delivery.job import Occasion
from storage.rules.expression import MOST_CHARACTERS
from storage.rules.rule import NAME
from wire.terms import AlertState, Severity

Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Words = Annotated[list[Word], Field(max_length=500)]


Wish = Literal[
    Occasion.NEW,
    Occasion.ACKNOWLEDGED,
    Occasion.RESOLVED,
    Occasion.ESCALATED,
    Occasion.DAILY,
    Occasion.WEEKLY,
]


def _known_channel(channel: str) -> str:
    if channel not in channels():
        raise ValueError(f"channels are {', '.join(channels())}")
    return channel


RuleName = Annotated[
    str, StringConstraints(pattern=NAME), Field(description="of the system, shipped or the district's own")
]
Rules = Annotated[list[RuleName], Field(max_length=100)]


class Filters(BaseModel):
    """Filters of a subscription. Empty ones mean all. An area includes the areas below it."""

    model_config = ConfigDict(extra="forbid")

    areas: Words = []
    stations: Words = []
    rules: Rules = []
    items: Annotated[Words, Field(description="items of tests, kinds of camera events, quantities of probes")] = []
    commodities: Annotated[Words, Field(description="foods, as results name them")] = []
    severities: Annotated[list[Severity], Field(max_length=3)] = []
    condition: Annotated[
        str, Field(max_length=MOST_CHARACTERS, description="CEL over the facts of an alert; empty: none")
    ] = ""
    hours: Annotated[
        list[Window], Field(max_length=20, description="none: at any time; what comes outside is told when they begin")
    ] = []


class Wishes(Filters):
    """Wishes of a subscriber. `tells`: the occasions on which he is told."""

    name: Word
    language: Annotated[Language, Field(description="of messages to people")] = "zh"
    tells: Annotated[list[Wish], Field(min_length=1, max_length=6)] = [Occasion.NEW]
    digest_at: Annotated[Clock, Field(description="when digests come, in the district's time")] = "08:00"
    may_acknowledge: Annotated[
        bool, Field(description="messages have a link by which their reader acknowledges the alert without signing in")
    ] = True


class NewSubscription(Wishes):
    """New subscription."""

    actor: Annotated[
        str | None, Field(max_length=200, deprecated=True, description="of older programs; not looked at")
    ] = None
    account: Annotated[
        Word | None, Field(description="whose it is, by the account's name; whoever may change only his own: himself")
    ] = None
    channel: Annotated[str, AfterValidator(_known_channel), WithJsonSchema({"enum": list(channels())})] = "webhook"
    address: Annotated[str, Field(max_length=2000, description="as the channel has them; webhook: http or https URL")]
    secret: Annotated[
        str | None, Field(max_length=500, description="for channels that are given one; a webhook's is made here")
    ] = None

    @field_validator("address")
    @classmethod
    def _is_of_channel(cls, address: str, info: ValidationInfo) -> str:
        if kind := channels().get(info.data.get("channel", "")):
            kind.check_address(address)
        return address


class Subscription(BaseModel):
    """Subscription of a recipient to alerts. `waiting`, `failed`: deliveries of the last 7 days."""

    id: UUID
    name: str
    account: Annotated[str | None, Field(description="whose it is; null: of nobody who signs in")]
    channel: str
    address: str
    areas: list[str]
    stations: list[str]
    rules: list[str]
    items: list[str]
    commodities: list[str]
    severities: list[str]
    condition: str
    tells: list[str]
    hours: list[Window]
    digest_at: str
    language: Language
    may_acknowledge: bool
    paused_until: AwareDatetime | None
    confirmed_at: Annotated[AwareDatetime | None, Field(description="when a test message was confirmed")]
    is_working: Annotated[bool, Field(description="confirmed, not ended, not paused, and its last message arrived")]
    is_enabled: bool
    ended_for: Annotated[str, Field(description="why it ended by itself, as `gone`; empty: it did not")]
    created_at: AwareDatetime
    waiting: int
    failed: int


class CreatedSubscription(Subscription):
    """Shown once: keep the secret, the server does not show it again."""

    secret: Annotated[
        str | None, Field(description="Standard Webhooks: whsec_ and base64; null where the channel makes none")
    ]


class Pause(BaseModel):
    """Pause of a subscription; null: it is over."""

    model_config = ConfigDict(extra="forbid")

    until: AwareDatetime | None


class Code(BaseModel):
    """Code of a test message."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\d{6}$")]


class Tested(BaseModel):
    """Receipt of a test message."""

    outcome: str
    detail: str
    remote_id: str
    code: Annotated[str, Field(description="the receiver's own error")]


class Previewed(BaseModel):
    """Alert that a subscription would have told. `at`: when, by its hours; null: not within forty days."""

    id: UUID
    rule: str
    severity: Severity
    state: AlertState
    station: str
    item: str
    sample: str
    commodity: str
    opened_at: AwareDatetime
    at: AwareDatetime | None = None


class Preview(BaseModel):
    """Alerts of the last days that would have been told: how many, and the last opened of them."""

    days: int
    count: int
    items: list[Previewed]


def columns(wishes: Wishes) -> dict[str, Any]:
    """Return the wishes as the table has them, but for the hours, which are JSON."""
    return wishes.model_dump(mode="json", by_alias=True, exclude={"actor", "account", "secret", "channel", "address"})
