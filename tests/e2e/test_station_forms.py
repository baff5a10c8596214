"""Stations by their codes, titles of devices, decisions about refused messages: all that people keep at the server."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from uuid_utils.compat import uuid7

from ingest.release import release
from storage import four_eyes
from storage.codes import read_code
from tests.support.desk import Desk
from tests.support.people import ON, add_person, signed_in
from tests.support.server import Served, serving
from tests.support.station import result
from tests.support.waiting import wait_for

Connection = psycopg.Connection[Any]
WHY = {"why": "a reason"}


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO area (code, name) VALUES ('east', 'east'), ('west', 'west')")
        add_person(connection, "chen", "administrator")
        add_person(connection, "zhou", "monitoring_centre", area="east")
        yield connection


@pytest.fixture
def server(dsn: str, database: Connection) -> Iterator[Served]:
    with serving(dsn, accounts=ON) as site:
        yield site


def problem(answer: httpx.Response) -> tuple[int, str, str]:
    told = answer.json()
    errors = told["errors"]
    return answer.status_code, told["type"].rpartition(":")[2], errors[0]["where"] if errors else ""


def is_refused(server: Served, path: str, body: dict[str, Any], wanted: tuple[int, str, str]) -> bool:
    return problem(server.client.post(path, json=body)) == wanted


def deeds(database: Connection, *actions: str) -> list[tuple[str, str, str]]:
    return database.execute(
        "SELECT action, place, why FROM deed WHERE action = ANY(%s) ORDER BY event", [list(actions)]
    ).fetchall()


def test_a_station_is_enrolled_named_moved_and_gets_a_new_code(server: Served, database: Connection) -> None:
    with signed_in(server, "chen") as chen:
        new = {"name": "m-1", "title": "东门市场", "title_en": "East gate", "area": "east", "why": "new"}
        answer = chen.client.post("/api/v1/stations", json=new)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert read_code(made["code"]) is not None
        assert made["code"] in made["command"]
        assert made["lifetime_s"] == 1800
        shown = chen.get("/api/v1/stations/m-1").json()
        assert (shown["standing"], shown["area"], shown["code_until"] is not None) == ("enrolled", "east", True)

        again = chen.client.post("/api/v1/stations", json=new)
        assert problem(again) == (409, "station-there", "body.name")
        for body, wanted in (
            ({"name": "Not One"}, (422, "invalid-request", "body.name")),
            ({"name": "ingest"}, (422, "name-reserved", "body.name")),
            ({"name": "m-2", "area": "nowhere"}, (422, "unknown-area", "body.area")),
            ({"name": "m-2", "latitude": 91}, (422, "invalid-request", "body.latitude")),
        ):
            assert problem(chen.client.post("/api/v1/stations", json=body)) == wanted
        chinese = chen.client.post("/api/v1/stations", json={"name": ""}, headers={"Accept-Language": "zh"}).json()
        assert chinese["errors"][0]["message"] == "格式不正确"

        path = "/api/v1/stations/m-1"
        assert chen.client.post(f"{path}/rename", json={"title": "西门市场", **WHY}).status_code == 204
        assert chen.client.post(f"{path}/move", json={"area": "west", **WHY}).status_code == 204
        assert problem(chen.client.post(f"{path}/move", json={"area": "nowhere"})) == (422, "unknown-area", "body.area")
        assert problem(chen.client.post(f"{path}/rekey", json={})) == (422, "invalid-request", "body.why")
        second = chen.client.post(f"{path}/rekey", json=WHY).json()
        assert second["code"] != made["code"]
        shown = chen.get(path).json()
        assert (shown["title"], shown["title_en"], shown["area"]) == ("西门市场", "", "west")
        ended = database.execute("SELECT outcome FROM enrolment_code WHERE ended_at IS NOT NULL").fetchall()
        assert ended == [("replaced",)]
    said = deeds(database, "station_enrolled", "enrolment_code_made", "station_renamed", "station_moved")
    assert said == [
        ("station_enrolled", "m-1", "new"),
        ("enrolment_code_made", "m-1", "new"),
        ("station_renamed", "m-1", "a reason"),
        ("station_moved", "m-1", "a reason"),
        ("enrolment_code_made", "m-1", "a reason"),
    ]


def test_whoever_has_an_area_keeps_its_stations_alone(server: Served, database: Connection) -> None:
    with signed_in(server, "zhou") as zhou:
        outside = (403, "outside-your-areas", "body.area")
        assert problem(zhou.client.post("/api/v1/stations", json={"name": "m-1", "area": "west"})) == outside
        assert problem(zhou.client.post("/api/v1/stations", json={"name": "m-1"})) == outside
        assert zhou.client.post("/api/v1/stations", json={"name": "m-1", "area": "east"}).status_code == 201
        for area in ("west", None):
            # Who sees what is looked up anew every two seconds.
            wait_for(partial(is_refused, zhou, "/api/v1/stations/m-1/move", {"area": area}, outside))
        database.execute("INSERT INTO station (name, area) VALUES ('m-2', 'west')")
        assert zhou.client.post("/api/v1/stations/m-2/rename", json={"title": "x"}).status_code == 404


def test_a_station_is_retired_by_two_where_that_is_on(server: Served, database: Connection) -> None:
    database.execute("INSERT INTO station (name) VALUES ('m-1'), ('m-2')")
    add_person(database, "wang", "monitoring_centre")
    four_eyes.change(database, "station_retired", is_on=True, actor="test")
    with signed_in(server, "chen") as chen, signed_in(server, "wang") as wang:
        assert chen.client.post("/api/v1/stations/m-2/revoke", json=WHY).json()["is_done"] is True
        assert chen.get("/api/v1/stations/m-2").json()["standing"] == "revoked"
        asked = chen.client.post("/api/v1/stations/m-1/retire", json=WHY).json()
        assert asked["is_done"] is False
        assert chen.get("/api/v1/stations/m-1").json()["standing"] == "enrolled"
        done = wang.client.post(f"/api/v1/proposals/{asked['proposal']}/confirm", json=WHY)
        assert done.status_code == 200, done.text
        assert chen.get("/api/v1/stations/m-1").json()["standing"] == "retired"


def test_a_device_gets_titles_that_what_its_station_says_does_not_change(server: Served, database: Connection) -> None:
    database.execute("INSERT INTO station (name) VALUES ('m-1')")
    database.execute("INSERT INTO device (station, name, state) VALUES ('m-1', 'cam-1', 'online')")
    with signed_in(server, "chen") as chen:
        (device,) = chen.get("/api/v1/devices").json()["items"]
        assert (device["title"], device["title_en"]) == ("", "")
        path = "/api/v1/stations/m-1/devices"
        for titles in ({"title": "后厨", "title_en": ""}, {"title": "后厨", "title_en": "Kitchen"}):
            assert chen.client.post(f"{path}/cam-1/rename", json=titles | WHY).status_code == 204
        assert chen.client.post(f"{path}/cam-2/rename", json={"title": "x"}).status_code == 404
        (device,) = chen.get("/api/v1/devices").json()["items"]
        assert (device["title"], device["title_en"]) == ("后厨", "Kitchen")
    assert deeds(database, "device_renamed") == [("device_renamed", "m-1", "a reason")] * 2


def refused(database: Connection, topic: str, body: bytes, reason: str, **columns: Any) -> UUID:
    identity = uuid7()
    row = {"id": identity, "topic": topic, "station": "m-1", "reason": reason, "hash": bytes(uuid7().bytes * 2)}
    row |= {"body": body} | columns
    places = ", ".join(f"%({name})s" for name in row)
    database.execute(f"INSERT INTO quarantine ({', '.join(row)}) VALUES ({places})".encode(), row)
    return identity


def test_refused_messages_are_tried_again_or_set_aside(
    dsn: str, server: Served, database: Connection, desk: Desk
) -> None:
    station = desk.station("m-1")
    station.add(result(1.0))
    whole = refused(database, station.topic, station.bodies[0], "revoked_station")
    broken = refused(database, station.topic, b"{}", "not_an_event")
    never = refused(database, station.topic, b"x", "not_json")
    cut = refused(database, station.topic, b"x", "unknown_type", is_cut=True)
    with signed_in(server, "chen") as chen:
        shown = {one["id"]: one for one in chen.get("/api/v1/quarantine").json()["items"]}
        may = {key: (one["may_release"], one["may_drop"]) for key, one in shown.items()}
        assert may == {
            str(whole): (True, True),
            str(broken): (True, True),
            str(never): (False, True),
            str(cut): (False, True),
        }
        asked = {"ids": [str(one) for one in (whole, broken, never, cut)], "decision": "release", "why": "again"}
        assert chen.client.post("/api/v1/quarantine/decide", json=asked).json() == {"done": 2, "failed": 2}
        asked = {"ids": [str(never)], "decision": "drop", "why": "noise"}
        assert chen.client.post("/api/v1/quarantine/decide", json=asked).json() == {"done": 1, "failed": 0}
        assert chen.client.post("/api/v1/quarantine/decide", json=asked).json() == {"done": 0, "failed": 1}
        release(database, desk.store, most=10)
        shown = {one["id"]: one for one in chen.get("/api/v1/quarantine").json()["items"]}
        assert shown[str(whole)]["released_at"] is not None
        assert (shown[str(broken)]["released_at"], shown[str(broken)]["decision"]) == (None, "")  # refused as before
        assert shown[str(broken)]["decided_by"] == "chen"
        assert (shown[str(never)]["decision"], shown[str(never)]["decided_why"]) == ("drop", "noise")
        assert len(chen.get("/api/v1/results").json()["items"]) == 1
    assert deeds(database, "quarantine_released", "quarantine_dropped") == [
        ("quarantine_released", "m-1", "again"),
        ("quarantine_dropped", "m-1", "noise"),
    ]
