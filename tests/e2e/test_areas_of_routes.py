"""Every route, asked by somebody of one street about another one. The routes are those of the server: one that has no
answer here fails, so that nobody forgets what a new one shows to whom.

The street officer has every role, in the east alone; all that is asked about is the west's. Somebody who sees the whole
asks the same, so that no list passes because it is empty.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from psycopg.types.json import Jsonb
from uuid_utils.compat import uuid7

from server.access.need import permissions_of
from server.access.table import NO_ROLES, table
from server.app import create_app
from server.settings import DatabaseSettings, MediaSettings, ServerSettings
from shian.local.broker import LocalBroker
from storage import deeds, four_eyes
from storage.deeds import SYSTEM, Deed
from tests.support.desk import Desk
from tests.support.media import JPEG, Photographer
from tests.support.own_rules import TITLE
from tests.support.people import ON, add_person, signed_in
from tests.support.server import Served, add_delivery, add_reading, add_subscription, now, publish, result_item, serving
from tests.support.station import START, result
from tests.support.waiting import wait_for
from wire.chain import public_key
from wire.kinds.sample import SampleV1

Row = dict[str, str]
OWN, FOREIGN = "m-east", "m-west"
COOKIE = "shian_session"
# Lists and files whose answers name no station, and why. Their own tests are named.
NAMELESS = {
    "/api/v1/alerts/counts": "numbers: test_numbers_are_those_of_the_area",
    "/api/v1/alerts/response-times": "numbers: test_numbers_are_those_of_the_area",
    "/api/v1/areas": "codes: test_numbers_are_those_of_the_area",
    "/api/v1/overview/hours": "numbers of the last day: tests/e2e/test_server_reports.py",
    "/api/v1/overview/map": "the ground that the stations stand on",
    "/api/v1/overview/worst": "sums that are made in the background: tests/e2e/test_server_reports.py",
    "/api/v1/reports.pdf": "the report of /reports, and packed so that no name can be found in it",
    "/api/v1/reports/mails": "one's own: tests/e2e/test_report_mails.py",
    "/api/v1/rules/facts": "what a rule may ask for, the same for all",
    "/api/v1/thresholds": "they hold in the whole district",
    "/api/v1/thresholds/{rule}": "they hold in the whole district",
    "/api/v1/rules/titles": "what rules are called, the same for all",
    "/api/v1/subscriptions/push-key": "the public key of the office",
    "/api/v1/limits": "they hold in the whole district",
    "/api/v1/limits.csv": "they hold in the whole district",
    "/api/v1/limits.xlsx": "they hold in the whole district",
    "/metrics": "of the server itself: no label is a station",
}
QUERIES: Mapping[str, Mapping[str, Any]] = {
    "/api/v1/counts": {"by": ["station"], "from": START.date().isoformat()},
    "/api/v1/readings/series": {"step": "hour"},
}
WHY = {"why": "x"}
RULE = {"on": "result", "when": "value > 1000", "severity": "warning", "title": TITLE, "stations": [OWN]}
# What changes something, with a body that is good but for the area, and the answer.
CHANGES: Mapping[str, tuple[Any, int]] = {
    "POST /api/v1/accounts": ({"name": "new", "roles": [{"role": "inspector", "area": "west"}]}, 403),
    "POST /api/v1/accounts/{account}/roles": ({"roles": [{"role": "inspector", "area": "east"}]}, 404),
    "POST /api/v1/accounts/{account}/disable": (None, 404),
    "POST /api/v1/accounts/{account}/enable": (None, 404),
    "POST /api/v1/accounts/{account}/reset": (None, 404),
    "POST /api/v1/accounts/{account}/tokens": ({"name": "x"}, 404),
    **{
        f"POST /api/v1/alerts/{{alert}}/{verb}": ({"note": "x"}, 404)
        for verb in ("acknowledge", "start", "resolve", "close", "reopen", "undo", "comment")
    },
    "POST /api/v1/alerts/{alert}/attachments?name=x": (None, 404),
    "PUT /api/v1/rules/{name}": ({"rule": RULE}, 403),
    "DELETE /api/v1/rules/{name}": (None, 403),
    "POST /api/v1/rules/dry-run": ({"rule": RULE | {"when": "value > 0", "stations": [FOREIGN]}}, 200),
    "PUT /api/v1/thresholds/{rule}": ({"values": {"after_s": 1}, "why": "x"}, 403),
    "POST /api/v1/thresholds/{rule}/reset": (WHY, 403),
    "POST /api/v1/thresholds/{rule}/dry-run": ({"values": {"after_s": 1}}, 200),
    "POST /api/v1/alerts/steps": ({"alerts": ["{alert}"], "step": "resolve"}, 200),
    "POST /api/v1/limits": (
        {
            "code": "x",
            "item": "nitrite",
            "standard": "s",
            "comparison": ">",
            "value": 1,
            "unit": "mg/kg",
            "valid_from": "2026-01-01",
            "why": "x",
        },
        403,
    ),
    "POST /api/v1/limits/{code}/end": ({"valid_to": "2099-01-01", "why": "x"}, 403),
    "POST /api/v1/limits/import/check": ({}, 403),
    f"POST /api/v1/limits/import?why=x&digest={'0' * 64}": ({}, 403),
    "POST /api/v1/rules/check": ({"name": "x", "rule": {}}, 200),
    "POST /api/v1/proposals/{proposal}/confirm": (WHY, 404),
    "POST /api/v1/proposals/{proposal}/reject": (WHY, 404),
    "POST /api/v1/proposals/{proposal}/withdraw": (WHY, 404),
    "POST /api/v1/results/{event}/void": (WHY, 404),
    "POST /api/v1/quarantine/decide": ({"ids": ["{quarantine}"], "decision": "drop", "why": "x"}, 200),
    "POST /api/v1/stations": ({"name": "m-new", "area": "west"}, 403),
    **{f"POST /api/v1/stations/{{station}}/{verb}": (WHY, 404) for verb in ("rekey", "revoke", "retire")},
    "POST /api/v1/stations/{station}/rename": ({"title": "x"}, 404),
    "POST /api/v1/stations/{station}/move": ({"area": "east"}, 404),
    "POST /api/v1/stations/{station}/devices/{device}/rename": ({"title": "x"}, 404),
    "POST /api/v1/subscriptions": ({"name": "n", "address": "https://example.com/h", "areas": ["west"]}, 403),
    "POST /api/v1/subscriptions/{subscription}/disable": ({}, 404),
    "POST /api/v1/subscriptions/{subscription}/confirm": ({"code": "123456"}, 404),
    "POST /api/v1/subscriptions/{subscription}/pause": ({"until": "2099-01-01T00:00:00Z"}, 404),
    "POST /api/v1/subscriptions/{subscription}/test": (None, 404),
    "POST /api/v1/subscriptions/preview": ({"areas": ["west"]}, 200),
    "PUT /api/v1/subscriptions/{subscription}": ({"name": "n", "areas": ["east"]}, 404),
    "POST /api/v1/drills": ({"title": "t", "station": FOREIGN}, 422),
    "POST /api/v1/drills/{drill}/end": (None, 404),
    "POST /api/v1/camera-events/reviews": (
        {"marks": [{"station": FOREIGN, "key": "{key}", "review": "false"}]},
        200,
    ),
    "POST /api/v1/camera-groups": ({"title": "t", "cameras": [f"{FOREIGN}/cam-1"]}, 422),
    "PUT /api/v1/camera-groups/{group}": ({"title": "t", "cameras": [f"{OWN}/cam-1"]}, 404),
    "POST /api/v1/camera-groups/{group}/end": (None, 404),
    "POST /api/v1/camera-layouts": (
        {"station": FOREIGN, "camera": "cam-1", "layout": {"masks": []}, "based_on": 0},
        404,
    ),
    "POST /api/v1/reports/mails": ({"address": "desk@office.example", "area": "west"}, 422),
    **{f"POST /api/v1/reports/mails/{{mail}}/{verb}": (None, 404) for verb in ("end", "test")},
    "POST /api/v1/silences": ({"areas": ["west"], "reason": "x", "ends_at": "2099-01-01T00:00:00Z"}, 403),
    "POST /api/v1/silences/{silence}/end": (None, 404),
    "POST /api/v1/duty/rotas": ({"title": "t", "area": "west", "after_minutes": 10}, 422),
    "PUT /api/v1/duty/rotas/{rota}": ({"title": "t", "after_minutes": 10}, 404),
    "POST /api/v1/duty/rotas/{rota}/end": (None, 404),
    "POST /api/v1/duty/rotas/{rota}/notes": ({"text": "x"}, 404),
    "POST /api/v1/duty/rotas/{rota}/overrides": (
        {"account": "street", "starts_at": "2026-01-01T00:00:00Z", "ends_at": "2099-01-01T00:00:00Z"},
        404,
    ),
    "POST /api/v1/duty/rotas/{rota}/overrides/{override}/end": (None, 404),
    "POST /api/v1/duty/rotas/{rota}/shifts": (
        {"account": "street", "from_day": "2026-01-01", "hours": {"from": "08:00", "to": "18:00"}},
        404,
    ),
    "POST /api/v1/duty/rotas/{rota}/shifts/{shift}/end": (None, 404),
}
SOCKETS = {"/api/v1/live", "/api/v1/watch"}  # the last two tests


@dataclass(frozen=True, slots=True)
class District:
    """District of two streets, with something of every kind in each: `ids` by station and name in the path."""

    server: Served
    database: psycopg.Connection[Any]
    ids: Mapping[str, Row]


def asked_routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Yield the method and the path of each route that somebody needs a role for."""
    for route in iter_route_contexts(app.router.routes):
        roles = {role for permission in permissions_of(route) for role in permission.roles}
        if roles - NO_ROLES:
            yield from ((method, str(route.path)) for method in sorted(route.methods or {"SOCKET"}))


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    media = MediaSettings(folder=tmp_path_factory.mktemp("media"))
    database = DatabaseSettings(dsn="postgresql://127.0.0.1/none")
    return list(asked_routes(create_app(ServerSettings(database=database, media=media))))


