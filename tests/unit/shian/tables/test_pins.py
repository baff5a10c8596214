"""An operator's PIN: hashed, audited, and down at the station."""

import json

import psycopg
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from typer.testing import CliRunner

from shian.tables.cli import operators
from shian.tables.pins import is_poor
from storage.named import queries


@pytest.mark.parametrize(
    ("pin", "poor"),
    [
        ("4711", False),
        ("908172", False),
        ("1234", True),
        ("4321", True),
        ("0000", True),
        ("47", True),
        ("47a1", True),
        ("٤٧١١", True),
        ("4" * 13, True),
    ],
)
def test_what_a_pin_is(pin: str, poor: bool) -> None:
    assert is_poor(pin) is poor


def test_a_pin_is_set_told_to_the_stations_and_taken_away(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO operator (code, name) VALUES ('o1', '检测员一')")
        ran = CliRunner().invoke(operators, ["pin", "o1", "--stdin", "--dsn", dsn], input="4711\n")
        assert ran.exit_code == 0, ran.output
        values = {"station": "m1", "areas": [], "today": "2026-11-29"}
        ((code, name, kept),) = connection.execute(queries("down")["operators"], values).fetchall()
        assert (code, name) == ("o1", "检测员一")
        assert PasswordHash((Argon2Hasher(),)).verify("4711", kept)
        changed = connection.execute("SELECT after FROM district_change WHERE noun = 'operators'").fetchall()
        told = connection.execute(
            "SELECT action, subject, facts FROM deed WHERE action = 'operator_pin_set'"
        ).fetchall()
        assert changed == [({"code": "o1", "has_pin": True},)]
        assert [row[:2] for row in told] == [("operator_pin_set", "o1")]
        assert kept not in json.dumps([changed, told], default=str)
        assert CliRunner().invoke(operators, ["pin", "o1", "--remove", "--dsn", dsn]).exit_code == 0
        assert connection.execute("SELECT pin FROM operator").fetchall() == [("",)]
        for wrong in (["o1", "--stdin"], ["nobody", "--remove"]):
            assert CliRunner().invoke(operators, ["pin", *wrong, "--dsn", dsn], input="1234\n").exit_code != 0
