"""Who is told, when, and why not: a real server, a real database, a real receiver."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from psycopg.types.json import Jsonb

from storage import routing
from storage.alerts import Round
from storage.deeds import SYSTEM
from storage.rules import table
from storage.steps import run
from tests.support.own_rules import TITLE, put_rule
from tests.support.people import ON, add_person, signed_in
from tests.support.server import Served, add_alert, add_delivery, add_station, add_subscription, now, serving
from tests.support.waiting import wait_for
from tests.support.webhooks import Receiver, receiving
from wire.words import RULES

Connection = psycopg.Connection[Any]
QUICK = {
    "allow_private_addresses": True,
    "ports": [],
    "retry_first_s": 0.05,
    "retry_longest_s": 0.1,
    "poll_s": 0.5,
    "digest_s": 1.0,
}
PUBLIC = "https://shian.example"
PATIENCE_S = 120.0


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for code, parent in (("city", None), ("east", "city"), ("west", "city")):
            connection.execute("INSERT INTO area (code, name, parent) VALUES (%s, %s, %s)", [code, code, parent])
        add_station(connection, "m1", area="east", title="朝阳农贸市场")
        add_station(connection, "m2", area="west")
        yield connection


def routed(database: Connection, alert: UUID, subscription: UUID, **columns: Any) -> UUID:
    return add_delivery(database, alert, subscription, **columns)


def settled(database: Connection, delivery: UUID, state: str) -> None:
    def is_so() -> bool:
        return database.execute("SELECT state FROM delivery WHERE id = %s", [delivery]).fetchone() == (state,)

    wait_for(is_so, timeout_s=PATIENCE_S, what=f"the delivery to be {state}")


def decided(database: Connection, delivery: UUID, reason: str) -> dict[str, Any]:
    """Wait for a decision, and return its facts."""
    asked = "SELECT facts FROM routing_decision WHERE delivery = %s AND reason = %s"
    wait_for(
        lambda: database.execute(asked, [delivery, reason]).fetchone() is not None,
        timeout_s=PATIENCE_S,
        what=f"the decision {reason}",
    )
    row = database.execute(asked, [delivery, reason]).fetchone()
    assert row
    return dict(row[0])


def said(receiver: Receiver, number: int = -1) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(receiver.received[number].body)["data"]
    return data


def subscribe(client: Served, receiver: Receiver, **wishes: Any) -> httpx.Response:
    body = {"name": "my phone", "channel": "webhook", "address": receiver.address, **wishes}
    return client.client.post("/api/v1/subscriptions", json=body)


def test_somebody_makes_sees_and_changes_his_own_within_his_area(dsn: str, database: Connection) -> None:
    add_person(database, "wang", "inspector", area="east")
    add_person(database, "li", "inspector", area="west")
    add_person(database, "head", "monitoring_centre")
    with (
        receiving() as receiver,
        serving(dsn, delivery=QUICK, accounts=ON) as server,
        signed_in(server, "wang") as wang,
        signed_in(server, "li") as li,
        signed_in(server, "head") as head,
    ):
        assert subscribe(wang, receiver).status_code == 403
        assert subscribe(wang, receiver, areas=["west"]).status_code == 403
        assert subscribe(wang, receiver, areas=["east"], account="li").status_code == 403
        for bad, place in (
            ({"items": ["tea"]}, "items"),
            ({"areas": ["moon"]}, "areas"),
            ({"stations": ["x"]}, "stations"),
            ({"rules": ["failed_tests"]}, "rules"),
        ):
            answer = subscribe(head, receiver, **bad)
            assert (answer.status_code, place in answer.json()["detail"]) == (422, True)
        wrong = subscribe(head, receiver, hours=[{"from": "8"}])
        assert wrong.status_code == 422
        assert "hours" in json.dumps(wrong.json()["errors"])
        made = subscribe(wang, receiver, areas=["east"])
        assert made.status_code == 201, made.text
        mine = made.json()
        assert (mine["account"], mine["is_working"]) == ("wang", False)
        assert [one["id"] for one in wang.get("/api/v1/subscriptions").json()["items"]] == [mine["id"]]
        assert li.get("/api/v1/subscriptions").json()["items"] == []
        assert li.client.post(f"/api/v1/subscriptions/{mine['id']}/disable", json={}).status_code == 404
        assert [one["id"] for one in head.get("/api/v1/subscriptions").json()["items"]] == [mine["id"]]
        changed = wang.client.put(
            f"/api/v1/subscriptions/{mine['id']}",
            json={"name": "mine", "areas": ["east"], "tells": ["new", "resolved"], "severities": ["critical"]},
        )
        assert changed.json()["tells"] == ["new", "resolved"]
    actions = {row[0] for row in database.execute("SELECT action FROM deed").fetchall()}
    assert {"subscription_created", "subscription_changed"} <= actions


def test_a_rule_of_ones_own_and_a_condition_choose_what_is_told(dsn: str, database: Connection) -> None:
    put_rule(database, "near_limit", "value > 40.0")
    own = {"rule": "near_limit", "facts": Jsonb({"value": 45.5, "title": TITLE})}
    with receiving() as receiver, serving(dsn, delivery=QUICK) as server:
        preview = "/api/v1/subscriptions/preview"
        near, failed = add_alert(database, "m1", **own), add_alert(database, "m1", facts=Jsonb({"value": 63.1}))
        for filters, shown in (
            ({"rules": ["near_limit"]}, {str(near)}),
            ({"condition": "value > 60.0"}, {str(failed)}),
            ({"rules": ["near_limit"], "condition": "value > 60.0"}, set()),
        ):
            found = server.client.post(preview, json=filters).json()
            assert ({one["id"] for one in found["items"]}, found["count"]) == (shown, len(shown))
        for method, path in (("POST", "/api/v1/subscriptions"), ("POST", preview)):
            body = {"condition": "value > 60"} if path == preview else {"name": "n", "address": receiver.address}
            answer = server.client.request(method, path, json={**body, "condition": "rule == 1"})
            (error,) = answer.json()["errors"]
            assert (answer.status_code, error["where"], error["line"], error["column"]) == (422, "condition", "1", "9")
        made = subscribe(server, receiver, rules=["near_limit"], condition="value > 40.0").json()
        assert (made["rules"], made["condition"]) == (["near_limit"], "value > 40.0")
        other = subscribe(server, receiver, condition="value > 50.0").json()["id"]
        with database.transaction(), database.cursor() as cursor:
            run(cursor, routing.route(Round(now()), [near], [0.0], [0]))
        wait_for(lambda: bool(receiver.received), timeout_s=PATIENCE_S, what="the message")
        assert said(receiver)["title"]["zh"].startswith(TITLE["zh"])
        told = server.get(f"/api/v1/alerts/{near}/explanation").json()
        assert [(one["name"], one["passed"]) for one in told["chosen"]] == [
            ("my phone", ["rule near_limit", "condition value > 40.0"])
        ]
        (spared,) = [one for one in told["not_chosen"] if one["subscription"] == other]
        assert "condition" in [each["filter"] for each in spared["left_out_by"]]
        drill = server.client.post("/api/v1/drills", json={"title": "t", "station": "m1", "plays": "near_limit"})
        assert drill.status_code == 201, drill.text
        wait_for(lambda: len(receiver.received) > 1, timeout_s=PATIENCE_S, what="the drill")
        assert said(receiver)["title"]["zh"].startswith(f"【演练】{TITLE['zh']}")
        unknown = server.client.post("/api/v1/drills", json={"title": "t", "station": "m1", "plays": "no_rule"})
        assert unknown.status_code == 422


def test_a_rule_of_ones_own_has_its_title_wherever_it_is_named(dsn: str, database: Connection) -> None:
    put_rule(database, "near_limit", "value > 40.0")
    with database.transaction(), database.cursor() as cursor:
        run(cursor, table.remove("near_limit", actor=SYSTEM, now=now()))
    add_alert(database, "m1", rule="near_limit")
    add_alert(database, "m1")
    with serving(dsn) as server:
        titles = {one["name"]: one["title"] for one in server.get("/api/v1/rules/titles").json()}
        assert titles["near_limit"] == TITLE
        for language, own, of_system in (("zh", TITLE["zh"], RULES["failed_test"].zh), ("en", TITLE["en"], "Failed")):
            file = server.client.get("/api/v1/alerts.csv", headers={"Accept-Language": language}).text
            assert own in file
            assert of_system in file
            assert "near_limit" not in file
        days = {"from": f"{now() - timedelta(2):%Y-%m-%d}", "to": f"{now() + timedelta(2):%Y-%m-%d}"}
        made = server.client.get("/api/v1/reports.xlsx", params={**days, "language": "zh"})
        with zipfile.ZipFile(io.BytesIO(made.content)) as parts:
            written = "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))
        assert TITLE["zh"] in written
        assert "near_limit" not in written


def test_a_channel_works_when_a_test_message_was_confirmed(dsn: str, database: Connection) -> None:
    with receiving() as receiver, serving(dsn, delivery=QUICK, public_url=PUBLIC) as server:
        mine = subscribe(server, receiver).json()["id"]
        at = f"/api/v1/subscriptions/{mine}"
        answer = server.client.post(f"{at}/test")
        assert answer.json()["outcome"] == "delivered"
        assert server.client.post(f"{at}/test").status_code == 429
        told = said(receiver)
        code = told["facts"]["code"]
        assert told["title"]["zh"] == f"测试消息，验证码 {code}"
        wrong = "000000" if code != "000000" else "111111"
        assert server.client.post(f"{at}/confirm", json={"code": wrong}).status_code == 422
        assert server.client.post(f"{at}/confirm", json={"code": code}).json()["is_working"] is True
        # By the link of another test.
        database.execute("UPDATE subscription SET confirmed_at = NULL, tested_at = NULL")
        assert server.client.post(f"{at}/test").status_code == 200
        path = said(receiver)["acknowledge_url"].removeprefix(PUBLIC)
        assert server.client.get(path).status_code == 200
        assert server.get(f"{at.rsplit('/', 1)[0]}").json()["items"][0]["is_working"] is False
        assert server.client.post(path).status_code == 200
        assert server.get("/api/v1/subscriptions").json()["items"][0]["is_working"] is True
        assert server.client.post(path).status_code == 410


def test_five_wrong_codes_end_a_test(dsn: str, database: Connection) -> None:
    with receiving() as receiver, serving(dsn, delivery=QUICK) as server:
        at = f"/api/v1/subscriptions/{subscribe(server, receiver).json()['id']}"
        server.client.post(f"{at}/test")
        code = said(receiver)["facts"]["code"]
        for number in range(5):
            wrong = f"{(int(code) + 1 + number) % 10**6:06d}"
            assert server.client.post(f"{at}/confirm", json={"code": wrong}).status_code == 422
        assert server.client.post(f"{at}/confirm", json={"code": code}).status_code == 422


def test_a_preview_counts_what_the_last_days_would_have_told_and_when(dsn: str, database: Connection) -> None:
    for number in range(3):
        add_alert(database, "m1", sample=str(number))
    add_alert(database, "m2")
    add_alert(database, "m1", opened_at=datetime.now(UTC) - timedelta(days=8))
    with serving(dsn, delivery=QUICK) as server:
        asked = {"areas": ["east"], "rules": ["failed_test"]}
        answer = server.client.post("/api/v1/subscriptions/preview", json=asked).json()
        assert (answer["days"], answer["count"], len(answer["items"])) == (7, 3, 3)
        assert answer["items"][0]["at"] == answer["items"][0]["opened_at"]
        assert server.client.post("/api/v1/subscriptions/preview", json={"areas": ["moon"]}).status_code == 422


def test_a_pause_puts_off_and_its_end_tells(dsn: str, database: Connection) -> None:
    with receiving() as receiver, serving(dsn, delivery=QUICK) as server:
        mine = subscribe(server, receiver).json()["id"]
        at = f"/api/v1/subscriptions/{mine}/pause"
        later = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
        assert server.client.post(at, json={"until": later}).json()["is_working"] is False
        delivery = routed(database, add_alert(database, "m1"), UUID(mine))
        over = add_alert(database, "m1")
        missed = routed(database, over, UUID(mine))
        decided(database, delivery, "paused")
        decided(database, missed, "paused")
        database.execute("UPDATE alert SET state = 'resolved' WHERE id = %s", [over])
        assert receiver.received == []
        server.client.post(at, json={"until": None})
        settled(database, delivery, "delivered")
        settled(database, missed, "not_sent")
        decided(database, missed, "over")
    assert len(receiver.received) == 1


def test_a_silence_puts_off_all_but_failed_tests_until_it_ends(dsn: str, database: Connection) -> None:
    ends = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    with receiving() as receiver, serving(dsn, delivery=QUICK) as server:
        for bad in ({"reason": "all"}, {"stations": ["m1"], "reason": " "}, {"stations": ["nowhere"], "reason": "x"}):
            assert server.client.post("/api/v1/silences", json={"ends_at": ends, **bad}).status_code == 422
        body = {"kind": "maintenance", "stations": ["m1"], "reason": "new cabling", "ends_at": ends}
        silence = server.client.post("/api/v1/silences", json=body).json()
        assert (silence["is_active"], silence["author"]) == (True, "local")
        subscription = add_subscription(database, receiver.address)
        quiet = routed(database, add_alert(database, "m1", rule="station_offline", item=""), subscription)
        loud = routed(database, add_alert(database, "m1"), subscription)
        settled(database, loud, "delivered")
        assert decided(database, quiet, "silenced")["reason"] == "new cabling"
        assert server.get("/api/v1/silences", active="true").json()["items"][0]["held"] == 1
        assert server.client.post(f"/api/v1/silences/{silence['id']}/end").json()["ended_by"] == "local"
        settled(database, quiet, "delivered")
        assert server.client.post(f"/api/v1/silences/{silence['id']}/end").status_code == 409
    actions = [row[0] for row in database.execute("SELECT action FROM deed ORDER BY recorded_at").fetchall()]
    assert {"silence_begun", "silence_ended"} <= set(actions)


def test_of_a_station_that_is_offline_nobody_is_told_that_its_devices_are(dsn: str, database: Connection) -> None:
    with receiving() as receiver, serving(dsn, delivery=QUICK):
        subscription = add_subscription(database, receiver.address)
        cause = add_alert(database, "m1", rule="station_offline", item="")
        hushed = routed(database, add_alert(database, "m1", rule="device_silent", item=""), subscription)
        elsewhere = routed(database, add_alert(database, "m2", rule="device_silent", item=""), subscription)
        settled(database, elsewhere, "delivered")
        assert decided(database, hushed, "inhibited") == {"id": str(cause), "rule": "station_offline"}
        database.execute("UPDATE alert SET state = 'resolved' WHERE id = %s", [cause])
        database.execute("UPDATE delivery SET next_attempt_at = now() WHERE id = %s", [hushed])
        settled(database, hushed, "delivered")


def test_an_alert_is_acknowledged_by_the_link_of_its_message_once(dsn: str, database: Connection) -> None:
    account = add_person(database, "wang", "inspector", area="east")
    with receiving() as receiver, serving(dsn, delivery=QUICK, accounts=ON, public_url=PUBLIC) as server:
        subscription = add_subscription(database, receiver.address, account=account, may_acknowledge=True)
        alert = add_alert(database, "m1")
        settled(database, routed(database, alert, subscription), "delivered")
        path = said(receiver)["acknowledge_url"].removeprefix(PUBLIC)
        # A mail program that looks at links does nothing by that.
        for _ in range(2):
            page = server.client.get(path)
            assert (page.status_code, "签收 / Acknowledge" in page.text, "<script" in page.text) == (200, True, False)
            assert " CST" in page.text  # by the district's clock
        assert database.execute("SELECT state FROM alert WHERE id = %s", [alert]).fetchone() == ("open",)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "form-action 'self'" in policy
        assert page.headers["referrer-policy"] == "same-origin"
        assert server.client.post(path, headers={"Origin": "https://evil.example"}).status_code == 403
        assert server.client.post(path).status_code == 200
        steps = database.execute(
            "SELECT actor FROM alert_step WHERE alert = %s AND action = 'acknowledged'", [alert]
        ).fetchall()
        assert steps == [("wang",)]
        again = server.client.post(path)
        assert (again.status_code, "已于" in again.text, "used already" in again.text) == (410, True, True)
        assert server.client.get(path[:-2] + ("AA" if not path.endswith("AA") else "BB")).status_code == 404
    deeds = database.execute("SELECT action, actor, account FROM deed WHERE action LIKE %s", ["%_%"]).fetchall()
    assert ("link_used", "wang", account) in deeds
    assert ("alert_acknowledged", "wang", account) in deeds


def test_a_link_of_somebody_who_may_no_more_or_of_yesterday_does_nothing(dsn: str, database: Connection) -> None:
    account = add_person(database, "wang", "inspector", area="east")
    short = QUICK | {"link_hours": 0.0001}
    with receiving() as receiver, serving(dsn, delivery=QUICK, accounts=ON, public_url=PUBLIC) as server:
        subscription = add_subscription(database, receiver.address, account=account, may_acknowledge=True)
        settled(database, routed(database, add_alert(database, "m1"), subscription), "delivered")
        path = said(receiver)["acknowledge_url"].removeprefix(PUBLIC)
        database.execute("UPDATE account_role SET area = 'west'")
        assert server.client.post(path).status_code == 403
        database.execute("UPDATE account_role SET area = 'east'")
        database.execute("UPDATE account SET is_enabled = false")
        assert server.client.post(path).status_code == 403
        database.execute("UPDATE account SET is_enabled = true")
        database.execute("UPDATE alert SET state = 'resolved'")
        assert server.client.post(path).status_code == 409
    with receiving() as receiver, serving(dsn, delivery=short, accounts=ON, public_url=PUBLIC) as server:
        database.execute("UPDATE subscription SET address = %s", [receiver.address])
        settled(database, routed(database, add_alert(database, "m1"), subscription), "delivered")
        path = said(receiver)["acknowledge_url"].removeprefix(PUBLIC)
        wait_for(lambda: server.client.get(path).status_code == 410, timeout_s=PATIENCE_S, what="the link to expire")
        assert "过期" in server.client.post(path).text


def test_whoever_has_no_account_any_more_gets_nothing_and_it_is_told(dsn: str, database: Connection) -> None:
    account = add_person(database, "wang", "inspector", area="east")
    with receiving() as receiver, serving(dsn, delivery=QUICK, accounts=ON):
        subscription = add_subscription(database, receiver.address, account=account)
        database.execute("UPDATE account SET is_enabled = false")
        alert = add_alert(database, "m1")
        delivery = routed(database, alert, subscription)
        settled(database, delivery, "failed")
        reasons = database.execute("SELECT reason FROM routing_decision WHERE delivery = %s", [delivery]).fetchall()
        assert reasons in ([("account_ended",)], [("disabled",)])
        step = database.execute("SELECT action FROM alert_step WHERE alert = %s ORDER BY position", [alert]).fetchall()
        assert step[-1] == ("delivery_failed",)
        ended = "SELECT is_enabled, ended_for FROM subscription"
        assert database.execute(ended).fetchone() == (False, "account_ended")
    assert receiver.received == []


def test_the_steps_of_an_alert_are_told_to_whoever_asked(dsn: str, database: Connection) -> None:
    with receiving() as receiver, serving(dsn, delivery=QUICK) as server:
        add_subscription(
            database, receiver.address, tells=["acknowledged", "resolved"], secret=None, channel="dingtalk"
        )
        alert = add_alert(database, "m1")
        server.client.post(f"/api/v1/alerts/{alert}/acknowledge", json={})
        wait_for(lambda: len(receiver.received) == 1, timeout_s=PATIENCE_S, what="the first step")
        server.client.post(f"/api/v1/alerts/{alert}/resolve", json={"measure": "held"})
        wait_for(lambda: len(receiver.received) >= 2, timeout_s=PATIENCE_S, what="the second step")
    texts = [json.loads(request.body)["text"]["content"] for request in receiver.received]
    assert [bool(re.match(r"【已(签收|办结) local】", text)) for text in texts] == [True] * len(texts)


def test_after_the_clock_was_put_back_nothing_waits_for_the_old_time(dsn: str, database: Connection) -> None:
    with receiving() as receiver, serving(dsn, delivery=QUICK):
        ahead = datetime.now(UTC) + timedelta(hours=1)
        subscription = add_subscription(database, receiver.address)
        # As the rows are after the clock of the database went back by an hour.
        delivery = routed(
            database, add_alert(database, "m1"), subscription, next_attempt_at=ahead, created_at=ahead, touched_at=ahead
        )
        settled(database, delivery, "delivered")


def test_a_drill_is_flagged_everywhere_and_its_report_says_who_answered_when(dsn: str, database: Connection) -> None:
    with receiving() as receiver, receiving() as group, serving(dsn, delivery=QUICK, public_url=PUBLIC) as server:
        add_subscription(database, receiver.address, rules=["failed_test"], areas=["city"], may_acknowledge=True)
        robot = group.address
        add_subscription(database, robot, channel="dingtalk", secret=None, rules=["failed_test"], name="group")
        add_subscription(database, receiver.address, rules=["station_offline"], name="not wanted")
        body = {"title": "spring drill", "station": "m1", "commodity": "韭菜"}
        assert server.client.post("/api/v1/drills", json=body | {"station": "moon"}).status_code == 422
        drill = server.client.post("/api/v1/drills", json=body).json()
        wait_for(lambda: receiver.received and group.received, timeout_s=PATIENCE_S, what="both messages")
        told = said(receiver)
        assert (told["is_drill"], told["rule"]) == (True, "drill")
        assert told["title"]["zh"].startswith("【演练】快检初筛不合格：韭菜")
        text = json.loads(group.received[0].body)["text"]["content"]
        assert ("【演练】" in text, "并非真实预警" in text) == (True, True)
        path = told["acknowledge_url"].removeprefix(PUBLIC)
        assert "【演练】" in server.client.get(path).text
        assert server.client.post(path).status_code == 200
        report = server.client.post(f"/api/v1/drills/{drill['id']}/end").json()
        assert server.client.post(f"/api/v1/drills/{drill['id']}/end").status_code == 409
    assert [one["subscription"] for one in report["told"]] == ["group", "street office"]
    assert [step["action"] for step in report["steps"]][:3] == ["opened", "acknowledged", "resolved"]
    assert report["steps"][1]["actor"] == "street office"
    assert report["steps"][1]["after_s"] >= 0
    assert database.execute("SELECT count(*) FROM alert WHERE rule = 'failed_test'").fetchone() == (0,)