@pytest.fixture
def district(dsn: str, desk: Desk, broker: LocalBroker, tmp_path: Path) -> Iterator[District]:
    with two_streets(dsn, desk, tmp_path, broker={"host": "127.0.0.1", "port": broker.port}) as made:
        yield made


@contextmanager
def two_streets(dsn: str, desk: Desk, folder: Path, **settings: Any) -> Iterator[District]:
    """Serve a district of two streets until the end of the block; also for tests/fuzz/api."""
    database = desk.connection
    for code, parent in (("district", None), ("east", "district"), ("west", "district")):
        database.execute("INSERT INTO area (code, parent, name) VALUES (%s, %s, %s)", [code, parent, code])
    four_eyes.change(database, "station_revoked", is_on=True, actor="test")
    add_person(database, "whole", *table().roles)
    add_person(database, "street", *table().roles, area="east")
    limits = {"requests_burst": 1_000_000}
    with serving(dsn, accounts=ON, limits=limits, media={"folder": folder / "media"}, **settings) as server:
        ids = {station: _fill(desk, server, station, area) for station, area in ((OWN, "east"), (FOREIGN, "west"))}
        with signed_in(server, "whole") as whole:
            for station in (OWN, FOREIGN):
                _attach(whole, ids[station]["alert"], JPEG + station.encode())
        # Nobody on duty can be reached, and the server says so of the alert of each street: it changes nothing later.
        said = "SELECT count(*) FROM alert WHERE rule = 'nobody_reached'"
        wait_for(lambda: database.execute(said).fetchone() == (2,), timeout_s=120, what="both alerts to be settled")
        yield District(server, database, ids)


