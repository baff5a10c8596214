"""One transaction in the making: what each stage found out for the next ones. Nothing of it is true before commit."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from ingest.accept import Accepted, Refused
from ingest.heads import Head, Link
from ingest.statuses import StatusNews
from ingest.verdict import Judged
from storage.deeds import Deed
from storage.named import queries
from storage.repeats import as_disputed, as_possible_repeat
from storage.rules.engine import Fault
from storage.signals import Signal
from wire.anchors import Anchor
from wire.kinds import Received
from wire.kinds.camera import CameraEvent
from wire.kinds.probe import ProbeEvent
from wire.kinds.result import ResultEvent

_SQL = queries("ingest")


class Dispute(NamedTuple):
    """A second body under a number that is taken. `id` stands for it in typed rows and alerts."""

    id: UUID
    accepted: Accepted


class Tie(NamedTuple):
    """Result that was linked, or whose sample changed, with what holds of it now. Without a sample it says what the
    result itself does."""

    station: str
    event: UUID
    recorded_at: datetime
    sample: UUID | None
    rule: str
    number: str
    commodity: str
    stall: str
    vendor: str
    supplier: str
    lot: str
    origin_place: str
    item_name: str

    def facts(self) -> dict[str, str]:
        """Return the facts of an alert."""
        said = {name: getattr(self, name) for name in ("stall", "vendor", "supplier", "lot", "origin_place")}
        said["linked_by"] = self.rule if self.sample else ""
        return {name: value for name, value in said.items() if value}


# Station, device, quantity, channel (-1: the device has but one): what names a probe.
Place = tuple[str, str, str, int]


class Look(NamedTuple):
    """Reading of a probe. `at`: never after the transaction's time; `recorded_at`: as its row has it."""

    place: Place
    at: datetime
    recorded_at: datetime
    value: float
    unit: str
    event: UUID


class CameraTrouble(NamedTuple):
    """Word of a station about a camera that cannot be trusted, or that can be again."""

    station: str
    device: str
    at: datetime
    event: CameraEvent

    @property
    def is_over(self) -> bool:
        return self.event.data.phase == "end"


class ProbeNews(NamedTuple):
    """Word of a station about a probe."""

    place: Place
    at: datetime
    event: ProbeEvent


@dataclass(slots=True)
class Work:
    """The transaction of `cursor`. `now` is the database's clock at its start."""

    cursor: psycopg.Cursor[Any]
    now: datetime
    statuses: list[StatusNews] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    stored: list[Accepted] = field(default_factory=list)
    there: list[Accepted] = field(default_factory=list)
    new_streams: dict[int, str] = field(default_factory=dict)
    disputed: list[Accepted] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)
    folding: set[str] = field(default_factory=set)
    folded: dict[UUID, UUID] = field(default_factory=dict)
    alike: set[UUID] = field(default_factory=set)  # of the batch: perhaps repeats of what another stream brought
    judged: list[Judged] = field(default_factory=list)
    sampled: dict[tuple[date, str], tuple[int, int]] = field(default_factory=dict)
    put_off: list[Accepted | Refused] = field(default_factory=list)  # neither kept nor refused: they are sent again
    spent: Counter[tuple[str, str]] = field(default_factory=Counter)  # of budgets, by station and kind
    above: Counter[tuple[str, str]] = field(default_factory=Counter)
    shut: set[str] = field(default_factory=set)  # topics by which nothing more is taken in within this hour
    devices: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    doubted: dict[str, Received] = field(default_factory=dict)  # by station: the last event whose time is not believed
    looks: list[Look] = field(default_factory=list)
    probe_news: list[ProbeNews] = field(default_factory=list)
    links: dict[int, list[Link]] = field(default_factory=dict)
    received: dict[UUID, datetime] = field(default_factory=dict)  # of events that came before this transaction
    accounted: set[int] = field(default_factory=set)  # streams in which numbers were accounted for
    ties: list[Tie] = field(default_factory=list)  # of results that were told of before
    signals: list[Signal] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    media: list[tuple[Any, ...]] = field(default_factory=list)  # hashes that camera events name: rows of `media`
    heads: dict[int, Head] = field(default_factory=dict)
    opened: Counter[str] = field(default_factory=Counter)
    raised: list[Signal] = field(default_factory=list)
    folds: dict[str, list[str]] = field(default_factory=dict)  # by the key of the alert that tells of many
    deeds: list[Deed] = field(default_factory=list)  # of the system itself
    is_routed: bool = False
    received_at: str = field(init=False)  # `now` in ISO 8601
    limits_version: int | None = None  # the newest entry in the history of the limit table
    barred: frozenset[str] = frozenset()  # stations that are revoked or retired
    changes: list[tuple[str, str, datetime, UUID]] = field(default_factory=list)  # of states: station, device, when
    troubles: list[CameraTrouble] = field(default_factory=list)
    rules_version: int = 0  # the newest entry in the history of the rules
    rule_faults: list[tuple[Fault, UUID]] = field(default_factory=list)  # of own rules, each with the event

    def __post_init__(self) -> None:
        self.received_at = self.now.isoformat()

    def effective(self) -> Iterator[Accepted]:
        """Yield the events that make typed rows, counts and alerts."""
        for accepted in self.stored:
            if accepted.event.id not in self.folded:
                yield self._marked(accepted)
        for name, accepted in self.disputes:
            if name not in self.folded and isinstance(accepted.event, ResultEvent):
                yield self._marked(accepted._replace(event=as_disputed(accepted.event, name)))

    def _marked(self, accepted: Accepted) -> Accepted:
        if accepted.event.id not in self.alike or not isinstance(accepted.event, ResultEvent):
            return accepted
        return accepted._replace(event=as_possible_repeat(accepted.event))

    @property
    def asked(self) -> dict[tuple[str, UUID], UUID | None]:
        """Return the stations that say they are online, with the stream that each names and the name of its last
        question: they wait for a receipt of it."""
        return {
            (news.station, news.status.stream): news.status.asks
            for news in self.statuses
            if news.status.state == "online" and news.status.stream is not None
        }

    @classmethod
    def begin(
        cls, cursor: psycopg.Cursor[Any], *, statuses: Sequence[StatusNews] = (), refused: Sequence[Refused] = ()
    ) -> "Work":
        """Call first in a transaction: it asks the database for the time, the limits, and who is not listened to."""
        row = cursor.execute(_SQL["now"], binary=True).fetchone()
        assert row is not None, "a SELECT without FROM has one row"
        return cls(
            cursor,
            row[0],
            list(statuses),
            list(refused),
            limits_version=row[1],
            barred=frozenset(row[2]),
            rules_version=row[3] or 0,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of a commit. `stored` and `there` (duplicates) together are the events that the stations may be told of.
    `heads` by the number of the stream, as far as each chain holds; `at`: the transaction's time; `asked`: the stations
    and streams that statuses named, with the names of their questions; `anchor`: the newest one."""

    stored: tuple[Accepted, ...] = ()
    there: tuple[Accepted, ...] = ()
    refused: tuple[Refused, ...] = ()
    heads: dict[int, Head] = field(default_factory=dict)
    opened: Counter[str] = field(default_factory=Counter)
    folded: int = 0
    disputed: int = 0
    unknown_statuses: int = 0
    at: datetime | None = None
    asked: Mapping[tuple[str, UUID], UUID | None] = field(default_factory=dict)
    put_off: int = 0
    anchor: Anchor | None = None
