"""The centre is away for a week: samples and results wait in one spool, and come linked once, failed ones first."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import pytest

from edge.samples.asked import LayOut, LinkTo, Register, Well
from edge.samples.book import Book
from edge.spool.rows import Waiting
from edge.spool.spool import Spool, SpoolPlan
from storage.findings import Finding
from storage.walk import walk
from tests.support.desk import Desk
from tests.unit.edge.conftest import Turned
from tests.unit.edge.samples.conftest import Station
from wire.receipts import Receipt
from wire.terms import Lane

# 10: two thousand samples and five thousand results.
SCALE = int(os.environ.get("SHIAN_TEST_SCALE", "1"))
DAYS, WELLS, ITEMS = 7, 8, ("pesticide_inhibition", "borax")
FAILED = 7


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    turned = Turned(now=datetime.now(UTC) - timedelta(days=DAYS + 1))
    made: list[Spool] = []

    def make(*, companion: Book) -> Spool:
        plan = SpoolPlan("m1", tmp_path / "data")
        made.append(Spool(plan, clock=lambda: turned.now, free_bytes=lambda: 1 << 40, companion=companion))
        return made[-1]

    yield Station(make, turned, tmp_path / "data")
    for spool in made:
        spool.close()


def a_week(station: Station) -> tuple[int, int, set[UUID]]:
    """Let the station work alone; return its samples, its results, and those that failed."""
    random, samples, results, failed = Random(5), 0, 0, set()
    for day in range(DAYS):
        for run in range(4 * SCALE):
            laid = [station.register(commodity="韭菜", stall=f"A-{well}", lot=f"L{day}") for well in range(WELLS)]
            wells = tuple(Well(channel=well, sample=sample.number) for well, sample in enumerate(laid))
            station.book.lay_out(station.spool, LayOut(device="lz", wells=wells))
            samples += WELLS
            for well in random.sample(range(WELLS), WELLS):
                for item in ITEMS:
                    value = 88.0 if random.randrange(100) < FAILED and item == ITEMS[0] else 12.0
                    result = station.test(value, is_alone=False, channel=well, run=f"{day}/{run}", item=item)
                    results += 1
                    failed |= {result} if value > 50 else set()
            # Somebody finds that a well was another sample's.
            sample = station.book.register(station.spool, Register(request=uuid4(), commodity="芹菜", stall="B-1"))
            samples += 1
            station.book.link(station.spool, LinkTo(result=result, sample=sample.number, revision=1, who="w"))
        station.turned.forward(days=1, seconds=random.randrange(-7000, 7000))  # its clock is corrected now and then
        station.restart()
    return samples, results, failed


def brought(station: Station, desk: Desk) -> list[Waiting]:
    """Bring what waits to the centre, failed tests first, some of it twice; return it in that order."""
    sent: list[Waiting] = []
    for lane in (Lane.URGENT, Lane.NORMAL):
        topic = f"shian/1/m1/{'urgent' if lane is Lane.URGENT else 'events'}"
        while page := station.spool.waiting(lane, 0, 300):
            desk.take(topic, *[row.body for row in page])
            desk.take(topic, *[row.body for row in page[::3]])
            sent += page
            station.spool.apply([Receipt(stream=station.spool.stream, through=0, extra=[row.sequence for row in page])])
    return sent


def test_all_of_a_week_is_linked_once_and_counted_by_its_samples(station: Station, desk: Desk) -> None:
    desk.station("m1")
    samples, results, failed = a_week(station)
    sent = brought(station, desk)
    assert station.spool.counts().waiting == 0
    assert len({row.sequence for row in sent}) == len(sent)
    assert desk.rows("SELECT count(*), count(DISTINCT key) FROM sample") == [(samples, samples)]
    assert desk.one("SELECT count(*) FROM result") == results
    linked = "SELECT count(*), count(DISTINCT of_event), count(*) FILTER (WHERE sample IS NULL) FROM link_now"
    assert desk.rows(linked) == [(results, results, 0)]
    # A sample is one batch of its day, however many items it was tested for.
    days = "SELECT count(DISTINCT (sample, (of_recorded_at AT TIME ZONE 'Asia/Shanghai')::date)) FROM link_now"
    assert desk.one("SELECT sum(samples) FROM daily_station") == desk.one(days)
    alerts = "SELECT count(*), count(*) FILTER (WHERE stall <> '' AND facts ->> 'lot' <> '') FROM alert WHERE rule = %s"
    ((opened, named),) = desk.rows(alerts, "failed_test")
    assert opened == named == len(failed) or SCALE > 1  # above a station's budget they are told together
    assert [news for news in walk(desk.connection) if isinstance(news, Finding)] == []