def _attach(whole: Served, alert: str, data: bytes) -> None:
    """Attach the station's picture to its alert, too: both are asked for by the same hash."""
    answer = whole.client.post(f"/api/v1/alerts/{alert}/attachments", params={"name": "a.jpg"}, content=data)
    assert answer.status_code == 200, answer.text


def _fill(desk: Desk, server: Served, station: str, area: str) -> Row:
    """Put something of every kind into a street; return the names by which it is asked for."""
    database = desk.connection
    chained = desk.station(station)
    database.execute("UPDATE station SET area = %s WHERE name = %s", [area, station])
    chained.add(result(63.0, device_verdict=None))
    desk.take(chained.topic, *chained.bodies)
    ((event,),) = database.execute("SELECT event FROM result WHERE station = %s", [station]).fetchall()
    ((alert,),) = database.execute("SELECT id FROM alert WHERE station = %s", [station]).fetchall()
    chained.add(SampleV1(number="1", commodity="菠菜", vendor=f"{station} stall"))
    desk.take(chained.topic, chained.bodies[-1])
    add_reading(database, station)
    _add(
        database,
        "reading_series",
        probe=_id_of_probe(database, station),
        step=3600,
        at=_hour(),
        n=1,
        total=3,
        low=3,
        high=3,
    )
    _add(
        database,
        "probe_event",
        event=uuid7(),
        recorded_at=now(),
        station=station,
        device="cold-1",
        key=uuid7(),
        phase="start",
        state="silent",
        quantity="air_temperature",
        reason="",
        unit="degC",
        lasted_s=1,
        flags="",
    )
    quarantine = uuid7()
    _add(
        database,
        "quarantine",
        id=quarantine,
        received_at=now(),
        topic=chained.topic,
        station=station,
        reason="not_json",
        detail="",
        hash=b"x" * 32,
        body=b"x",
    )
    subscription = add_subscription(database, "https://example.com/hook", name=f"{station} office", areas=[area])
    delivery = add_delivery(database, alert, subscription, state="failed")
    _add(database, "delivery_attempt", delivery=delivery, attempt=1, at=now(), outcome="timeout", duration_ms=1)
    with database.transaction():
        deeds.write(database, Deed(SYSTEM, "station_renamed", station, station))
    account = add_person(database, f"{station}-keeper", "inspector", area=area)
    mail = uuid7()
    row = {"address": "desk@office.example", "grouped_by": "item", "language": "en", "form": "xlsx"}
    _add(database, "report_mail", id=mail, account=account, **row)
    proposal = uuid7()
    _add(
        database,
        "proposal",
        id=proposal,
        action="station_revoked",
        subject=station,
        station=station,
        why="x",
        facts=Jsonb({}),
        account=account,
        asked_by=f"{station}-keeper",
        ends_at="2099-01-01",
    )
    return {
        "station": station,
        "event": str(event),
        "alert": str(alert),
        "stream": str(chained.stream),
        "sequence": "1",
        "subscription": str(subscription),
        "account": str(account),
        "proposal": str(proposal),
        "mail": str(mail),
        "quarantine": str(quarantine),
        "device": "cam-1",
        **_duty(database, station, area, account),
        "rule": "station_offline",
        "drill": _drill(database, station, alert),
        "result": str(event),
        "name": _rule(database, station, area),
        "digest": _picture(database, server, station),
        **_cameras(database, station),
        "code": "pesticide-inhibition-448",
    }


