"""Four eyes: one account asks for a deed, another confirms or rejects it; and how a void result looks then."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from storage import four_eyes
from tests.support.desk import Desk
from tests.support.people import ON, add_person, add_token, signed_in
from tests.support.server import Served, add_alert, add_result, add_station, add_subscription, now, serving
from tests.support.station import result
from tests.support.waiting import wait_for
from tests.support.webhooks import Answer, receiving

Connection = psycopg.Connection[Any]
QUIET = {"ingest_silent": {"is_on": False}, "broker_away": {"is_on": False}, "look_s": 0.1}
QUICK = {"allow_private_addresses": True, "ports": [], "retry_first_s": 0.05, "poll_s": 0.5}
WHY = {"why": "the kit was out of date"}
LIMIT = {
    "code": "nitrite-test",
    "item": "nitrite",
    "standard": "GB 2760",
    "comparison": ">",
    "value": 30,
    "unit": "mg/kg",
    "valid_from": "2027-01-01",
    "why": "new edition",
}


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for code, parent in (("district", None), ("east", "district"), ("west", "district")):
            connection.execute("INSERT INTO area (code, parent, name) VALUES (%s, %s, %s)", [code, parent, code])
        add_station(connection, "m-east", area="east")
        add_station(connection, "m-west", area="west")
        yield connection


@pytest.fixture
def server(dsn: str, database: Connection) -> Iterator[Served]:
    with serving(dsn, accounts=ON, watch=QUIET) as site:
        yield site


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def failed_result(database: Connection, station: str = "m-east", **columns: Any) -> UUID:
    """Insert a failed result with its alert and counts, as ingest stores them."""
    event = add_result(database, station, verdict="fail", decided_verdict="fail", **columns)
    alert = add_alert(database, station, event=event)
    database.execute("UPDATE alert_step SET event = %s WHERE alert = %s", [event, alert])
    day, sample = "(now() AT TIME ZONE 'Asia/Shanghai')::date", f"tester/{columns.get('sample', '1')}/菠菜"
    database.execute(
        f"INSERT INTO daily_result VALUES ({day}, %s, 'pesticide_inhibition', 'fail', 1)"
        " ON CONFLICT (day, station, item, verdict) DO UPDATE SET tests = daily_result.tests + 1".encode(),
        [station],
    )
    new = f"INSERT INTO daily_sample VALUES ({day}, %s, %s, true) ON CONFLICT DO NOTHING"
    if database.execute(new.encode(), [station, sample]).rowcount:
        database.execute(
            f"INSERT INTO daily_station VALUES ({day}, %s, 1, 1) ON CONFLICT (day, station)"
            " DO UPDATE SET samples = daily_station.samples + 1, failed = daily_station.failed + 1".encode(),
            [station],
        )
    return event


def deeds(database: Connection, *actions: str) -> list[tuple[str, str, str]]:
    return database.execute(
        "SELECT action, actor, why FROM deed WHERE action = ANY(%s) ORDER BY event", [list(actions)]
    ).fetchall()


DECISIONS = ("proposal_made", "proposal_confirmed", "proposal_rejected", "proposal_withdrawn", "proposal_ended")


def test_a_result_is_void_when_a_second_account_confirms_and_all_places_say_so(
    server: Served, database: Connection
) -> None:
    add_person(database, "wang", "inspector")
    add_person(database, "li", "inspector")
    event = failed_result(database)
    with signed_in(server, "wang") as wang, signed_in(server, "li") as li:
        asked = wang.client.post(f"/api/v1/results/{event}/void", json=WHY)
        assert (asked.status_code, asked.json()["is_done"]) == (200, False)
        path = f"/api/v1/proposals/{asked.json()['proposal']}"
        assert problem(wang.client.post(f"/api/v1/results/{event}/void", json=WHY)) == (409, "waits-already")
        assert li.get("/api/v1/results").json()["items"][0]["is_void"] is False
        for verb in ("confirm", "reject"):
            assert problem(wang.client.post(f"{path}/{verb}", json=WHY)) == (403, "same-account")
        assert li.client.post(f"{path}/confirm", json={}).status_code == 422  # a reason, always
        assert problem(li.client.post(f"{path}/withdraw", json=WHY)) == (403, "not-yours")
        (shown,) = li.get("/api/v1/proposals", state="waiting").json()["items"]
        assert (shown["action"], shown["subject"], shown["is_mine"]) == ("result_voided", str(event), False)
        done = li.client.post(f"{path}/confirm", json={"why": "seen the kit"}).json()
        assert (done["state"], done["asked_by"], done["decided_by"]) == ("confirmed", "wang", "li")
        assert problem(li.client.post(f"{path}/confirm", json=WHY)) == (409, "decided-already")
        assert problem(wang.client.post(f"/api/v1/results/{event}/void", json=WHY)) == (409, "void-already")

        (row,) = li.get("/api/v1/results", is_void="true").json()["items"]
        assert (row["verdict"], row["is_void"], row["voided_by"], row["void_confirmed_by"], row["void_why"]) == (
            *("fail", True, "wang", "li", WHY["why"]),
        )
        assert li.get("/api/v1/results", is_void="false").json()["items"] == []
        file = li.get("/api/v1/results.csv", language="en").content.decode("utf-8-sig")
        (line,) = csv.DictReader(io.StringIO(file))
        assert (line["void"], line["reason of the voiding"]) == ("1", WHY["why"])
        counted = li.get("/api/v1/counts", by=["day", "station", "item", "verdict"]).json()
        assert [(one["tests"], one["voided"]) for one in counted["tests"]] == [(1, 1)]
        assert [(one["samples"], one["failed"], one["voided"]) for one in counted["samples"]] == [(1, 1, 1)]
        assert li.get("/api/v1/stations/m-east").json()["voided_tests"] == 1
        (alert,) = li.get("/api/v1/alerts").json()["items"]
        assert (alert["state"], alert["voided"]) == ("open", 1)
        step = li.get(f"/api/v1/alerts/{alert['id']}").json()["steps"][-1]
        assert (step["action"], step["actor"], step["note"], step["event"]) == (
            *("result_voided", "wang", WHY["why"], str(event)),
        )
    assert deeds(database, *DECISIONS, "result_voided") == [
        ("proposal_made", "wang", WHY["why"]),
        ("proposal_confirmed", "li", "seen the kit"),
        ("result_voided", "li", WHY["why"]),
    ]
    (facts,) = database.execute("SELECT facts::jsonb FROM deed WHERE action = 'result_voided'").fetchall()
    assert (facts[0]["asked_by"], facts[0]["confirmed_by"], facts[0]["verdict"]) == ("wang", "li", "fail")


def test_whoever_was_told_of_the_failed_test_is_told_once_that_it_is_void(
    dsn: str, database: Connection, desk: Desk
) -> None:
    """Tell two receivers of the alert, by two channels. Another one wants other rules, one subscribes later."""
    for name in ("wang", "li"):
        add_person(database, name, "inspector")
    station = desk.station("m-east")
    told = (
        "SELECT s.name, d.occasion, d.state FROM delivery d JOIN subscription s ON s.id = d.subscription ORDER BY 2, 1"
    )
    with (
        receiving() as hook,
        receiving(lambda _: Answer(200, body=b'{"errcode": 0}')) as robot,
        serving(dsn, accounts=ON, watch=QUIET, delivery=QUICK) as server,
    ):
        add_subscription(database, hook.address, name="office")
        add_subscription(database, robot.address, name="group", channel="dingtalk", secret=None, language="both")
        add_subscription(database, hook.address, name="others", rules=["station_offline"])
        station.add(result(63.0, device_verdict=None))
        desk.take(station.topic, *station.bodies)
        wait_for(lambda: hook.received and robot.received, timeout_s=60, what="both to be told of the failed test")
        add_subscription(database, hook.address, name="later")
        ((event,),) = database.execute("SELECT event FROM result").fetchall()
        with signed_in(server, "wang") as wang, signed_in(server, "li") as li:
            asked = wang.client.post(f"/api/v1/results/{event}/void", json=WHY).json()
            confirm = f"/api/v1/proposals/{asked['proposal']}/confirm"
            assert [row[1] for row in database.execute(told)] == ["new", "new"]  # asked for, not done
            assert li.client.post(confirm, json={"why": "seen the kit"}).status_code == 200
            assert problem(li.client.post(confirm, json=WHY)) == (409, "decided-already")
            both = [("group", "result_voided", "delivered"), ("office", "result_voided", "delivered")]
            wait_for(
                lambda: both == [row for row in database.execute(told) if row[1] == "result_voided"],
                timeout_s=60,
                what="both to be told of the voiding",
            )
            (alert,) = li.get("/api/v1/alerts").json()["items"]
            assert [step["action"] for step in li.get(f"/api/v1/alerts/{alert['id']}").json()["steps"]] == [
                *("opened", "result_voided"),
            ]
            wishes = {"name": "x", "address": hook.address, "tells": ["result_voided"]}
            assert wang.client.post("/api/v1/subscriptions", json=wishes).status_code in (403, 422)
    assert (len(hook.received), len(robot.received)) == (2, 2)
    data = json.loads(hook.received[1].body)["data"]
    assert (data["occasion"], data["by"], data["why"], data["voided"]) == ("result_voided", "wang", WHY["why"], 1)
    text = json.loads(robot.received[1].body)["text"]["content"]
    assert text.startswith("【检测结果已作废 wang】快检初筛不合格")
    for words in ("[result declared void, wang]", f"原因：{WHY['why']}", f"Reason: {WHY['why']}", "预警仍须人工办结"):
        assert words in text


def test_a_sample_that_failed_by_another_test_too_stays_failed(server: Served, database: Connection) -> None:
    add_person(database, "wang", "inspector")
    four_eyes.change(database, "result_voided", is_on=False, actor="test")
    first, second = failed_result(database), failed_result(database)
    other = failed_result(database, sample="2")
    with signed_in(server, "wang") as wang:

        def voided() -> tuple[list[int], list[int]]:
            told = wang.get("/api/v1/counts", by=["day"]).json()
            return [one["voided"] for one in told["tests"]], [one["voided"] for one in told["samples"]]

        for event, tests, samples in ((first, 1, 0), (other, 2, 1), (second, 3, 2)):
            assert wang.client.post(f"/api/v1/results/{event}/void", json=WHY).json() == {
                "is_done": True,
                "proposal": None,
            }
            assert voided() == ([tests], [samples])


def test_a_rejected_a_withdrawn_and_a_late_one_change_nothing(server: Served, database: Connection) -> None:
    add_person(database, "wang", "inspector")
    add_person(database, "li", "inspector")
    event = failed_result(database)
    with signed_in(server, "wang") as wang, signed_in(server, "li") as li:

        def propose() -> str:
            answer = wang.client.post(f"/api/v1/results/{event}/void", json=WHY)
            assert answer.status_code == 200, answer.text
            return f"/api/v1/proposals/{answer.json()['proposal']}"

        assert li.client.post(f"{propose()}/reject", json={"why": "not so"}).json()["state"] == "rejected"
        assert wang.client.post(f"{propose()}/withdraw", json={"why": "my mistake"}).json()["state"] == "withdrawn"
        late = propose()
        database.execute("UPDATE proposal SET ends_at = now() WHERE state = 'waiting'")
        assert problem(li.client.post(f"{late}/confirm", json=WHY)) == (409, "proposal-ended")
        wait_for(lambda: deeds(database, "proposal_ended"), what="the deed of its end")
        assert li.get(late).json()["state"] == "ended"
        propose()  # it may be asked for again
        assert li.get("/api/v1/results").json()["items"][0]["is_void"] is False
    assert [deed[0] for deed in deeds(database, *DECISIONS)] == [
        *("proposal_made", "proposal_rejected", "proposal_made", "proposal_withdrawn", "proposal_made"),
        *("proposal_ended", "proposal_made"),
    ]


def test_a_single_administrator_is_told_the_way(server: Served, database: Connection) -> None:
    account = add_person(database, "admin", "administrator")
    add_person(database, "west", "inspector", area="west")  # may not decide for the east
    event = failed_result(database)
    with signed_in(server, "admin") as admin:
        refused = admin.client.post(f"/api/v1/results/{event}/void", json=WHY)
        assert problem(refused) == (409, "nobody-else")
        assert "shian four-eyes --off" in refused.json()["detail"]
        # A token of the same account is no second account.
        add_person(database, "wang", "inspector")
        asked = admin.client.post(f"/api/v1/results/{event}/void", json=WHY).json()
        bearer = {"Authorization": f"Bearer {add_token(database, account)}"}
        confirm = f"{server.address}/api/v1/proposals/{asked['proposal']}/confirm"
        assert problem(httpx.post(confirm, json=WHY, headers=bearer, trust_env=False, timeout=60)) == (
            403,
            "same-account",
        )


def test_the_token_of_the_installation_neither_asks_nor_decides(dsn: str, database: Connection, tmp_path: Any) -> None:
    add_person(database, "wang", "inspector")
    add_person(database, "li", "inspector")
    event = failed_result(database)
    file = tmp_path / "token"
    file.write_text("a-token-of-the-installation")
    file.chmod(0o600)
    bearer = {"Authorization": "Bearer a-token-of-the-installation"}
    with serving(dsn, accounts=ON, watch=QUIET, token_file=file) as server, signed_in(server, "wang") as wang:
        path = f"/api/v1/results/{event}/void"
        assert problem(server.client.post(path, json=WHY, headers=bearer)) == (403, "account-needed")
        asked = wang.client.post(path, json=WHY).json()
        answer = server.client.post(f"/api/v1/proposals/{asked['proposal']}/confirm", json=WHY, headers=bearer)
        assert problem(answer) == (403, "same-account")


def test_who_may_not_ask_for_it_may_not_decide_and_a_foreign_area_is_not_there(
    server: Served, database: Connection
) -> None:
    add_person(database, "wang", "inspector", area="east")
    add_person(database, "li", "inspector", area="east")
    add_person(database, "west", "inspector", area="west")
    add_person(database, "boss", "monitoring_centre")
    event = failed_result(database)
    four_eyes.change(database, "station_revoked", is_on=True, actor="test")
    with signed_in(server, "wang") as wang, signed_in(server, "west") as west, signed_in(server, "boss") as boss:
        assert west.client.post(f"/api/v1/results/{event}/void", json=WHY).status_code == 404
        asked = wang.client.post(f"/api/v1/results/{event}/void", json=WHY).json()
        path = f"/api/v1/proposals/{asked['proposal']}"
        assert west.get("/api/v1/proposals").json()["items"] == []
        for answer in (west.get(path), west.client.post(f"{path}/confirm", json=WHY)):
            assert answer.status_code == 404
        # An inspector voids results, and revokes no station.
        assert problem(boss.client.post("/api/v1/stations/m-east/revoke", json=WHY)) == (409, "nobody-else")
        add_person(database, "chief", "administrator")
        revoking = boss.client.post("/api/v1/stations/m-east/revoke", json=WHY).json()
        answer = wang.client.post(f"/api/v1/proposals/{revoking['proposal']}/confirm", json=WHY)
        assert problem(answer) == (403, "not-permitted")
        with signed_in(server, "chief") as chief:
            assert chief.client.post(f"/api/v1/proposals/{revoking['proposal']}/confirm", json=WHY).status_code == 200
    assert database.execute("SELECT standing FROM station WHERE name = 'm-east'").fetchone() == ("revoked",)


def test_a_station_is_revoked_at_once_as_shipped(server: Served, database: Connection) -> None:
    add_person(database, "boss", "monitoring_centre")
    database.execute(
        "INSERT INTO station_certificate (serial, station, ends_at, fingerprint)"
        " VALUES ('a1', 'm-east', now() + interval '1 day', '')"
    )
    with signed_in(server, "boss") as boss:
        assert boss.client.post("/api/v1/stations/m-east/revoke", json=WHY).json()["is_done"] is True
        assert boss.client.post("/api/v1/stations/nowhere/revoke", json=WHY).status_code == 404
    assert deeds(database, "station_revoked") == [("station_revoked", "boss", WHY["why"])]
    row = database.execute("SELECT standing, (SELECT revoked_at IS NOT NULL FROM station_certificate) FROM station")
    assert ("revoked", True) in row.fetchall()


def test_limits_are_added_and_ended_by_two(server: Served, database: Connection) -> None:
    add_person(database, "boss", "monitoring_centre")
    add_person(database, "chief", "administrator")
    add_person(database, "east", "administrator", area="east")
    with signed_in(server, "boss") as boss, signed_in(server, "chief") as chief, signed_in(server, "east") as east:
        assert problem(east.client.post("/api/v1/limits", json=LIMIT)) == (403, "outside-your-areas")
        assert len(east.get("/api/v1/limits").json()["items"]) == 3

        def by_two(path: str, json: Any) -> None:
            asked = boss.client.post(path, json=json)
            assert asked.status_code == 200, asked.text
            done = chief.client.post(f"/api/v1/proposals/{asked.json()['proposal']}/confirm", json=WHY)
            assert done.status_code == 200, done.text

        by_two("/api/v1/limits", LIMIT)
        assert problem(boss.client.post("/api/v1/limits", json=LIMIT)) == (409, "code-taken")
        past = {"valid_to": now().date().isoformat(), "why": "x"}
        assert problem(boss.client.post("/api/v1/limits/nitrite-test/end", json=past)) == (422, "day-is-past")
        by_two("/api/v1/limits/nitrite-test/end", {"valid_to": "2099-01-01", "why": "next edition"})
        (row,) = chief.get("/api/v1/limits", item="nitrite").json()["items"]
        assert (row["value"], row["valid_to"], row["version"]) == (30.0, "2099-01-01", 3)
        for wrong in ({"value": "nan"}, {"comparison": "="}, {"code": "../x"}, {"unit": ""}, {"why": ""}, {"x": 1}):
            assert boss.client.post("/api/v1/limits", json=LIMIT | wrong).status_code == 422, wrong
        assert problem(boss.client.post("/api/v1/limits/none/end", json=past)) == (404, "not-found")
    said = database.execute(
        "SELECT action, facts::jsonb ->> 'asked_by', facts::jsonb ->> 'confirmed_by' FROM deed"
        " WHERE action IN ('limit_added', 'limit_ended') ORDER BY event"
    ).fetchall()
    assert said == [("limit_added", "boss", "chief"), ("limit_ended", "boss", "chief")]


def test_a_file_of_limits_is_looked_at_and_then_asked_for_change_by_change(
    server: Served, database: Connection
) -> None:
    add_person(database, "chen", "administrator")
    add_person(database, "zhao", "monitoring_centre")
    with signed_in(server, "chen") as chen, signed_in(server, "zhao") as zhao:
        export = chen.get("/api/v1/limits.csv", language="zh").content
        same = chen.client.post("/api/v1/limits/import/check", content=export).json()
        assert (same["faults"], same["added"], same["ended"], same["missing"]) == ([], [], [], 0)
        new = b"import-test,nitrite,,GB 2760,0,>,30,mg/kg,2027-01-01,,a file,"
        wrong = export + new.replace(b",30,", b",much,")
        looked = chen.client.post("/api/v1/limits/import/check", content=wrong).json()
        assert [(one["row"], one["column"]) for one in looked["faults"]] == [(same["same"] + 2, "value")]
        good = export + new
        looked = chen.client.post("/api/v1/limits/import/check", content=good).json()
        assert [one["code"] for one in looked["added"]] == ["import-test"]
        path, asked = "/api/v1/limits/import", {"why": "new edition", "digest": looked["digest"]}
        other = chen.client.post(path, params=asked | {"digest": "0" * 64}, content=good)
        assert problem(other) == (409, "difference-changed")
        assert chen.client.post(path, params=asked, content=good).json()["proposals"] == 1
        assert problem(chen.client.post(path, params=asked, content=good)) == (409, "waits-already")
        (waiting,) = zhao.get("/api/v1/proposals", state="waiting").json()["items"]
        assert (waiting["action"], waiting["subject"]) == ("limit_added", "import-test")
        assert zhao.client.post(f"/api/v1/proposals/{waiting['id']}/confirm", json=WHY).status_code == 200
        assert "import-test" in {one["code"] for one in zhao.get("/api/v1/limits").json()["items"]}
