"""One result in full: the limit that decided, the device's bytes, the place in the chain, for whom."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from uuid_utils.compat import uuid7

from tests.support.people import ON, PASSWORD, add_person
from tests.support.server import Served, add_alert, add_result, add_station, now, serving

Connection = psycopg.Connection[Any]
STREAM, RESULT = uuid7(), uuid7()
BODY = {
    "data": {
        "value_text": "63.1",
        "limits_version": "7",
        "station_verdict": "pass",
        "raw": "MSwyMDI2LTAzLTAxLDYzLjEK",
        "limit": {"comparison": ">=", "value": 50.0, "unit": "%", "standard": "GB/T 5009.199"},
    }
}


def add_event(database: Connection, sequence: int, kind: str, body: dict[str, Any], event: Any = None) -> None:
    raw = json.dumps(body).encode()
    row = [
        STREAM,
        sequence,
        event or uuid7(),
        kind,
        now() + timedelta(seconds=sequence),
        hashlib.sha256(raw).digest(),
        raw,
    ]
    database.execute(
        "INSERT INTO event (stream, sequence, id, station, type, recorded_at, received_at, previous, hash, body)"
        " VALUES (%s, %s, %s, 'm1', %s, %s, now(), sha256('before'), %s, %s)",
        row,
    )


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO area VALUES ('east', NULL, '东', ''), ('west', NULL, '西', '')")
        add_station(connection, "m1", area="east")
        words = {"verdict": "fail", "decided_verdict": "fail", "value": 63.1, "value_text": "63.1"}
        add_result(connection, "m1", event=RESULT, decided_by="pesticide-inhibition-5009.199", sample="7", **words)
        connection.execute(
            "INSERT INTO stream (id, station, through, highest, signed_through) VALUES (%s, 'm1', 9, 9, 8)", [STREAM]
        )
        add_event(connection, 5, "shian.result.v1", BODY, RESULT)
        add_event(connection, 9, "shian.checkpoint.v1", {})
        connection.execute(
            "INSERT INTO anchor (number, at, hash, statement) VALUES (3, now() + interval '1 hour', '', '')"
        )
        connection.execute("INSERT INTO anchor_place (name, number) VALUES ('folder', 3), ('mail', 2)")
        add_alert(connection, "m1", event=RESULT)
        yield connection


@pytest.mark.usefixtures("database")
def test_a_result_has_its_limit_its_bytes_and_its_proof(dsn: str) -> None:
    with serving(dsn) as site:
        answer = site.get(f"/api/v1/results/{RESULT}").json()
        assert answer["row"]["value_text"] == "63.1"
        limit = answer["limit"]
        assert (limit["comparison"], limit["value"], limit["unit"]) == (">=", 50, "%")
        assert limit["source"].startswith("GB/T 5009.199")
        assert answer["own_limit"]["value"] == 50
        assert answer["by_station"] == {"limits_version": "7", "verdict": "pass"}, "and the centre decided: fail"
        assert (answer["raw"], answer["said"]["value_text"]) == (BODY["data"]["raw"], "63.1")
        assert "raw" not in answer["said"]
        place = answer["place"]
        assert (place["sequence"], place["signed_by"], place["anchor"], place["kept_at"]) == (5, 9, 3, ["folder"])
        assert [one["rule"] for one in answer["alerts"]] == ["failed_test"]
        assert site.get(f"/api/v1/results/{uuid7()}").status_code == 404


def test_what_no_signature_covers_yet_is_not_said_to_be(dsn: str, database: Connection) -> None:
    database.execute("UPDATE stream SET signed_through = 4")
    with serving(dsn) as site:
        place = site.get(f"/api/v1/results/{RESULT}").json()["place"]
        assert (place["signed_by"], place["signed_at"], place["anchor"], place["kept_at"]) == (None, None, None, [])


@pytest.mark.parametrize(
    ("role", "area", "status", "has_ledger"),
    [("inspector", "east", 200, True), ("inspector", "west", 404, False), ("station_operator", "east", 200, False)],
)
def test_it_is_for_those_of_its_area_and_the_ledger_for_those_who_may(
    dsn: str, database: Connection, role: str, area: str, status: int, *, has_ledger: bool
) -> None:
    add_person(database, "wang", role, area=area)
    with serving(dsn, accounts=ON) as site:
        sign_in(site, "wang")
        answer = site.get(f"/api/v1/results/{RESULT}")
        assert answer.status_code == status
        if status == 200:
            assert (answer.json()["place"] is not None, answer.json()["raw"] is not None) == (has_ledger, has_ledger)


def sign_in(site: Served, name: str) -> None:
    words = {"name": name, "password": PASSWORD}
    site.client.post("/api/v1/session", json=words, headers={"Origin": site.address}).raise_for_status()