def _duty(database: psycopg.Connection[Any], station: str, area: str, account: UUID) -> Row:
    """Put a silence and a rota with a shift and an override into a street."""
    ids = {name: uuid7() for name in ("silence", "rota", "shift", "override")}
    times = {"starts_at": now(), "ends_at": "2099-01-01"}
    _add(database, "silence", id=ids["silence"], kind="silence", stations=[station], reason="x", author="x", **times)
    _add(database, "duty_rota", id=ids["rota"], title=f"{station} rota", area=area, after_s=600)
    hours = Jsonb({"days": [], "from": "00:00", "to": "23:59"})
    row = {"rota": ids["rota"], "account": account}
    _add(database, "duty_shift", id=ids["shift"], hours=hours, from_day="2026-01-01", **row)
    _add(database, "duty_override", id=ids["override"], author="x", **row, **times)
    return {name: str(one) for name, one in ids.items()}


def _rule(database: psycopg.Connection[Any], station: str, area: str) -> str:
    _add(database, "alert_rule", name=f"own_{area}", body=Jsonb(RULE | {"stations": [station]}))
    return f"own_{area}"


def _drill(database: psycopg.Connection[Any], station: str, alert: UUID) -> str:
    drill = uuid7()
    _add(database, "drill", id=drill, title="t", station=station, plays="failed_test", author="x", alert=alert)
    return str(drill)


