"""An ingest worker's store on a real, migrated database."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
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
    """Desk where a test hands in messages and looks at the outcome."""

    connection: psycopg.Connection[Any]
    store: Store = field(default_factory=lambda: Store(ZoneInfo("Asia/Shanghai")))

    def station(self, name: str) -> ChainedStation:
        stations.enrol(self.connection, stations.Station(name))
        return ChainedStation(name)

    def take(self, topic: str, *bodies: bytes) -> Outcome:
        return self.take_entries([accept(topic, body) for body in bodies])

    def take_entries(self, entries: Sequence[Entry]) -> Outcome:
        return self.store.take(
            self.connection,
            [entry for entry in entries if isinstance(entry, Accepted)],
            [entry for entry in entries if isinstance(entry, Refused)],
            [entry for entry in entries if isinstance(entry, StatusNews)],
        )

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(query.encode(), values or None).fetchall()

    def let_holes_stand(self, seconds: float) -> None:
        """Make every hole so much older: the database's clock is not ours to turn."""
        self.rows("UPDATE stream SET gap_since = gap_since - make_interval(secs => %s) RETURNING 1", seconds)

    def one(self, query: str, *values: Any) -> Any:
        """Return the one value of the one row."""
        ((value,),) = self.rows(query, *values)
        return value


@contextmanager
def desk(dsn: str) -> Iterator[Desk]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        centre = Desk(connection)
        centre.store.open(connection)
        yield centre
