"""A spool on a real disk with a clock and a free space that the test turns."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.spool.dead_letters import Bounds
from edge.spool.rows import Draft
from edge.spool.spool import Spool, SpoolPlan
from wire.events import source_of
from wire.kinds.reading import ReadingV1
from wire.terms import Lane


@dataclass
class Turned:
    """The time and the room on the disk, which a test may turn."""

    now: datetime = datetime(2026, 1, 10, tzinfo=UTC)
    free: int = 1 << 40
    rings: list[None] = field(default_factory=list)

    def forward(self, **delta: float) -> None:
        self.now += timedelta(**delta)


MakeSpool = Callable[..., Spool]


@pytest.fixture
def turned() -> Turned:
    return Turned()


@pytest.fixture
def make_spool(tmp_path: Path, turned: Turned) -> Iterator[MakeSpool]:
    made: list[Spool] = []

    def make(*, letters: int = 10_000, letter_bytes: int = 1 << 20, **more: Any) -> Spool:
        plan = SpoolPlan("m1", tmp_path / "data", bounds=Bounds(letters, letter_bytes))
        spool = Spool(
            plan,
            clock=lambda: turned.now,
            free_bytes=lambda: turned.free,
            on_news=lambda: turned.rings.append(None),
            **more,
        )
        made.append(spool)
        return spool

    yield make
    for spool in made:
        spool.close()


@pytest.fixture
def spool(make_spool: MakeSpool) -> Spool:
    opened = make_spool()
    opened.open()
    return opened


def draft(number: int, *, lane: Lane = Lane.NORMAL, identity: str | None = None) -> Draft:
    return Draft(ReadingV1(quantity=f"q{number}", value=number, unit="C"), source_of("m1", "d"), lane, identity)