def _picture(database: psycopg.Connection[Any], server: Served, station: str) -> str:
    """Let the station bring a picture of a camera event; return its hash."""
    camera, key, data = Photographer(station), uuid7(), JPEG + station.encode()
    database.execute("UPDATE station SET public_key = %s WHERE name = %s", [public_key(camera.key), station])
    _add(database, "device", station=station, name="cam-1", adapter="camera")
    _add(
        database,
        "camera_event",
        event=uuid7(),
        recorded_at=now(),
        station=station,
        device="cam-1",
        key=key,
        phase="start",
        kind="rodent",
        zone="",
        evidence="{}",
        flags="",
    )
    digest = camera.expect(database, data, key)
    head = {"Upload-Offset": "0", "Upload-Length": str(len(data)), "Content-Type": "application/partial-upload"}
    answer = server.client.patch(f"/api/v1/media/{digest}", content=data, headers=camera.ticket(digest) | head)
    assert answer.status_code == 204, answer.text
    assert digest == hashlib.sha256(data).hexdigest()
    return digest


def _cameras(database: psycopg.Connection[Any], station: str) -> Row:
    """Share the camera of the station as a set; return the set and the key of its event."""
    group = uuid7()
    _add(database, "camera_group", id=group, title="x", cameras=[f"{station}/cam-1"], is_shared=True, author="x")
    ((key,),) = database.execute("SELECT key FROM camera_event WHERE station = %s", [station]).fetchall()
    return {"group": str(group), "key": str(key)}


def _id_of_probe(database: psycopg.Connection[Any], station: str) -> int:
    ((found,),) = database.execute("SELECT id FROM probe WHERE station = %s", [station]).fetchall()
    return int(found)


def _hour() -> Any:
    return now().replace(minute=0, second=0, microsecond=0)


def _add(database: psycopg.Connection[Any], table_name: str, /, **row: Any) -> None:
    places = ", ".join(["%s"] * len(row))
    database.execute(f"INSERT INTO {table_name} ({', '.join(row)}) VALUES ({places})".encode(), list(row.values()))


def test_every_route_has_an_answer_here(routes: list[tuple[str, str]]) -> None:
    changes = {f"{method} {path}" for method, path in routes if method not in ("GET", "SOCKET")}
    assert changes == {line.partition("?")[0] for line in CHANGES}
    assert {path for method, path in routes if method == "SOCKET"} == SOCKETS
    assert set(NAMELESS) | set(QUERIES) <= {path for method, path in routes if method == "GET"}


def text_of(answer: httpx.Response) -> str:
    """Return what an answer says; of a workbook, which is a zip, what its parts say."""
    if not answer.content.startswith(b"PK"):
        return answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist())


def test_what_is_read_is_that_of_the_area(district: District, routes: list[tuple[str, str]]) -> None:
    own, foreign = district.ids[OWN], district.ids[FOREIGN]
    wrong: list[str] = []
    with signed_in(district.server, "whole") as whole, signed_in(district.server, "street") as street:
        for path in [path for method, path in routes if method == "GET" and path not in NAMELESS]:
            query = QUERIES.get(path, {})
            if "{" in path:
                answers = [
                    whole.get(path.format_map(foreign), **query).status_code,
                    street.get(path.format_map(own), **query).status_code,
                    street.get(path.format_map(foreign), **query).status_code,
                ]
                if answers != [200, 200, 404]:
                    wrong.append(f"{path}: {answers}")
                continue
            everything, part = whole.get(path, **query), street.get(path, **query)
            all_text, part_text = text_of(everything), text_of(part)
            seen = [OWN in all_text, FOREIGN in all_text, OWN in part_text, FOREIGN in part_text]
            if (everything.status_code, part.status_code, seen) != (200, 200, [True, True, True, False]):
                wrong.append(f"{path}: {everything.status_code} {part.status_code} {seen}")
    assert "\n".join(wrong) == ""


def test_filters_lead_nowhere_else(district: District, routes: list[tuple[str, str]]) -> None:
    """Name the other street in every filter that a list has for it."""
    wrong: list[str] = []
    with signed_in(district.server, "street") as street:
        document = street.get("/api/v1/openapi.json").json()["paths"]
        filtered = 0
        for path in [path for method, path in routes if method == "GET" and "{" not in path and path in document]:
            names = {one["name"] for one in document[path]["get"].get("parameters", [])}
            for name, value in (("station", FOREIGN), ("area", "west"), ("area", "district"), ("subject", FOREIGN)):
                if name in names:
                    filtered += 1
                    text = street.get(path, **{**QUERIES.get(path, {}), name: value}).text
                    if FOREIGN in text:
                        wrong.append(f"{path}?{name}={value}")
    assert filtered > 25
    assert "\n".join(wrong) == ""


