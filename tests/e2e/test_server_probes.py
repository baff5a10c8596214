"""Probes over real HTTP: what they show, their events as a list and a file, and their values with the gaps."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from ingest import rebuilt_series
from ingest.probes import limit_for
from tests.support.desk import Desk, desk
from tests.support.server import Served, serving
from tests.support.station import START, ChainedStation
from wire.kinds.probe import ProbeV1
from wire.kinds.reading import ReadingV1
from wire.terms import ProbeState


@pytest.fixture
def centre(dsn: str) -> Iterator[Desk]:
    with desk(dsn) as made:
        yield made


@pytest.fixture
def server(dsn: str, centre: Desk) -> Iterator[Served]:
    with serving(dsn, delivery={"is_enabled": False}) as site:
        yield site


def show(station: ChainedStation, value: float, minutes: float, channel: int | None = 3) -> bytes:
    data = ReadingV1(quantity="air_temperature", value=value, unit="degC", channel=channel)
    return station.add(data, time=START + timedelta(minutes=minutes))


def test_a_probe_is_listed_with_its_state_and_age(server: Served, centre: Desk) -> None:
    station = centre.station("market-1")
    trouble = {"key": "01930000-0000-7000-8000-000000000301", "phase": "start", "state": "silent"}
    said = ProbeV1.model_validate({**trouble, "quantity": "air_temperature", "channel": 3, "reason": "does not answer"})
    centre.take(station.topic, show(station, 4.0, 0), show(station, 5.0, 0, channel=None), station.add(said))
    first = server.get("/api/v1/probes", limit=1).json()
    rest = server.get("/api/v1/probes", limit=1, after=first["next"]).json()
    lone, lost = first["items"][0], rest["items"][0]
    assert (lone["channel"], lone["state"], lone["value"]) == (None, ProbeState.OK, 5.0)
    assert (lost["channel"], lost["state"], lost["reason"]) == (3, "silent", "does not answer")
    assert lost["age_s"] > 0
    (device,) = server.get("/api/v1/devices").json()["items"]
    assert device["last_result_at"] is None
    assert device["last_reading_age_s"] > 0
    (event,) = server.get("/api/v1/probe-events", state="silent").json()["items"]
    assert event["phase"] == "start"
    text = server.get("/api/v1/probe-events.csv", language="zh").content.decode()
    assert "无应答" in text


LIMITS = [
    ("any", "", "", None, 30),
    ("of-a-device", "", "pesticide-1", None, 20),
    ("of-a-station", "market-1", "", None, 25),
    ("of-a-place", "market-1", "pesticide-1", None, 15),
    ("of-a-channel", "", "", 3, 8),
    ("of-another", "market-9", "", 3, 1),
]
DAY = date(2026, 11, 29)
# A limit of other days, that names more than all others, decides nothing.
OTHER_DAYS = (("2001-01-01", "2002-01-01"), ("2100-01-01", None))


def test_a_probe_shows_the_limit_by_which_ingest_judges_it(server: Served, centre: Desk) -> None:
    """Compare two choices of the row that names most: of the list, by SQL, and of ingest, by Python."""
    station = centre.station("market-1")
    centre.take(station.topic, show(station, 4.0, 0), show(station, 5.0, 0, channel=None))
    for since, until in OTHER_DAYS:
        centre.connection.execute(
            "INSERT INTO reading_limit (code, station, device, channel, quantity, above, unit, valid_from, valid_to)"
            " VALUES (%s, 'market-1', 'pesticide-1', 3, 'air_temperature', 2, 'degC', %s, %s)",
            (f"from-{since}", since, until),
        )
    for code, named, device, channel, above in LIMITS:
        centre.connection.execute(
            "INSERT INTO reading_limit (code, station, device, channel, quantity, above, unit)"
            " VALUES (%s, %s, %s, %s, 'air_temperature', %s, 'degC')",
            (code, named, device, channel, above),
        )
        centre.store.open(centre.connection)
        known = centre.store.reading_limits
        for probe in server.get("/api/v1/probes").json()["items"]:
            at = -1 if probe["channel"] is None else probe["channel"]
            expected = limit_for(known, (probe["station"], probe["device"], probe["quantity"], at), DAY)
            assert probe["above"] == (expected and expected.above), code
            assert probe["for_s"] == (expected and expected.for_s)


@pytest.mark.parametrize(("step", "places"), [("minute", [0, 1, 90]), ("hour", [0, 1]), ("day", [0])])
def test_a_step_without_a_value_is_a_gap(server: Served, centre: Desk, step: str, places: list[int]) -> None:
    station = centre.station("market-1")
    centre.take(station.topic, *[show(station, value, at) for value, at in ((4.0, 0), (6.0, 0.5), (5.0, 1), (9.0, 90))])
    until = (START + timedelta(hours=5)).isoformat()
    answer = server.get("/api/v1/readings/series", **{"from": START.isoformat(), "to": until, "step": step}).json()
    assert datetime.fromisoformat(answer["from"]) <= START
    (line,) = answer["probes"]
    assert line["place"] == places
    first: dict[str, Any] = {name: line[name][0] for name in ("mean", "low", "high")}
    assert (first["low"], first["high"]) == (4.0, {"minute": 6.0, "hour": 6.0, "day": 9.0}[step])
    assert first["mean"] == {"minute": 5.0, "hour": 5.0, "day": 6.0}[step]


def test_each_probe_has_its_own_places_beside_one_without_a_gap(server: Served, centre: Desk) -> None:
    station = centre.station("market-1")
    centre.take(station.topic, *[show(station, 4.0, at) for at in (0, 90)], show(station, 5.0, 90, channel=None))
    until = (START + timedelta(hours=2)).isoformat()
    asked = {"from": START.isoformat(), "to": until, "step": "hour"}
    lines = server.get("/api/v1/readings/series", **asked).json()["probes"]
    assert {line["channel"]: line["place"] for line in lines} == {None: [1], 3: [0, 1]}
    assert {line["channel"]: line["mean"] for line in lines} == {None: [5.0], 3: [4.0, 4.0]}


@pytest.mark.parametrize("value", [1.7e308, -1.7e308, 1e39, 1e-50, 5e-324])
def test_a_value_beyond_all_reason_spoils_neither_the_batch_nor_the_drawing(
    server: Served, centre: Desk, value: float
) -> None:
    station = centre.station("market-1")
    for at in (0, 0.2):
        centre.take(
            station.topic, show(station, value, at), show(station, value, at + 0.1), show(station, 4.0, at + 0.15)
        )
    assert centre.one("SELECT count(*) FROM quarantine") == 0
    assert centre.one("SELECT count(*) FROM reading") == 6
    asked = {"from": START.isoformat(), "to": (START + timedelta(hours=5)).isoformat(), "step": "minute"}
    answer = server.get("/api/v1/readings/series", **asked)
    assert answer.status_code == 200
    (line,) = answer.json()["probes"]
    assert line["place"] == [0]
    assert line["high"] == [4.0]
    assert line["low"] == [4.0 if abs(value) > 1 else 0.0]
    steps = (
        "SELECT step, at, n, low, high FROM reading_series WHERE step > 60 ORDER BY step"  # old minutes are not kept
    )
    written = centre.rows(steps)
    list(rebuilt_series.rebuild(centre.connection, kept_from=None))
    assert centre.rows(steps) == written


def test_how_many_probes_an_answer_leaves_out_is_told(server: Served, centre: Desk) -> None:
    station = centre.station("market-1")
    centre.take(station.topic, show(station, 4.0, 0))
    centre.rows(
        "INSERT INTO probe (station, device, quantity, channel, unit)"
        " SELECT 'market-1', 'd', 'air_temperature', n, 'degC' FROM generate_series(1, 501) AS n RETURNING 1"
    )
    for asked, counts in (({}, (500, 2)), ({"device": "d"}, (500, 1)), ({"station": "m9"}, (0, 0))):
        found = server.get("/api/v1/readings/series", step="day", **asked).raise_for_status().json()
        assert (len(found["probes"]), found["left_out"]) == counts


def test_a_range_that_is_too_long_or_ends_before_it_begins_is_refused(server: Served) -> None:
    begin = START.isoformat()
    for until, step in ((START - timedelta(hours=1), None), (START + timedelta(days=8), "minute")):
        asked = {"from": begin, "to": until.isoformat(), **({"step": step} if step else {})}
        assert server.get("/api/v1/readings/series", **asked).status_code == 422
    assert server.get("/api/v1/readings/series").json()["probes"] == []
