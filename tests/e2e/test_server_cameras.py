"""The wall of cameras, asked of a real server: sets of cameras, marks, health, zones and masks."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb
from uuid_utils.compat import uuid7

from tests.support.people import ON, add_person, signed_in
from tests.support.server import Served, add_station, now, serving

Connection = psycopg.Connection[Any]
BOX = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.1, 0.5]]


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for station in ("m1", "m2"):
            add_station(connection, station)
            for camera in ("kitchen", "store"):
                connection.execute(
                    "INSERT INTO device (station, name, adapter, state, state_at)"
                    " VALUES (%s, %s, 'camera', 'online', %s)",
                    [station, camera, now() - timedelta(days=20)],
                )
        yield connection


@pytest.fixture
def server(dsn: str, database: Connection) -> Iterator[Served]:
    with serving(dsn) as site:
        yield site


def see(database: Connection, kind: str, *, at: datetime, s: float | None = None, camera: str = "m1/kitchen") -> UUID:
    """Insert a camera event with its end after `s` seconds (None: it goes on), and return its key."""
    key = uuid7()
    station, _, device = camera.partition("/")
    phases = [("start", at), *([("end", at + timedelta(seconds=s))] if s is not None else [])]
    for phase, moment in phases:
        database.execute(
            "INSERT INTO camera_event (event, recorded_at, station, device, key, phase, kind)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [uuid7(), moment, station, device, key, phase, kind],
        )
    return key


def actions(database: Connection) -> list[str]:
    return [
        row[0]
        for row in database.execute(
            "SELECT action FROM deed WHERE action LIKE 'camera%' ORDER BY recorded_at, event"
        ).fetchall()
    ]


def test_events_are_marked_in_bulk_counted_by_camera_and_taken_back(server: Served, database: Connection) -> None:
    at = now() - timedelta(hours=1)
    keys = [see(database, "rodent", at=at + timedelta(seconds=n), s=4) for n in range(4)]
    other = see(database, "phone", at=at, camera="m2/store")
    said = [{"station": "m1", "key": str(key), "review": "false"} for key in keys[:3]]
    said += [
        {"station": "m2", "key": str(other), "review": "real"},
        {"station": "m2", "key": str(keys[0]), "review": "real"},
    ]
    answer = server.client.post("/api/v1/camera-events/reviews", json={"marks": said}).json()
    assert (len(answer["marked"]), answer["failed"]) == (4, 1)
    assert {one["before"] for one in answer["marked"]} == {None}
    counts = {(one["device"], one["kind"]): one for one in server.get("/api/v1/camera-events/counts").json()["items"]}
    rodents = counts["kitchen", "rodent"]
    assert (rodents["events"], rodents["false"], rodents["real"], rodents["lasted_s"]) == (4, 3, 0, 16.0)
    assert counts["store", "phone"]["real"] == 1
    waiting = server.get("/api/v1/camera-events", review="none").json()["items"]
    assert [one["key"] for one in waiting] == [str(keys[3])]
    marked = server.get("/api/v1/camera-events", review=["false", "real"], station="m1", device="kitchen").json()[
        "items"
    ]
    assert {one["reviewed_by"] for one in marked} == {"local"}
    assert len(marked) == 3
    # Undo: each gets the mark that it had.
    back = [{"station": one["station"], "key": one["key"], "review": one["before"]} for one in answer["marked"]]
    undone = server.client.post("/api/v1/camera-events/reviews", json={"marks": back}).json()
    assert {one["before"] for one in undone["marked"]} == {"false", "real"}
    assert len(server.get("/api/v1/camera-events", review="none").json()["items"]) == 5
    # The same again changes nothing, and is no deed.
    server.client.post("/api/v1/camera-events/reviews", json={"marks": back})
    assert actions(database) == ["camera_events_reviewed"] * 2


def test_health_tells_away_blind_and_what_nobody_knows(server: Served, database: Connection) -> None:
    today = datetime.fromisoformat("2026-03-10T00:00:00+08:00")
    database.execute("UPDATE device SET state_at = %s", [today - timedelta(days=1)])
    see(database, "offline", at=today + timedelta(hours=1), s=3600)
    see(database, "frozen", at=today + timedelta(hours=1, minutes=30), s=3600)  # half of it while it was away
    see(database, "covered", at=today + timedelta(hours=1, minutes=50), s=1200)  # beside the other
    see(database, "dark", at=today - timedelta(hours=1), s=7200)  # over midnight
    see(database, "rodent", at=today + timedelta(hours=5), s=60)  # no trouble of the camera's
    items = server.get("/api/v1/camera-health", **{"from": "2026-03-08", "to": "2026-03-10", "station": "m1"}).json()
    kitchen, store = items["items"]
    days = {day["day"]: day for day in kitchen["days"]}
    assert [days["2026-03-08"][name] for name in ("known_s", "away_s", "blind_s")] == [0, 0, 0]
    assert [days["2026-03-09"][name] for name in ("known_s", "away_s", "blind_s")] == [86400, 0, 3600]
    assert [days["2026-03-10"][name] for name in ("known_s", "away_s", "blind_s")] == [86400, 3600, 3600 + 1800]
    assert {day["blind_s"] for day in store["days"]} == {0}
    for wrong in ({"from": "2026-03-10", "to": "2026-03-08"}, {"from": "2020-01-01", "to": "2026-03-08"}):
        assert server.get("/api/v1/camera-health", **wrong).status_code == 422


def test_a_trouble_that_goes_on_reaches_now_and_no_further(server: Served, database: Connection) -> None:
    see(database, "covered", at=now() - timedelta(days=1))
    (kitchen,) = server.get("/api/v1/camera-health", station="m1", name="kitchen").json()["items"]
    blind = sum(day["blind_s"] for day in kitchen["days"])
    assert 86400 <= blind < 86400 + 600
    assert len(kitchen["days"]) == 30


def test_the_cameras_that_cannot_be_trusted_now_are_asked_for_alone(server: Served, database: Connection) -> None:
    for camera in ("m1/kitchen", "m1/store"):
        see(database, "motion", at=now(), camera=camera)
        see(database, "covered", at=now() - timedelta(hours=2), s=60, camera=camera)
    key = see(database, "offline", at=now() - timedelta(days=50))
    database.execute(
        "INSERT INTO camera_trouble (station, key, device, kind, zone, at, event, evidence)"
        " VALUES ('m1', %s, 'kitchen', 'offline', '', %s, %s, '{}')",
        [key, now() - timedelta(days=50), uuid7()],
    )
    (found,) = server.get("/api/v1/camera-events", trouble="now").raise_for_status().json()["items"]
    assert (found["key"], found["kind"], found["last_phase"]) == (str(key), "offline", "start")
    assert server.get("/api/v1/camera-events", trouble="now", station="m2").json()["items"] == []
    assert server.get("/api/v1/camera-events", trouble="then").status_code == 422


def test_sets_of_cameras_are_ones_own_or_shared(dsn: str, database: Connection) -> None:
    for code, parent in (("district", None), ("east", "district")):
        database.execute("INSERT INTO area (code, parent, name) VALUES (%s, %s, %s)", [code, parent, code])
    database.execute("UPDATE station SET area = 'east' WHERE name = 'm1'")
    add_person(database, "chief", "administrator")
    add_person(database, "street", "inspector", area="east")
    with (
        serving(dsn, accounts=ON) as server,
        signed_in(server, "chief") as chief,
        signed_in(server, "street") as street,
    ):
        new = {"title": "早市", "cameras": ["m2/kitchen", "m1/store"], "is_shared": True}
        shared = chief.client.post("/api/v1/camera-groups", json=new)
        assert (shared.status_code, shared.json()["cameras"]) == (201, ["m2/kitchen", "m1/store"])
        own = {"title": "mine", "cameras": ["m1/kitchen"]}
        mine = street.client.post("/api/v1/camera-groups", json=own).json()
        assert mine["is_own"]
        # Each sees the cameras of his areas, and nobody another's own set.
        seen = {one["title"]: one["cameras"] for one in street.get("/api/v1/camera-groups").json()["items"]}
        assert seen == {"早市": ["m1/store"], "mine": ["m1/kitchen"]}
        assert [one["title"] for one in chief.get("/api/v1/camera-groups").json()["items"]] == ["早市"]
        for body in (own | {"is_shared": True}, own | {"cameras": ["m2/kitchen"]}, own | {"cameras": ["m1/none"]}):
            assert street.client.post("/api/v1/camera-groups", json=body).status_code in (403, 422)
        path = f"/api/v1/camera-groups/{shared.json()['id']}"
        assert street.client.put(path, json=own).status_code == 403
        assert chief.client.put(f"/api/v1/camera-groups/{mine['id']}", json=own).status_code == 404
        assert chief.client.put(path, json=new | {"title": "夜市"}).json()["title"] == "夜市"
        assert chief.client.post(f"{path}/end").status_code == 204
        assert [one["title"] for one in street.get("/api/v1/camera-groups").json()["items"]] == ["mine"]
    done = actions(database)
    assert done == ["camera_group_made", "camera_group_made", "camera_group_changed", "camera_group_ended"]


def tell(database: Connection, **camera: Any) -> None:
    """Store what the station says of its camera, as ingest does."""
    body = Jsonb({"state": "online", "at": now().isoformat(), "cameras": [{"name": "kitchen", **camera}]})
    database.execute(
        "INSERT INTO station_status (station, received_at, said_at, state, body) VALUES ('m1', now(), %s, 'online', %s)"
        " ON CONFLICT (station) DO UPDATE SET body = excluded.body",
        [str(uuid4()), body],
    )


def test_zones_and_masks_are_sent_and_what_becomes_of_them_is_told(server: Served, database: Connection) -> None:
    tell(database, zones=[{"name": "sink", "polygon": BOX}], needed=["sink"], masks=[BOX])

    def shown() -> dict[str, Any]:
        (found,) = server.get("/api/v1/camera-layouts", station="m1", name="kitchen").json()["items"]
        return dict(found)

    def send(layout: dict[str, Any], based_on: int) -> Any:
        body = {"station": "m1", "camera": "kitchen", "layout": layout, "based_on": based_on}
        return server.client.post("/api/v1/camera-layouts", json=body)

    assert (shown()["state"], shown()["own_zones"][0]["name"], shown()["own_masks"]) == ("none", "sink", [BOX])
    # A rule of the station looks in its zone: it cannot be drawn away.
    assert send({"zones": [{"name": "door", "polygon": BOX}]}, 0).json()["type"].endswith("zone-needed")
    crossed = [[0.1, 0.1], [0.5, 0.5], [0.5, 0.1], [0.1, 0.5]]
    for broken in ({"masks": [crossed]}, {"masks": [BOX[:2]]}, {"masks": [[[0.1, 0.1], [2, 0.1], [0.1, 0.5]]]}):
        assert send(broken, 0).status_code == 422
    first = send({"masks": [BOX]}, 0)
    assert (first.status_code, first.json()["state"]) == (201, "sent")
    # Somebody who drew on the same state of it is told.
    assert send({"masks": []}, 0).status_code == 409
    version = first.json()["version"]
    tell(database, layout=version)
    assert (shown()["state"], shown()["in_force"]) == ("in_force", version)
    second = send({"zones": [{"name": "sink", "polygon": BOX}], "masks": []}, version).json()
    assert second["version"] > version
    assert shown()["state"] == "sent"
    tell(database, layout=version, refused=second["version"], refusal="zone_needed", detail="tap")
    assert [shown()[name] for name in ("state", "refusal", "refusal_detail")] == ["refused", "zone_needed", "tap"]
    assert actions(database) == ["camera_layout_sent"] * 2
