"""The rows that the database holds of a person, and the rest of an account that was forgotten."""

from typing import Any

import psycopg
import pytest

from storage import accounts, deeds, persons
from storage.accounts import Grant, LastAdministratorError, NameTakenError, NewAccount, UnknownAccountError
from storage.deeds import Actor, Deed
from storage.roles import RIGHTS
from storage.steps import run
from storage.walk import walk
from tests.support.server import add_alert, add_result, add_station, add_subscription

Connection = psycopg.Connection[Any]
ACTOR = Actor.command("test")


def add(connection: Connection, name: str, *grants: Grant, title: str = "") -> Any:
    with connection.cursor() as cursor:
        return run(cursor, accounts.add(NewAccount(name, title, "a hash", f"iss {name}", grants), actor=ACTOR))


def held(connection: Connection, name: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for table, row in persons.find(connection, name):
        found.setdefault(table, []).append(row)
    return found


def test_no_table_is_forgotten_and_every_column_is_there(dsn: str) -> None:
    named = {place.table for place in persons.places()}
    assert named | persons.without_persons() == set(RIGHTS)
    assert named & persons.without_persons() == set()
    with psycopg.connect(dsn) as connection:
        for place in persons.places():
            rows = connection.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s", [place.table]
            ).fetchall()
            wanted = {*place.columns, *place.hidden, *([place.account] if place.account else [])}
            assert wanted <= {row[0] for row in rows}, place.table


def test_all_that_is_held_of_an_account_and_of_a_name_in_the_records_is_found(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        account = add(connection, "wang.li", Grant("inspector"), title="王丽")
        with connection.cursor() as cursor:
            run(cursor, accounts.keep_secret(accounts.LINK, account, for_s=60))
            _, token = run(cursor, accounts.add_token(account, "wang.li", "x", (), for_s=60, actor=ACTOR))
        deeds.write(connection, Deed(Actor("wang.li", account=account, address="192.0.2.7"), "signed_in", "wang.li"))
        add_station(connection, "m1")
        event = add_result(connection, "m1", operator="王丽", vendor="李记")
        add_alert(connection, "m1", vendor="李记")
        found = held(connection, "Wang.Li")
        assert set(found) == {"account", "account_role", "api_token", "deed", "one_time", "result"}
        assert found["result"][0]["event"] == event  # by the title
        shown = str(found)
        for secret in (token, "a hash", str(accounts.digest(token))):
            assert secret not in shown
        assert set(held(connection, "李记")) == {"result", "alert"}
        assert held(connection, "nobody") == {}


def test_of_a_forgotten_account_only_steps_and_audit_know_the_name(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        add(connection, "boss", Grant("administrator"))
        account = add(connection, "wang.li", Grant("inspector"), title="王丽")
        with connection.cursor() as cursor:
            run(cursor, accounts.add_token(account, "wang.li", "x", (), for_s=60, actor=ACTOR))
        connection.execute(
            "INSERT INTO session (id, hash, account, address, agent, expires_at)"
            " VALUES (gen_random_uuid(), 'h', %s, '192.0.2.7', 'a browser', now())",
            [account],
        )
        add_subscription(connection, "li@example.com", name="王丽")
        connection.execute(
            "INSERT INTO report_mail (id, address, grouped_by, language, form)"
            " VALUES (gen_random_uuid(), 'li@example.com', 'item', 'zh', 'pdf')"
        )
        with pytest.raises(LastAdministratorError):
            persons.forget(connection, "boss", actor="test", why="x")
        with pytest.raises(UnknownAccountError):
            persons.forget(connection, "nobody", actor="test", why="x")
        done = persons.forget(connection, "wang.li", ["li@example.com"], actor="test", why="left")
        ended = {"subscriptions": 1, "report_mails": 1}
        assert done.deleted == {"sessions": 1, "tokens": 1, "secrets": 0, "roles": 1, **ended}
        assert set(held(connection, "wang.li")) == {"deed"}
        assert held(connection, "王丽") == {}
        assert held(connection, "li@example.com") == {}
        row = connection.execute(
            "SELECT name, title, password, identity, is_enabled FROM account WHERE id = %s", [account]
        )
        assert row.fetchone() == (done.pseudonym, "", None, None, False)
        with pytest.raises(NameTakenError):
            add(connection, "Wang.Li")
        said = connection.execute("SELECT subject, why, facts FROM deed WHERE action = 'account_forgotten'").fetchall()
        assert said[0][:2] == (done.pseudonym, "left")
        assert "wang" not in str(said)
        connection.commit()
        assert [one for one in walk(connection, ()) if type(one).__name__ == "Finding"] == []
