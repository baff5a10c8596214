"""A book of samples beside a spool on a real disk, and results as an analyzer brings them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from edge.device.recorder import Judged, Origin, Recorder
from edge.samples.asked import Register
from edge.samples.book import Book
from edge.spool.spool import Spool
from firmware_adapters.contract import Reading
from tests.unit.edge.conftest import MakeSpool, Turned
from wire.codec import decode
from wire.kinds import Event
from wire.kinds.link import LinkV1
from wire.kinds.sample import SampleV1
from wire.terms import Lane
from wire.verdicts import shipped_limits

ITEM = "pesticide_inhibition"


@dataclass
class Station:
    """Station whose analyzer and operators a test plays."""

    make_spool: MakeSpool
    turned: Turned
    folder: Path
    book: Book = field(init=False)
    spool: Spool = field(init=False)

    def __post_init__(self) -> None:
        self.book = Book("m1", self.folder, today=lambda: self.turned.now.date())  # noqa: PLW0108 - it is turned
        self.open()

    def open(self) -> None:
        self.spool = self.make_spool(companion=self.book)
        self.spool.open()

    def restart(self) -> None:
        self.spool.close()
        self.open()

    def register(self, **said: Any) -> SampleV1:
        said.setdefault("request", uuid4())
        return self.book.register(self.spool, Register(**said))

    def test(self, value: float = 12.5, *, is_alone: bool = True, **fields: Any) -> UUID:
        """Record a result as the analyzer `lz` brings it; return the id of its event."""
        origin = Origin("m1", "lz", "pesticide", "lz-4000t", "", ZoneInfo("Asia/Shanghai"))
        recorder = Recorder(origin, shipped_limits(), uuid4, find=lambda test: self.book.find(self.spool, test))
        reading = Reading(item=ITEM, raw=b"", offset=0, value=value, value_text=str(value), unit="%")
        for name, given in fields.items():
            object.__setattr__(reading, name, given)
        judged = recorder.judge(reading, self.turned.now, is_alone=is_alone)
        assert isinstance(judged, Judged)
        (recorded,) = self.spool.record([judged.draft])
        assert recorded is not None
        return recorded.id

    def events(self) -> list[Event]:
        rows = [row for lane in Lane for row in self.spool.waiting(lane, 0, 100_000)]
        return [decode(row.body) for row in sorted(rows, key=lambda row: row.sequence)]

    def links(self) -> list[LinkV1]:
        return [event.data for event in self.events() if isinstance(event.data, LinkV1)]


@pytest.fixture
def station(make_spool: MakeSpool, turned: Turned, tmp_path: Path) -> Station:
    return Station(make_spool, turned, tmp_path / "data")


MakeStation = Callable[[], Station]
