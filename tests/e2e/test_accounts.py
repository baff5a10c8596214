"""Accounts at a real server: signing in and out, sessions, tokens, the lock-out, and what each role sees where."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import psycopg
import pyotp
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from server.access.sign_in import code_step
from server.access.table import NO_ROLES, table
from storage import accounts
from storage.deeds import Actor
from storage.steps import run
from tests.support.people import ON, PASSWORD, add_person, add_token, signed_in
from tests.support.server import (
    Served,
    add_alert,
    add_reading,
    add_result,
    add_station,
    alert_item,
    publish,
    result_item,
    serving,
)
from tests.support.waiting import wait_for

Connection = psycopg.Connection[Any]
COOKIE = "shian_session"


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for code, parent in (("district", None), ("east", "district"), ("east-1", "east"), ("west", "district")):
            connection.execute("INSERT INTO area (code, parent, name) VALUES (%s, %s, %s)", [code, parent, code])
        add_station(connection, "m-east", area="east")
        add_station(connection, "m-east-1", area="east-1")
        add_station(connection, "m-west", area="west")
        add_station(connection, "m-none")
        yield connection


@pytest.fixture
def server(dsn: str, database: Connection) -> Iterator[Served]:
    with serving(dsn, accounts=ON) as site:
        yield site


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def sign_in(server: Served, name: str, password: str = PASSWORD, **more: Any) -> httpx.Response:
    """Sign in without keeping the cookie."""
    return httpx.post(
        f"{server.address}/api/v1/session",
        json={"name": name, "password": password, **more},
        trust_env=False,
        timeout=60,
    )


def status(server: Served, cookie: str, path: str = "/api/v1/stations") -> int:
    headers = {"Cookie": f"{COOKIE}={cookie}"}
    return httpx.get(server.address + path, headers=headers, trust_env=False, timeout=60).status_code


def test_without_signing_in_only_the_page_and_the_probes_answer(server: Served) -> None:
    for path in ("/", "/static/icon.svg", "/alerts", "/healthz", "/api/v1/session"):
        assert server.get(path).status_code == 200, path
    for path in ("/api/v1/stations", "/api/v1/accounts", "/api/v1/account", "/metrics", "/api/v1/nowhere"):
        assert problem(server.get(path)) == (401, "token-needed"), path
    with pytest.raises(InvalidStatus), server.live():
        pass


def test_a_session_is_opaque_and_ends_with_sign_out_wherever_a_copy_is(server: Served, database: Connection) -> None:
    add_person(database, "wang", "inspector")
    with signed_in(server, "Wang") as wang:  # names are compared without capitals
        cookie = wang.client.cookies[COOKIE]
        told = wang.get("/api/v1/session").json()
        assert (told["name"], told["roles"], told["is_signed_in"]) == ("wang", ["inspector"], True)
        kept = str(database.execute("SELECT s.*, a.* FROM session s JOIN account a ON true").fetchall())
        assert cookie not in kept
        assert PASSWORD not in kept
        assert status(server, cookie) == 200
        with wang.socket("/api/v1/live", additional_headers={"Cookie": f"{COOKIE}={cookie}"}) as socket:
            assert wang.client.delete("/api/v1/session").status_code == 204
            assert status(server, cookie) == 401
            with pytest.raises(ConnectionClosed):
                while True:
                    socket.recv(30)
    assert database.execute("SELECT count(*) FROM session").fetchone() == (0,)


def test_the_cookie_is_bound_to_host_and_scheme_behind_tls(dsn: str, database: Connection) -> None:
    add_person(database, "wang", "inspector")
    public = {"Host": "food.example.gov.cn", "Origin": "https://food.example.gov.cn"}
    with serving(dsn, accounts=ON, allowed_hosts=("food.example.gov.cn",), is_behind_tls=True) as server:
        given = {"name": "wang", "password": PASSWORD}
        answer = server.client.post("/api/v1/session", json=given, headers=public)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-shian=")
        for word in ("Secure", "HttpOnly", "SameSite=strict", "Path=/"):
            assert word in cookie
        assert "Domain" not in cookie


def test_a_session_that_the_browser_brought_is_never_taken_over(server: Served, database: Connection) -> None:
    # Session fixation: the attacker's cookie in the victim's browser must not become the victim's session.
    add_person(database, "mallory", "station_operator")
    add_person(database, "wang", "inspector")
    planted = sign_in(server, "mallory").cookies[COOKIE]
    for brought in (planted, "x" * 43):
        answer = httpx.post(
            f"{server.address}/api/v1/session",
            json={"name": "wang", "password": PASSWORD},
            headers={"Cookie": f"{COOKIE}={brought}"},
            trust_env=False,
            timeout=60,
        )
        fresh = answer.cookies[COOKIE]
        assert fresh != brought
        assert status(server, brought) == 401
        assert status(server, fresh) == 200


def test_a_forged_cookie_or_token_opens_nothing(server: Served, database: Connection) -> None:
    account = add_person(database, "wang", "inspector")
    cookie = sign_in(server, "wang").cookies[COOKIE]
    token = add_token(database, account)
    for forged in (cookie[:-1], cookie + "x", cookie.swapcase(), "", "..", "a" * 5000):
        assert status(server, forged) == 401, forged
    for bearer in (token[:-1], token + "x", "shian_", "shian_" + cookie, cookie, token.upper()):
        headers = {"Authorization": f"Bearer {bearer}"}
        assert server.client.get("/api/v1/stations", headers=headers).status_code == 401, bearer
    # A wrong token beside a good session opens nothing either.
    both = {"Authorization": "Bearer shian_wrong", "Cookie": f"{COOKIE}={cookie}"}
    assert server.client.get("/api/v1/stations", headers=both).status_code == 401


def test_another_site_may_not_use_the_session(server: Served, database: Connection) -> None:
    add_person(database, "wang", "inspector")
    alert = add_alert(database, "m-east")
    with signed_in(server, "wang") as wang:
        for origin in ("http://evil.example", "null", server.address.replace("http", "https")):
            headers = {"Origin": origin}
            answer = wang.client.post(f"/api/v1/alerts/{alert}/resolve", json={}, headers=headers)
            assert problem(answer) == (403, "wrong-origin")
            assert wang.client.delete("/api/v1/session", headers=headers).status_code == 403
            with pytest.raises(InvalidStatus), wang.live(additional_headers={**headers, **cookies(wang)}):
                pass
        # A form of another site cannot sign its visitor in to the attacker's account.
        form = {"Content-Type": "text/plain", "Origin": server.address}
        answer = wang.client.post("/api/v1/session", content='{"name":"wang","password":"x"}', headers=form)
        assert answer.status_code == 422


def cookies(server: Served) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={server.client.cookies[COOKIE]}"}


def test_names_in_steps_and_audit_are_the_session_s(server: Served, database: Connection) -> None:
    add_person(database, "wang", "inspector")
    alert = add_alert(database, "m-east")
    with signed_in(server, "wang") as wang:
        path = f"/api/v1/alerts/{alert}/acknowledge"
        done = wang.client.post(path, json={"name": "the mayor", "note": "x"}).json()
        assert done["steps"][-1]["actor"] == "wang"
    assert ("the mayor",) not in database.execute("SELECT actor FROM deed").fetchall()


def test_too_many_guesses_lock_the_account_and_say_no_more_than_a_wrong_password(
    server: Served, database: Connection
) -> None:
    add_person(database, "wang", "inspector")
    said = {problem(sign_in(server, "wang", f"guess number {i}")) for i in range(10)}
    assert said == {(401, "wrong-credentials")}
    assert database.execute("SELECT failed, locked_until > now() FROM account").fetchone() == (10, True)
    assert ("account_locked",) in database.execute("SELECT action FROM deed").fetchall()
    assert sign_in(server, "wang").status_code in (401, 429)
    assert "Retry-After" in sign_in(server, "wang").headers
    with database.transaction(), database.cursor() as cursor:
        account = run(cursor, accounts.by_name("wang"))
        run(cursor, accounts.enable(account, "wang", is_enabled=True, actor=Actor.command("test")))
    assert database.execute("SELECT failed, locked_until FROM account").fetchone() == (0, None)


def test_a_name_that_is_not_there_is_refused_as_a_wrong_password_is(server: Served, database: Connection) -> None:
    add_person(database, "wang", "inspector")
    stranger, guess = sign_in(server, "nobody", "x" * 12), sign_in(server, "wang", "x" * 12)
    assert (stranger.status_code, stranger.json()) == (guess.status_code, guess.json())


def test_a_second_factor_is_asked_for_and_each_code_counts_once(server: Served, database: Connection) -> None:
    add_person(database, "wang", "inspector")
    with signed_in(server, "wang") as wang:
        factor = wang.client.post("/api/v1/account/code/new").json()
        assert factor["uri"].startswith("otpauth://totp/Shian:wang?secret=")
        wrong = {"secret": factor["secret"], "code": "000000", "password": PASSWORD}
        assert wang.client.post("/api/v1/account/code", json=wrong).status_code == 422
        code = pyotp.TOTP(factor["secret"]).now()
        without = {"secret": factor["secret"], "code": code, "password": "not the password"}
        assert wang.client.post("/api/v1/account/code", json=without).status_code == 401
        assert wang.client.post("/api/v1/account/code", json={**without, "password": PASSWORD}).status_code == 204
    assert problem(sign_in(server, "wang")) == (401, "code-needed")
    assert problem(sign_in(server, "wang", code=code)) == (401, "wrong-credentials")  # it was used to set it
    database.execute("UPDATE account SET totp_step = 0")
    fresh = pyotp.TOTP(factor["secret"]).now()
    assert sign_in(server, "wang", code=fresh).status_code == 204
    assert problem(sign_in(server, "wang", code=fresh)) == (401, "wrong-credentials")


def test_a_code_is_taken_half_a_minute_early_or_late() -> None:
    secret, at = pyotp.random_base32(), 1_800_000_000.0
    code = pyotp.TOTP(secret).at(int(at))
    steps = {by: code_step(secret, code, 0, at + by) for by in (-60, -30, 0, 30, 60)}
    assert [by for by, step in steps.items() if step is not None] == [-30, 0, 30]
    assert code_step(secret, code, int(at) // 30, at) is None
    assert code_step(secret, "", 0, at) is None
    assert code_step(secret, "１２３４５６", 0, at) is None


def test_the_user_lists_and_ends_sessions(server: Served, database: Connection) -> None:
    add_person(database, "wang", "inspector")
    add_person(database, "zhao", "inspector")
    other = sign_in(server, "wang").cookies[COOKIE]
    with signed_in(server, "wang") as wang, signed_in(server, "zhao") as zhao:
        listed = wang.get("/api/v1/account/sessions").json()
        assert sorted(one["is_this_one"] for one in listed) == [False, True]
        (away,) = [one["id"] for one in listed if not one["is_this_one"]]
        assert zhao.client.delete(f"/api/v1/account/sessions/{away}").status_code == 404
        assert wang.client.delete(f"/api/v1/account/sessions/{away}").status_code == 204
        assert status(server, other) == 401
        third = sign_in(server, "wang").cookies[COOKIE]
        new = {"old": PASSWORD, "new": "another long password"}
        assert wang.client.post("/api/v1/account/password", json={**new, "old": "x"}).status_code == 401
        assert wang.client.post("/api/v1/account/password", json={**new, "new": "short"}).status_code == 422
        assert wang.client.post("/api/v1/account/password", json=new).status_code == 204
        assert status(server, third) == 401
        assert wang.get("/api/v1/stations").status_code == 200
    assert sign_in(server, "wang").status_code == 401
    assert sign_in(server, "wang", "another long password").status_code == 204


def test_a_session_ends_with_its_time_and_when_nobody_uses_it(server: Served, database: Connection) -> None:
    add_person(database, "wang", "inspector")
    for column, age in (("expires_at", timedelta()), ("seen_at", timedelta(days=8))):
        cookie = sign_in(server, "wang").cookies[COOKIE]
        database.execute(f"UPDATE session SET {column} = now() - %s".encode(), [age])
        assert status(server, cookie) == 401, column


def test_a_token_has_scopes_and_an_end(server: Served, database: Connection) -> None:
    account = add_person(database, "robot", "inspector")
    with signed_in(server, "robot") as robot:
        new = {"name": "export", "days": 1, "scopes": ["results.read"]}
        assert (
            robot.client.post("/api/v1/account/tokens", json={**new, "scopes": ["accounts.change"]}).status_code == 422
        )
        made = robot.client.post("/api/v1/account/tokens", json=new).json()
        bearer = {"Authorization": f"Bearer {made['token']}"}
        assert made["token"] not in str(robot.get("/api/v1/account/tokens").json())
        with httpx.Client(base_url=server.address, headers=bearer, trust_env=False, timeout=60) as program:
            assert program.get("/api/v1/results").status_code == 200
            assert problem(program.get("/api/v1/alerts")) == (403, "not-permitted")
            # A token cannot make tokens or change the account.
            assert program.post("/api/v1/account/tokens", json=new).status_code == 403
            assert robot.client.delete(f"/api/v1/account/tokens/{made['id']}").status_code == 204
            assert program.get("/api/v1/results").status_code == 401
    old = add_token(database, account, for_s=-1)
    assert server.client.get("/api/v1/results", headers={"Authorization": f"Bearer {old}"}).status_code == 401


def test_a_screen_signs_in_by_its_token_and_ends_with_it(server: Served, database: Connection) -> None:
    account = add_person(database, "wall", "screen", area="east")
    token = add_token(database, account)
    answer = httpx.post(f"{server.address}/api/v1/session", json={"token": token}, trust_env=False, timeout=60)
    cookie = answer.cookies[COOKIE]
    assert status(server, cookie) == 200
    assert status(server, cookie, "/api/v1/account/sessions") == 403
    database.execute("UPDATE api_token SET ended_at = now()")
    wait_for(lambda: status(server, cookie) == 401, timeout_s=90, what="the end of the screen's session")


def test_a_link_counts_once(server: Served, database: Connection) -> None:
    account = add_person(database, "wang", "inspector")
    with database.transaction(), database.cursor() as cursor:
        link = run(cursor, accounts.keep_secret(accounts.LINK, account, for_s=60))
        old = run(cursor, accounts.keep_secret(accounts.LINK, account, for_s=-1))
    path = f"{server.address}/api/v1/session"
    assert problem(httpx.post(path, json={"link": old}, trust_env=False, timeout=60)) == (401, "link-used")
    assert httpx.post(path, json={"link": link}, trust_env=False, timeout=60).status_code == 204
    assert problem(httpx.post(path, json={"link": link}, trust_env=False, timeout=60)) == (401, "link-used")


def test_the_first_start_prints_a_secret_that_makes_one_administrator(
    dsn: str, database: Connection, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving(dsn, accounts=ON) as server:
        wait_for(lambda: database.execute("SELECT count(*) FROM one_time").fetchone() == (1,), what="the secret")
        told = ""
        deadline = time.monotonic() + 20
        while "secret" not in told and time.monotonic() < deadline:
            told += capfd.readouterr().err
        secret = told.rpartition(": ")[2].strip()
        assert server.get("/api/v1/session").json()["needs_setup"] is True
        given = {"setup": secret, "name": "admin", "password": "a good long password"}
        assert problem(server.client.post("/api/v1/session", json={**given, "setup": "x"})) == (401, "link-used")
        assert problem(server.client.post("/api/v1/session", json={**given, "password": "admin"})) == (
            422,
            "bad-password",
        )
        assert server.client.post("/api/v1/session", json=given).status_code == 204
        assert server.get("/api/v1/accounts").json()["items"][0]["roles"] == [{"role": "administrator", "area": None}]
        again = httpx.post(
            f"{server.address}/api/v1/session", json={**given, "name": "other"}, trust_env=False, timeout=60
        )
        assert problem(again) == (409, "set-up-already")
        assert server.get("/api/v1/session").json()["needs_setup"] is False


def test_administrators_keep_accounts_and_one_of_them_remains(server: Served, database: Connection) -> None:
    admin = add_person(database, "admin", "administrator")
    with signed_in(server, "admin") as site:
        new = {"name": "li", "title": "李", "roles": [{"role": "inspector", "area": "east"}]}
        made = site.client.post("/api/v1/accounts", json=new).json()
        assert problem(site.client.post("/api/v1/accounts", json={**new, "name": "LI"})) == (409, "name-taken")
        wrong = {**new, "name": "x", "roles": [{"role": "inspector", "area": "mars"}]}
        assert problem(site.client.post("/api/v1/accounts", json=wrong)) == (422, "unknown-area")
        entered = httpx.post(
            f"{server.address}/api/v1/session", json={"link": made["link"]}, trust_env=False, timeout=60
        )
        cookie = entered.cookies[COOKIE]
        assert status(server, cookie) == 200
        for path in (f"/api/v1/accounts/{admin}/disable", f"/api/v1/accounts/{admin}/roles"):
            answer = site.client.post(path, json={"roles": []})
            assert problem(answer) == (409, "last-administrator")
        assert site.client.post(f"/api/v1/accounts/{made['id']}/disable").json()["is_enabled"] is False
        wait_for(lambda: status(server, cookie) == 401, timeout_s=90, what="the end of the session")
        reset = site.client.post(f"/api/v1/accounts/{made['id']}/reset").json()
        refused = httpx.post(
            f"{server.address}/api/v1/session", json={"link": reset["link"]}, trust_env=False, timeout=60
        )
        assert problem(refused) == (401, "link-used")
    told = [
        row[0] for row in database.execute("SELECT action FROM deed WHERE actor = 'admin' ORDER BY event").fetchall()
    ]
    assert told == ["signed_in", "account_added", "account_disabled", "account_reset"]


def test_an_administrator_of_an_area_keeps_the_accounts_of_that_area(server: Served, database: Connection) -> None:
    add_person(database, "admin", "administrator")
    add_person(database, "east", "administrator", area="east")
    inner = add_person(database, "inner", "inspector", area="east-1")
    outer = add_person(database, "outer", "inspector", area="west")
    with signed_in(server, "east") as site:
        assert [one["name"] for one in site.get("/api/v1/accounts").json()["items"]] == ["east", "inner"]
        within = {"name": "new", "roles": [{"role": "inspector", "area": "east-1"}]}
        assert site.client.post("/api/v1/accounts", json=within).status_code == 201
        for beyond in ([], [{"role": "inspector"}], [{"role": "inspector", "area": "west"}]):
            answer = site.client.post("/api/v1/accounts", json={"name": "beyond", "roles": beyond})
            assert problem(answer) == (403, "outside-your-areas"), beyond
            answer = site.client.post(f"/api/v1/accounts/{inner}/roles", json={"roles": beyond})
            assert answer.status_code == 403
        for verb in ("disable", "reset", "enable"):
            assert site.client.post(f"/api/v1/accounts/{outer}/{verb}").status_code == 404


# Each list, with what it shows of a district of four stations.
LISTS = {
    "/api/v1/stations": "name",
    "/api/v1/results": "station",
    "/api/v1/readings": "station",
    "/api/v1/alerts": "station",
}
ROLES = sorted(table().roles)
NEEDED = {
    "/api/v1/stations": "stations.read",
    "/api/v1/devices": "stations.read",
    "/api/v1/results": "results.read",
    "/api/v1/results.csv": "results.export",
    "/api/v1/readings": "readings.read",
    "/api/v1/readings.csv": "readings.export",
    "/api/v1/alerts": "alerts.read",
    "/api/v1/alerts.csv": "alerts.export",
    "/api/v1/camera-events": "cameras.read",
    "/api/v1/counts": "counts.read",
    "/api/v1/streams": "events.read",
    "/api/v1/quarantine": "quarantine.read",
    "/api/v1/subscriptions": "subscriptions.own",
    "/api/v1/silences": "silences.read",
    "/api/v1/duty/rotas": "duty.read",
    "/api/v1/duty/now": "duty.read",
    "/api/v1/accounts": "accounts.read",
    "/metrics": "metrics.read",
    "/api/v1/openapi.json": "api.describe",
}


@pytest.fixture
def filled(database: Connection) -> Connection:
    for station in ("m-east", "m-east-1", "m-west", "m-none"):
        add_result(database, station)
        add_reading(database, station)
        add_alert(database, station)
    add_alert(database, "")
    return database


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_each_list_by_the_table_and_of_its_area_alone(
    server: Served, filled: Connection, role: str
) -> None:
    add_person(filled, "whole", role)
    add_person(filled, "east", role, area="east")
    with signed_in(server, "whole") as whole, signed_in(server, "east") as east:
        for path, permission in NEEDED.items():
            roles = table().permissions[permission].roles
            wanted = 200 if role in roles or roles & NO_ROLES else 403
            assert {whole.get(path).status_code, east.get(path).status_code} == {wanted}, path
        for path, column in LISTS.items():
            seen = {row[column] for row in whole.get(path).json()["items"]}
            assert seen >= {"m-east", "m-east-1", "m-west", "m-none"}, path
            assert {row[column] for row in east.get(path).json()["items"]} == {"m-east", "m-east-1"}, path
        if role in table().permissions["results.export"].roles:
            assert "m-west" in whole.get("/api/v1/results.csv").text
            assert "m-west" not in east.get("/api/v1/results.csv").text


def test_one_row_outside_the_area_is_not_there(server: Served, filled: Connection) -> None:
    add_person(filled, "east", "inspector", area="east")
    ((alert,),) = filled.execute("SELECT id FROM alert WHERE station = 'm-west'").fetchall()
    with signed_in(server, "east") as east:
        for path in ("/api/v1/stations/m-west", f"/api/v1/alerts/{alert}"):
            assert east.get(path).status_code == 404, path
        assert east.client.post(f"/api/v1/alerts/{alert}/resolve", json={}).status_code == 404
        assert east.get("/api/v1/results", station="m-west").json()["items"] == []


def test_the_feed_tells_of_the_area_alone(server: Served, filled: Connection) -> None:
    add_person(filled, "east", "screen", area="east")
    with signed_in(server, "east") as east, east.live(additional_headers=cookies(east)) as socket:
        socket.recv(20)
        for station in ("m-west", "m-east-1"):
            event = add_result(filled, station)
            publish(filled, result_item(event, station), alert_item(event, station))
        heard = ""
        while "m-east-1" not in heard:
            heard += str(socket.recv(20))
        assert "m-west" not in heard


def test_webhooks_carry_what_their_maker_sees(server: Served, database: Connection) -> None:
    add_person(database, "admin", "administrator")
    add_person(database, "east", "market_manager", area="east")
    new = {"name": "office", "address": "https://example.com/hook"}
    with signed_in(server, "admin") as admin, signed_in(server, "east") as east:
        assert admin.client.post("/api/v1/subscriptions", json=new).status_code == 201
        for beyond in ({}, {"areas": ["west"]}, {"areas": ["east", "west"]}, {"stations": ["m-west"]}):
            answer = east.client.post("/api/v1/subscriptions", json=new | beyond)
            assert problem(answer) == (403, "outside-your-areas"), beyond
        made = east.client.post("/api/v1/subscriptions", json=new | {"areas": ["east-1"]})
        assert made.status_code == 201
        assert [one["id"] for one in east.get("/api/v1/subscriptions").json()["items"]] == [made.json()["id"]]
        (others,) = [one["id"] for one in admin.get("/api/v1/subscriptions").json()["items"] if not one["areas"]]
        assert east.client.post(f"/api/v1/subscriptions/{others}/disable", json={}).status_code == 404


def test_a_station_that_comes_later_is_seen_soon(server: Served, database: Connection) -> None:
    add_person(database, "east", "inspector", area="east")
    with signed_in(server, "east") as east:
        assert len(east.get("/api/v1/stations").json()["items"]) == 2
        add_station(database, "m-new", area="east-1")
        wait_for(lambda: len(east.get("/api/v1/stations").json()["items"]) == 3, timeout_s=90, what="the new station")
