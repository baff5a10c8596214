"""An ingest worker's store on a real, migrated database."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from ingest.accept import Accepted, Refused, accept
from ingest.isolate import Entry
from ingest.statuses import StatusNews
from ingest.store import Store
from ingest.work import Outcome
from storage import stations
from tests.support.station import ChainedStation


@dataclass(slots=True)
class Desk:
    """Where a test hands in messages and looks at what became of them."""

    connection: psycopg.Connection[Any]
    store: Store = field(default_factory=lambda: Store(ZoneInfo("Asia/Shanghai")))
    now: datetime = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)

    def station(self, name: str) -> ChainedStation:
        stations.enrol(self.connection, stations.Station(name))
        return ChainedStation(name)

    def take(self, topic: str, *bodies: bytes) -> Outcome:
        return self.take_entries([accept(topic, body) for body in bodies])

    def take_entries(self, entries: Sequence[Entry]) -> Outcome:
        self.now += timedelta(seconds=1)
        return self.store.take(
            self.connection,
            [it for it in entries if isinstance(it, Accepted)],
            [it for it in entries if isinstance(it, Refused)],
            [it for it in entries if isinstance(it, StatusNews)],
            self.now,
        )

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(query.encode(), values or None).fetchall()

    def one(self, query: str, *values: Any) -> Any:
        """The one value of the one row."""
        ((value,),) = self.rows(query, *values)
        return value


@contextmanager
def desk(dsn: str) -> Iterator[Desk]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        it = Desk(connection)
        it.store.open(connection)
        yield it
