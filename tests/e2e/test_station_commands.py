"""`shian station` and `shian ca` as an officer calls them; `shian edge enroll` as the station's person does."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from authority.pairs import read_pair
from shian.local.broker import LocalBroker
from storage import accounts
from storage.accounts import Grant, NewAccount
from storage.deeds import Actor
from storage.steps import run
from tests.support import processes
from tests.support.enrolling import Desk, enrolling
from tests.support.waiting import wait_for


@pytest.fixture
def desk(dsn: str, broker: LocalBroker, tmp_path: Path) -> Iterator[Desk]:
    assert processes.run("ca", "init", "--folder", tmp_path / "ca").returncode == 0
    with enrolling(dsn, tmp_path / "ca", broker.port) as found:
        wait_for(lambda: found.rows("SELECT url FROM enrolment_place") != [], what="the place")
        yield found


def station(dsn: str, *words: str | Path) -> str:
    done = processes.run("station", *words, "--dsn", dsn)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_from_the_code_to_an_edge_toml_that_the_check_accepts(desk: Desk, tmp_path: Path) -> None:
    shown = station(desk.dsn, "add", "dongmen", "--title", "东门市场")
    database = psycopg.conninfo.conninfo_to_dict(desk.dsn)["dbname"]
    assert f"enrolled dongmen in {database}" in shown
    (line,) = [line for line in shown.splitlines() if line.strip().startswith("shian edge enroll")]
    port = tmp_path / "tester"
    port.touch()
    wishes: list[str | Path] = [
        "--folder",
        tmp_path / "station",
        "--device",
        f"lz-4000t={port}",
        "--camera",
        "prep=rtsp://192.0.2.20/sub",
    ]
    done = processes.run(*line.split()[1:], *wishes)
    assert done.returncode == 0, done.stderr
    assert "enrolled as dongmen 东门市场" in done.stdout
    path = tmp_path / "station" / "edge.toml"
    document = tomllib.loads(path.read_text())
    assert document["device"] == [
        {"name": "lz-4000t-1", "port": str(port), "adapter": "pesticide", "profile": "lz-4000t"}
    ]
    assert document["camera"] == [{"name": "prep", "url": "rtsp://192.0.2.20/sub"}]
    assert "face model" in path.read_text()
    checked = processes.run("edge", "config", "check", "--offline", "--config", path)
    assert checked.returncode == 0, checked.stderr
    # A second time nothing is overwritten, and the code is not even asked for.
    again = processes.run(*line.split()[1:], *wishes)
    assert again.returncode == 2
    assert "edge.toml is there already" in again.stderr


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (["--device", "nothing"], "PROFILE=PORT"),
        (["--device", "no-such=/dev/ttyS0"], "shian adapters list"),
        (["--device", "virtual-food=/dev/ttyS0"], "several fit: astm/virtual-food"),
        (["--device", "lz-4000t=usb:1"], "usb:VID:PID"),
        (["--camera", "x=ftp://a/b"], "ftp:// is not read"),
    ],
)
def test_an_option_that_is_wrong_costs_no_code(desk: Desk, tmp_path: Path, wish: list[str], message: str) -> None:
    made = json.loads(station(desk.dsn, "add", "m1", "--json"))
    options = [*made["command"].split()[1:], "--folder", tmp_path / "station"]
    done = processes.run(*options, *wish)
    assert done.returncode == 2
    assert message in done.stderr
    assert processes.run(*options).returncode == 0


def test_each_change_names_its_database_and_leaves_an_audit_row(desk: Desk) -> None:
    made = processes.run("area", "add", "east", "--name", "东区", "--dsn", desk.dsn)
    assert made.returncode == 0, made.stderr
    station(desk.dsn, "add", "m1")
    database = str(psycopg.conninfo.conninfo_to_dict(desk.dsn)["dbname"])
    for words in (
        ("rename", "m1", "--title", "新", "--why", "sign"),
        ("move", "m1", "east"),
        ("rekey", "m1", "--why", "disk"),
        ("revoke", "m1", "--why", "stolen"),
        ("retire", "m1"),
    ):
        assert database in station(desk.dsn, *words)
    actions = [
        "station_enrolled",
        "enrolment_code_made",
        "station_renamed",
        "station_moved",
        "enrolment_code_made",
        "station_revoked",
        "station_retired",
    ]
    assert [
        row[0] for row in desk.rows("SELECT action FROM deed WHERE place = 'm1' ORDER BY recorded_at, event")
    ] == actions
    assert desk.rows("SELECT title, area, standing FROM station") == [("新", "east", "retired")]
    listed: dict[str, Any] = json.loads(station(desk.dsn, "list", "--json"))
    assert listed["standing"] == "retired"
    for words in (("revoke", "nobody"), ("rekey", "nobody"), ("add", "ingest"), ("move", "m1", "nowhere")):
        done = processes.run("station", *words, "--dsn", desk.dsn)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    done = processes.run("station", "add", "m1", "--dsn", desk.dsn)
    assert (done.returncode, "shian station rekey m1" in done.stderr) == (1, True)


def test_which_deeds_need_a_second_account_and_a_revocation_in_an_emergency(desk: Desk) -> None:
    station(desk.dsn, "add", "m1")
    shipped = json.loads(processes.run("four-eyes", "--dsn", desk.dsn, "--json").stdout)["four_eyes"]
    assert {action for action, is_on in shipped.items() if not is_on} == {"station_revoked", "station_retired"}
    changed = processes.run("four-eyes", "--on", "station_revoked", "--why", "the office has two", "--dsn", desk.dsn)
    assert (changed.returncode, "needs a second account" in changed.stdout) == (0, True)
    wrong = processes.run("four-eyes", "--off", "result_voided", "--off", "signed_in", "--dsn", desk.dsn)
    assert (wrong.returncode, "'signed_in' is none of" in wrong.stderr) == (2, True)
    for more in ([], ["--why", "stolen"], ["--emergency"]):
        done = processes.run("station", "revoke", "m1", *more, "--dsn", desk.dsn)
        assert (done.returncode, "--emergency" in done.stderr) == (2, True)
    station(desk.dsn, "revoke", "m1", "--emergency", "--why", "stolen")
    said = desk.rows("SELECT action, why, facts::jsonb FROM deed WHERE action IN ('four_eyes_set', 'station_revoked')")
    assert said == [
        ("four_eyes_set", "the office has two", {"is_on": True}),  # of the wrong command nothing stays
        ("station_revoked", "stolen", {"certificates": [], "four_eyes": "passed over"}),
    ]


def test_what_is_held_of_a_person_is_exported_and_an_account_forgotten(desk: Desk, tmp_path: Path) -> None:
    with psycopg.connect(desk.dsn) as connection, connection.cursor() as cursor:
        new = NewAccount("wang.li", "王丽", "a hash", None, (Grant("inspector"),))
        run(cursor, accounts.add(new, actor=Actor.command("test")))
    file = tmp_path / "wang.jsonl"
    words = ("person", "export", "wang.li", "--why", "asked for", "--out", file, "--dsn", desk.dsn)
    done = processes.run(*words)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert {line["table"] for line in lines} == {"account", "account_role", "deed"}
    assert file.stat().st_mode & 0o077 == 0
    assert processes.run(*words).returncode == 2  # the file is there
    done = processes.run("person", "forget", "wang.li", "--why", "left", "--dsn", desk.dsn)
    assert (done.returncode, "forgotten-" in done.stdout) == (0, True), done.stderr
    assert desk.rows("SELECT title, password FROM account") == [("", None)]
    said = desk.rows(
        "SELECT action, why FROM deed WHERE action IN ('person_exported', 'account_forgotten') ORDER BY event"
    )
    assert said == [("person_exported", "asked for"), ("account_forgotten", "left")]


def test_the_authority_issues_for_brokers_and_parts(tmp_path: Path) -> None:
    folder = ("--folder", tmp_path / "ca")
    assert processes.run("ca", "init", *folder).returncode == 0
    again = processes.run("ca", "init", *folder)
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    shown = json.loads(processes.run("ca", "show", *folder, "--json").stdout)
    assert len(shown["fingerprint"]) == 64
    for words, name in ((("server", "food.example", "192.0.2.1"), "food.example"), (("client", "ingest"), "ingest")):
        out = tmp_path / f"{name}.pem"
        assert processes.run("ca", *words, "--out", out, *folder).returncode == 0
        assert read_pair(out).name == name
