"""Event -> rows of the database. Pure: ingest writes them, and the walk of the chains and a rebuild make them again
from the ledger.

The typed rows of each kind stand in storage/typed/."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from storage.tables import Table
from wire.clocks import Moment
from wire.kinds import Received
from wire.terms import Verdict

Row = tuple[Any, ...]


class Ruling(Protocol):
    """The verdicts of a result: the effective one, that of the limit table, and the code of the limit that decided.
    `flags` say why a limit that there is could not decide."""

    @property
    def verdict(self) -> Verdict: ...
    @property
    def decided(self) -> Verdict: ...
    @property
    def limit(self) -> str | None: ...
    @property
    def flags(self) -> tuple[str, ...]: ...


class Taking(NamedTuple):
    """Facts about how the centre took an event in. `moment` is wire.clocks' answer: a row never says a time that the
    centre does not believe. `ruling`: of an item-test only."""

    moment: Moment
    received_at: datetime
    ruling: Ruling | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Typed:
    """The table in which the events of one kind are laid out in columns, and how an event becomes a row of it. Its
    first columns are `event` and `recorded_at`, its key; it has `station` and `flags` too.

    A time that a device or a person said goes through `wire.clocks.readable`: a year that cannot be read back costs the
    row that time and not the record."""

    table: Table
    row: Callable[[Any, Taking], Row]


def event_row(
    event: Received,
    body: bytes,
    digest: bytes,
    received_at: datetime,
    *,
    station: str,
    device: str | None,
    recorded_at: datetime,
) -> Row:
    """Return the row of the ledger, in the order of tables.EVENT."""
    return (
        event.stream,
        event.sequence,
        event.id,
        station,
        device,
        event.type,
        recorded_at,
        received_at,
        bytes.fromhex(event.previoushash),
        digest,
        body,
    )
