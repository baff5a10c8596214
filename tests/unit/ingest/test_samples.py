"""Which sample each result is of: the same rows, counts and alerts whatever came first."""

from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest

from storage.findings import Finding
from storage.walk import walk
from tests.support.desk import Desk
from tests.support.station import ChainedStation, result
from tests.unit.ingest.test_rebuild import run
from wire import codec
from wire.kinds.link import LinkV1
from wire.kinds.sample import SampleV1
from wire.terms import LinkRule

LEEK = SampleV1(
    number="261129-017",
    key=UUID(int=17),
    commodity="韭菜",
    stall="A-12",
    vendor="东门蔬菜店",
    supplier="示范合作社",
    lot="L1128",
)
SHOWN = "sample, commodity, facts ->> 'stall', facts ->> 'supplier', facts ->> 'lot'"


def of(body: bytes, sample: SampleV1 | None = LEEK, revision: int = 1, rule: LinkRule = LinkRule.LAYOUT) -> LinkV1:
    """Return the link of the result with these bytes."""
    event = codec.decode(body)
    return LinkV1(
        result=event.originalid or event.id,
        sample=sample.key if sample else None,
        number=sample.number if sample else "",
        rule=rule,
        revision=revision,
    )


def findings(desk: Desk) -> list[Finding]:
    return [news for news in walk(desk.connection) if isinstance(news, Finding)]


def holds(desk: Desk) -> list[Any]:
    """Return what holds of samples, links and counts."""
    names = ("sample_now", "link_now", "daily_sample", "daily_station", "daily_result")
    return [desk.rows(f"SELECT * FROM {name} ORDER BY 1, 2, 3") for name in names]


def a_morning(station: ChainedStation) -> list[bytes]:
    """Return a failed test and a passed one of one sample, the links, the registration."""
    failed = station.add(result(88.0, number="3", commodity=""))
    passed = station.add(result(1.0, number="", commodity="", item="formaldehyde", device_verdict=None))
    return [
        failed,
        passed,
        station.add(LEEK, device=False),
        station.add(of(failed), device=False),
        station.add(of(passed), device=False),
    ]


def test_whatever_comes_first_the_rows_the_counts_and_the_alert_are_the_same(desk: Desk) -> None:
    seen = []
    for number, order in enumerate(permutations(range(5))):
        station = desk.station(f"market-{number}")
        bodies = a_morning(station)
        for place in order:
            desk.take(station.topic, bodies[place])
        name = station.name
        assert desk.rows(f"SELECT {SHOWN} FROM alert WHERE rule = 'failed_test' AND station = %s", name) == [
            ("261129-017", "韭菜", "A-12", "示范合作社", "L1128")
        ], order
        counted = desk.rows("SELECT sample, is_failed FROM daily_sample WHERE station = %s", name)
        assert counted == [(str(LEEK.key), True)], order
        assert desk.rows("SELECT samples, failed FROM daily_station WHERE station = %s", name) == [(1, 1)], order
        seen.append(order)
    assert len(seen) == 120
    assert findings(desk) == []


def test_all_of_it_in_one_batch(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, *a_morning(station))
    assert desk.rows(f"SELECT {SHOWN} FROM alert WHERE rule = 'failed_test'") == [
        ("261129-017", "韭菜", "A-12", "示范合作社", "L1128")
    ]
    assert desk.one("SELECT count(*) FROM alert_step WHERE action = 'linked'") == 0  # it was opened so
    assert desk.rows("SELECT samples, failed FROM daily_station") == [(1, 1)]
    assert findings(desk) == []


def test_the_highest_revision_holds_also_when_it_comes_first(desk: Desk) -> None:
    other = LEEK.model_copy(update={"key": UUID(int=18), "number": "261129-018", "stall": "B-1", "commodity": "芹菜"})
    station = desk.station("market-1")
    failed = station.add(result(88.0, number="3"))
    bodies = [
        station.add(LEEK, device=False),
        station.add(other, device=False),
        station.add(of(failed), device=False),
        station.add(of(failed, other, 2, LinkRule.PERSON), device=False),
    ]
    desk.take(station.topic, failed, bodies[0], bodies[1], bodies[3])
    desk.take(station.topic, bodies[2])
    assert desk.rows(f"SELECT {SHOWN} FROM alert WHERE rule = 'failed_test'") == [
        ("261129-018", "芹菜", "B-1", "示范合作社", "L1128")
    ]
    assert desk.one("SELECT sample FROM daily_sample") == str(other.key)
    desk.take(station.topic, station.add(of(failed, None, 3, LinkRule.PERSON), device=False))
    assert desk.rows(f"SELECT {SHOWN} FROM alert WHERE rule = 'failed_test'") == [("3", "菠菜", None, None, None)]
    assert desk.one("SELECT sample FROM daily_sample") == "tester-1/3/菠菜"
    assert desk.one("SELECT count(*) FROM link") == 3  # nothing is overwritten
    assert findings(desk) == []