def test_what_is_changed_is_that_of_the_area(district: District, routes: list[tuple[str, str]]) -> None:
    foreign = district.ids[FOREIGN]
    before = _state(district.database)
    wrong: list[str] = []
    with signed_in(district.server, "street") as street:
        for line, (body, wanted) in CHANGES.items():
            method, _, path = line.partition(" ")
            text = json.dumps(body) if body is not None else ""
            for name in ("alert", "key", "quarantine"):
                text = text.replace(f"{{{name}}}", foreign[name])
            kind = {"Content-Type": "application/json"} if text else {}
            answer = street.client.request(method, path.format_map(foreign), content=text, headers=kind)
            if answer.status_code != wanted:
                wrong.append(f"{line}: {answer.status_code} {answer.text[:200]}")
                continue
            told = answer.json() if wanted == 200 else {}
            if [told.get("failed", 1), told.get("count", 0), told.get("alerts", 0)] != [1, 0, 0]:
                wrong.append(f"{line}: {answer.text[:200]}")
    assert "\n".join(wrong) == ""
    assert _state(district.database) == before


def _state(database: psycopg.Connection[Any]) -> dict[str, list[Any]]:
    """Return the rows that a change would have touched."""
    tables = ["account", "account_role", "alert", "alert_step", "analyte_limit", "api_token", "one_time", "proposal"]
    tables += [
        "voided",
        "station",
        "enrolment_code",
        "device_title",
        "quarantine",
        "subscription",
        "silence",
        "duty_rota",
        "duty_shift",
        "duty_override",
        "duty_note",
        "drill",
        "camera_group",
        "camera_layout",
        "camera_review",
        "report_mail",
    ]
    return {name: database.execute(f"SELECT * FROM {name} ORDER BY 1".encode()).fetchall() for name in tables}


def test_numbers_are_those_of_the_area(district: District) -> None:
    with signed_in(district.server, "whole") as whole, signed_in(district.server, "street") as street:
        for path in ("alerts/counts", "alerts/response-times"):
            numbers = [site.get(f"/api/v1/{path}").text for site in (whole, street)]
            assert numbers[0] != numbers[1], path
        assert [one["code"] for one in street.get("/api/v1/areas").json()["items"]] == ["east"]
        metrics = whole.get("/metrics").text
        assert FOREIGN not in metrics
        assert OWN not in metrics


def cookie(site: Served) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={site.client.cookies[COOKIE]}"}


def test_the_feed_is_that_of_the_area(district: District) -> None:
    with signed_in(district.server, "street") as street, street.live(additional_headers=cookie(street)) as socket:
        socket.recv(20)
        for station in (FOREIGN, OWN):
            publish(district.database, result_item(uuid7(), station))
        heard = ""
        while OWN not in heard:
            heard += str(socket.recv(20))
        assert FOREIGN not in heard


def test_live_video_is_that_of_the_area(district: District) -> None:
    def watching(site: Served) -> dict[str, str]:
        """Ask for the camera of each street; return the answer for each."""
        found: dict[str, str] = {}
        with site.socket("/api/v1/watch", max_size=None, additional_headers=cookie(site)) as socket:
            wishes = [{"station": station, "camera": "cam-1", "mode": "preview"} for station in (OWN, FOREIGN)]
            socket.send(json.dumps({"watch": wishes}))
            while set(found) != {OWN, FOREIGN}:
                said = json.loads(socket.recv(20))
                for one in said.get("watching", []):
                    found[one["station"]] = "watching"
                if "refused" in said:
                    found[said["refused"]["station"]] = said["reason"]
        return found

    with signed_in(district.server, "whole") as whole, signed_in(district.server, "street") as street:
        assert watching(whole) == {OWN: "watching", FOREIGN: "watching"}
        assert watching(street) == {OWN: "watching", FOREIGN: "unknown_camera"}
    views = district.database.execute("SELECT DISTINCT actor, place FROM deed WHERE action = 'live_view_began'")
    assert sorted(views.fetchall()) == [("street", OWN), ("whole", OWN), ("whole", FOREIGN)]
