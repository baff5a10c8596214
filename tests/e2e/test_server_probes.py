"""Probes over real HTTP: what they show, their events as a list and a file, and their values with the gaps."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

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


def test_a_range_that_is_too_long_or_ends_before_it_begins_is_refused(server: Served) -> None:
    begin = START.isoformat()
    for until, step in ((START - timedelta(hours=1), None), (START + timedelta(days=8), "minute")):
        asked = {"from": begin, "to": until.isoformat(), **({"step": step} if step else {})}
        assert server.get("/api/v1/readings/series", **asked).status_code == 422
    assert server.get("/api/v1/readings/series").json()["probes"] == []
