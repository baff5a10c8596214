"""`shian account` and `shian area` on a real database: their changes, their output, and the deeds that they leave."""

import getpass
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from typer.testing import CliRunner

from shian import account, area
from shian.failures import CannotError
from storage import accounts
from storage.steps import run as take

Run = Callable[..., str]


@pytest.fixture
def run(dsn: str) -> Run:
    """Run a command to its end; raise what it raises."""

    def invoke(app: Any, *words: str) -> str:
        done = CliRunner().invoke(app, [*words, "--dsn", dsn])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    return invoke


def rows(dsn: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode()).fetchall()


def deeds(dsn: str) -> list[tuple[str, str]]:
    return [(action, subject) for action, subject in rows(dsn, "SELECT action, subject FROM deed ORDER BY event")]


def secret_of(shown: str) -> tuple[str, str]:
    """Return the page and the secret of the link that was printed."""
    (line,) = [line.strip() for line in shown.splitlines() if "#link=" in line]
    page, _, secret = line.partition("/#link=")
    return page, secret


def uses(dsn: str, secret: str) -> bool:
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        return take(cursor, accounts.use_secret(accounts.LINK, secret)) is not None


def test_an_account_is_added_with_a_link_that_signs_in_once(dsn: str, run: Run) -> None:
    run(area.app, "add", "east", "--name", "东区")
    shown = run(account.app, "add", "li", "--title", "李", "--role", "inspector@east", "--role", "auditor")
    assert f"added li in {urlsplit(dsn).path[1:]}" in shown
    page, secret = secret_of(shown)
    assert page == "http://127.0.0.1:8000"
    assert (uses(dsn, secret), uses(dsn, secret)) == (True, False)
    (row,) = [json.loads(line) for line in run(account.app, "list", "--json").splitlines()]
    assert (row["name"], row["title"], row["roles"], row["is_enabled"]) == (
        "li",
        "李",
        ["auditor", "inspector@east"],
        True,
    )
    assert deeds(dsn) == [("area_added", "east"), ("account_added", "li")]
    who = {actor for (actor,) in rows(dsn, "SELECT actor FROM deed")}
    assert who == {f"{getpass.getuser()}: shian area add", f"{getpass.getuser()}: shian account"}


def test_the_link_leads_to_the_page_that_the_server_named(dsn: str, run: Run) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("INSERT INTO enrolment_place (url, fingerprint) VALUES ('https://192.0.2.7:8000', '')")
    assert secret_of(run(account.app, "add", "li"))[0] == "https://192.0.2.7:8000"
    assert secret_of(run(account.app, "link", "li"))[0] == "https://192.0.2.7:8000"
    assert secret_of(run(account.app, "reset", "li", "--address", "https://food.example/"))[0] == "https://food.example"


def test_roles_are_set_and_the_last_administrator_stays(dsn: str, run: Run) -> None:
    run(account.app, "add", "root", "--role", "administrator")
    run(account.app, "add", "li")
    assert "1 roles" in run(account.app, "roles", "li", "--role", "auditor")
    assert "0 roles" in run(account.app, "roles", "li")
    for words in (("roles", "root", "--role", "auditor"), ("disable", "root")):
        with pytest.raises(CannotError, match="nothing was changed"):
            run(account.app, *words)
    assert rows(dsn, "SELECT role FROM account_role") == [("administrator",)]


def test_an_account_is_disabled_enabled_and_reset(dsn: str, run: Run) -> None:
    run(account.app, "add", "root", "--role", "administrator")
    run(account.app, "add", "li", "--role", "auditor")
    token = run(account.app, "token", "li", "--days", "3").splitlines()[-1]
    assert token.startswith("shian_")
    assert rows(dsn, "SELECT count(*) FROM api_token WHERE ended_at IS NULL") == [(1,)]
    assert "disabled li" in run(account.app, "disable", "li")
    assert rows(dsn, "SELECT is_enabled FROM account WHERE name = 'li'") == [(False,)]
    assert "enabled li" in run(account.app, "enable", "li")
    assert secret_of(run(account.app, "reset", "li"))[1]
    assert [action for action, subject in deeds(dsn) if subject == "li"] == [
        "account_added",
        "token_added",
        "account_disabled",
        "account_enabled",
        "account_reset",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("add", "li", "--role", "king"), "no role 'king'"),
        (("add", "li", "--role", "auditor@west"), r"no area 'west'; there are: east. To make it: shian area add west"),
        (("roles", "nobody", "--role", "auditor"), "no account 'nobody'"),
        (("token", "nobody"), "no account 'nobody'"),
        (("token", "nobody", "--scope", "fly"), "no such permission: fly"),
        (("link", "nobody"), "no account 'nobody'"),
        (("reset", "nobody"), "no account 'nobody'"),
        (("disable", "nobody"), "no account 'nobody'"),
    ],
)
def test_what_is_not_there_is_named_and_nothing_is_changed(
    dsn: str, run: Run, words: tuple[str, ...], message: str
) -> None:
    run(area.app, "add", "east", "--name", "东区")
    with pytest.raises(CannotError, match=message):
        run(account.app, *words)
    assert rows(dsn, "SELECT count(*) FROM account") == [(0,)]


def test_areas_make_a_tree(dsn: str, run: Run) -> None:
    assert "no areas yet" in run(area.app, "list")
    run(area.app, "add", "city", "--name", "市", "--name-en", "City")
    run(area.app, "add", "east", "--name", "东区", "--parent", "city", "--why", "opened")
    assert run(area.app, "list").splitlines() == ["city  City  (0 stations)", "  east  东区  (0 stations)"]
    run(area.app, "rename", "east", "--name-en", "East")
    listed = [json.loads(line) for line in run(area.app, "list", "--json").splitlines()]
    assert [(row["code"], row["parent"], row["name_en"]) for row in listed] == [
        ("city", None, "City"),
        ("east", "city", "East"),
    ]
    assert deeds(dsn) == [("area_added", "city"), ("area_added", "east"), ("area_renamed", "east")]
    for words, message in (
        (("add", "east", "--name", "x"), "already"),
        (("add", "Ost", "--name", "x"), "1 to 64 of a-z"),
        (("add", "far", "--name", "x", "--parent", "moon"), "no area 'moon'; there are: city, east"),
        (("rename", "moon", "--name", "x"), "no area 'moon'"),
    ):
        with pytest.raises(CannotError, match=message):
            run(area.app, *words)
    assert len(deeds(dsn)) == 3