def test_what_is_said_later_of_a_sample_goes_into_its_alert(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, *a_morning(station))
    desk.take(station.topic, station.add(LEEK.model_copy(update={"revision": 2, "lot": "L9"}), device=False))
    assert desk.one("SELECT facts ->> 'lot' FROM alert WHERE rule = 'failed_test'") == "L9"
    said = "SELECT DISTINCT facts ->> 'about' FROM alert_step WHERE action = 'linked'"
    assert desk.one(said) == "韭菜 A-12 东门蔬菜店 示范合作社 L9"
    assert findings(desk) == []


def test_a_second_test_of_the_same_sample_joins_the_alert_of_the_first(desk: Desk) -> None:
    station = desk.station("market-1")
    first = station.add(result(88.0, number="", commodity=""))
    desk.take(station.topic, station.add(LEEK, device=False), first, station.add(of(first), device=False))
    second = station.add(result(12.0, number="", commodity="", is_retest=True))
    desk.take(station.topic, second, station.add(of(second), device=False))
    assert desk.one("SELECT count(*) FROM alert WHERE rule = 'failed_test'") == 1
    assert desk.one("SELECT count(*) FROM alert_step WHERE action = 'joined'") == 1
    assert desk.rows("SELECT samples, failed FROM daily_station") == [(1, 1)]


def test_a_result_that_was_recorded_again_in_a_later_stream_is_found_by_its_first_id(desk: Desk) -> None:
    station, second = desk.station("market-1"), ChainedStation("market-1")
    lost = station.add(result(88.0, number="3"))
    desk.take(station.topic, station.add(result(1.0, number="4")))
    desk.take(second.topic, second.add(LEEK, device=False), second.add(of(lost), device=False))
    desk.take(second.topic, second.again(lost))
    assert desk.one("SELECT facts ->> 'stall' FROM alert WHERE rule = 'failed_test'") == "A-12"
    desk.take(station.topic, lost)  # and now it comes after all
    assert desk.rows("SELECT sum(samples), sum(failed) FROM daily_station") == [(2, 1)]


def test_a_station_cannot_link_the_result_of_another_one(desk: Desk) -> None:
    mine, other = desk.station("market-1"), desk.station("market-2")
    failed = mine.add(result(88.0, number="3"))
    desk.take(mine.topic, failed)
    desk.take(other.topic, other.add(LEEK, device=False), other.add(of(failed), device=False))
    assert desk.rows(f"SELECT {SHOWN} FROM alert WHERE rule = 'failed_test'") == [("3", "菠菜", None, None, None)]
    assert desk.one("SELECT sample FROM daily_sample") == "tester-1/3/菠菜"


@pytest.mark.parametrize("tables", ["link_now", "sample_now", "link, link_now", "sample, sample_now, daily_sample"])
def test_a_rebuild_makes_the_same_rows(desk: Desk, tables: str) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, *a_morning(station))
    before = holds(desk)
    desk.connection.execute(f"TRUNCATE {tables}".encode())
    assert findings(desk)
    run(desk)
    assert holds(desk) == before
    assert findings(desk) == []


def test_the_walk_names_what_is_kept_of_a_link_and_no_row_says(desk: Desk) -> None:
    station = desk.station("market-1")
    desk.take(station.topic, *a_morning(station))
    desk.connection.execute("UPDATE link_now SET sample = gen_random_uuid() WHERE rule = 'layout'")
    desk.connection.execute("UPDATE sample_now SET stall = 'Z'")
    assert {finding.detail.partition(" ")[0] for finding in findings(desk)} >= {"link_now", "sample_now"}
    run(desk)
    assert desk.one("SELECT count(*) FROM sample_now WHERE stall = 'Z'") == 0
    assert findings(desk) == []


def test_a_thousand_links_are_kept_at_once(desk: Desk) -> None:
    station = desk.station("market-1")
    samples = [LEEK.model_copy(update={"key": uuid4(), "number": str(number)}) for number in range(400)]
    results = [station.add(result(12.0, number="", commodity="")) for _ in samples]
    bodies = [station.add(sample, device=False) for sample in samples]
    bodies += [station.add(of(body, sample), device=False) for body, sample in zip(results, samples, strict=True)]
    desk.take(station.topic, *results)
    desk.take(station.topic, *bodies)
    assert desk.one("SELECT samples FROM daily_station") == 400
    assert desk.one("SELECT count(*) FROM daily_sample JOIN sample_now ON sample = key::text") == 400
    assert findings(desk) == []
