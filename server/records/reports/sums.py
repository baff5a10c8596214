"""The sums that reports are made of: made from the results, a day and station at a time, and made anew when the counts
of ingest (daily_result) say that there are others by now. So a backlog, or a rebuilt day, is in every later report."""

import asyncio
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import structlog
from pydantic import BaseModel

from server.database import Database, Transaction
from server.records.reports.figures import Span

log = structlog.get_logger()
_AT_ONCE = 100  # days and stations of one transaction
_EVERY_S = 10.0
_OFTEN_DAYS = 3
_ALL_EVERY = 30  # rounds: older days seldom change


class _Stale(BaseModel):
    day: date
    station: str
    tests: int
    passed: int
    failed: int


async def refresh(db: Database, span: Span, most: int) -> int:
    """Make the sums of a span that are not there or are old, `most` at most; return how many are left."""
    async with db.transaction() as transaction:
        stale = await _stale(transaction, span, most + 1)
    for place in range(0, min(len(stale), most), _AT_ONCE):
        await _make(db, span, stale[place : min(place + _AT_ONCE, most)])
    if len(stale) <= most:
        return 0
    async with db.transaction() as transaction:
        return len(await _stale(transaction, span, 1_000_000))


async def _stale(transaction: Transaction, span: Span, limit: int) -> list[_Stale]:
    return await transaction.rows(_Stale, "reports.stale", {**span.values, "limit": limit})


async def _make(db: Database, span: Span, stale: list[_Stale]) -> None:
    """Make sums. Tests that ingest adds meanwhile are in the sums and not in `stale`: then they are made once more."""
    values = {
        "days": [one.day for one in stale],
        "stations": [one.station for one in stale],
        "tests": [one.tests for one in stale],
        "passed": [one.passed for one in stale],
        "failed": [one.failed for one in stale],
        "zone": span.zone.key,
    }
    async with db.transaction() as transaction:
        for name in ("lock", "forget_days", "forget_parts", "forget_stalls", "add_parts", "add_stalls", "add_days"):
            await transaction.run(f"reports.{name}", values)


class Sums:
    """The work that keeps the sums, so that no page waits for them. `run` is supervised."""

    def __init__(self, db: Database, zone: ZoneInfo) -> None:
        self._db = db
        self._zone = zone

    async def run(self) -> None:
        """Look at the last days often, at all days seldom; at the beginning at all."""
        turn = 0
        while True:
            await self._look(is_all=turn % _ALL_EVERY == 0)
            turn += 1
            await asyncio.sleep(_EVERY_S)

    async def _look(self, *, is_all: bool) -> None:
        async with self._db.transaction() as transaction:
            now = await transaction.row(_Today, "reports.today", {"zone": self._zone.key})
        assert now is not None, "a SELECT without FROM has one row"
        # A station's clock may be a day ahead of ours.
        first = date(2000, 1, 1) if is_all else now.today - timedelta(days=_OFTEN_DAYS)
        span = Span(first, now.today + timedelta(days=2), self._zone)
        while left := await refresh(self._db, span, _AT_ONCE):
            log.info("reports_being_summed_up", left=left)


class _Today(BaseModel):
    today: date
