"""Results, samples, counts and files follow the newest link."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from tests.support.desk import Desk
from tests.support.server import Served, serving
from tests.support.station import START, ChainedStation, result
from tests.unit.ingest.test_samples import LEEK, of
from wire.terms import LinkRule

OTHER = LEEK.model_copy(update={"key": UUID(int=18), "number": "261129-018", "stall": "B-1", "lot": "L2"})


@pytest.fixture
def station(desk: Desk) -> ChainedStation:
    station = desk.station("market-1")
    failed = station.add(result(88.0, number="3", commodity=""))
    bodies = [
        station.add(result(1.0, number="4")),
        station.add(LEEK, device=False),
        station.add(OTHER, device=False),
        station.add(of(failed), device=False),
        station.add(of(failed, OTHER, 2, LinkRule.PERSON), device=False),
    ]
    desk.take(station.topic, failed, *bodies)
    return station


@pytest.fixture
def server(dsn: str, station: ChainedStation) -> Iterator[Served]:
    with serving(dsn, delivery={"is_enabled": False}) as site:
        yield site


def test_a_result_shows_the_sample_that_it_is_linked_to_last(server: Served) -> None:
    (shown,) = server.get("/api/v1/results", lot="L2").raise_for_status().json()["items"]
    assert (shown["sample"], shown["sample_said"], shown["commodity"]) == ("261129-018", "3", "韭菜")
    assert (shown["stall"], shown["vendor"], shown["supplier"]) == ("B-1", "东门蔬菜店", "示范合作社")
    assert (shown["registered"], shown["linked_by"]) == (str(OTHER.key), "person")
    for filters in ({"sample": "261129-018"}, {"sample": "3"}, {"commodity": "韭菜"}, {"stall": "B-1"}):
        found = server.get("/api/v1/results", **filters).raise_for_status().json()["items"]
        assert [row["event"] for row in found] == [shown["event"]], filters
    for filters in ({"stall": "A-12"}, {"lot": "L1128"}):
        assert server.get("/api/v1/results", **filters).json()["items"] == []
    (without,) = server.get("/api/v1/results", is_linked=False).json()["items"]
    assert (without["sample"], without["registered"], without["supplier"]) == ("4", None, "")
    links = server.get(f"/api/v1/results/{shown['event']}/links").raise_for_status().json()
    assert [(link["revision"], link["rule"], link["holds"]) for link in links] == [
        (2, "person", True),
        (1, "layout", False),
    ]


def test_a_search_finds_beginnings_of_numbers_foods_vendors_and_devices(
    server: Served, desk: Desk, station: ChainedStation
) -> None:
    odd = station.add(result(2.0, number="50%_\\x", commodity="豆芽"))
    desk.take(station.topic, odd)

    def found(text: str, **filters: str) -> list[str]:
        items = server.get("/api/v1/results", search=text, **filters).raise_for_status().json()["items"]
        return sorted(row["sample_said"] for row in items)

    for text in ("261129-018", "2611", "3", "韭", "东门", "东门蔬菜店"):
        assert found(text) == ["3"], text
    device = server.get("/api/v1/results").json()["items"][0]["device"]
    assert found(device[:3]) == sorted(["3", "4", "50%_\\x"])
    # What a person types is letters, never a pattern.
    assert found("50%_\\") == ["50%_\\x"]
    for text in ("%", "_", "0%", "门", "没有", "'; DROP TABLE result; --"):
        assert found(text) == [], text
    assert found(device[:3], verdict="fail") == ["3"]
    assert found(device[:3], sample="4") == ["4"]
    first = server.get("/api/v1/results", search=device[:3], limit=2).json()
    second = server.get("/api/v1/results", search=device[:3], limit=2, cursor=first["next"]).json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)
    rows = list(csv.DictReader(io.StringIO(server.get("/api/v1/results.csv", language="zh", search="韭").text[1:])))
    assert [row["批号"] for row in rows] == ["L2"]
    assert server.get("/api/v1/results", search="").status_code == 422


def test_samples_are_listed_as_they_are_known_now(server: Served, desk: Desk, station: ChainedStation) -> None:
    desk.take(station.topic, station.add(OTHER.model_copy(update={"revision": 2, "vendor": "西门店"}), device=False))
    items = server.get("/api/v1/samples").raise_for_status().json()["items"]
    said = [(row["number"], row["vendor"], row["revision"], row["results"], row["failed"]) for row in items]
    assert said == [("261129-018", "西门店", 2, 1, 1), ("261129-017", "东门蔬菜店", 1, 0, 0)]
    (row,) = csv.DictReader(io.StringIO(server.get("/api/v1/samples.csv", lot="L2", language="en").text[1:]))
    assert (row["number"], row["stall"]) == ("261129-018", "B-1")


def test_counts_files_and_alerts_follow(server: Served) -> None:
    day = START.date()
    period = {"from": day.isoformat(), "to": (day + timedelta(days=1)).isoformat()}
    counted = server.get("/api/v1/counts", **period).json()["samples"]
    assert [(row["samples"], row["failed"]) for row in counted] == [(2, 1)]
    rows = list(csv.DictReader(io.StringIO(server.get("/api/v1/results.csv", language="zh").text[1:])))
    assert {row["批号"] for row in rows} == {"L2", ""}
    (alert,) = server.get("/api/v1/alerts", text="b-1", rule="failed_test").json()["items"]
    assert (alert["sample"], alert["facts"]["lot"], alert["facts"]["linked_by"]) == ("261129-018", "L2", "person")
