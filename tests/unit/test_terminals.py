"""Every command that shows what an analyzer or a person wrote, given text that would fool a terminal's reader."""

import json
import re
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from shian.__main__ import build
from storage.stations import Station, enrol
from tests.support.desk import Desk
from tests.support.hostile import HOSTILE, MARKUP, assert_is_harmless


def run(*words: str, exit_code: int = 0) -> str:
    found = CliRunner().invoke(build(), list(words), env={"COLUMNS": "400"})
    assert found.exit_code == exit_code, (found.output, found.exception)
    assert_is_harmless(found.output)
    return found.output


def test_the_centre_shows_what_people_and_stations_wrote(desk: Desk, dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station("m1", HOSTILE, HOSTILE), actor="test")
        connection.execute("INSERT INTO daily_result VALUES ('2026-01-01', %s, 'nitrite', 'fail', 1)", [HOSTILE])
    assert MARKUP in run("station", "list", "--dsn", dsn)
    assert HOSTILE in json.loads(run("station", "list", "--json", "--dsn", dsn).splitlines()[-1])["title"]
    assert MARKUP in run("verify", "--dsn", dsn, exit_code=1)
    assert HOSTILE in json.loads(run("verify", "--json", "--dsn", dsn, exit_code=1).splitlines()[0])["station"]


def test_a_profile_of_others_is_listed_as_it_was_written(tmp_path: Path) -> None:
    text = json.dumps(HOSTILE)
    profile = f'name = "mine"\nfamily = "astm"\nmaker = {text}\nmodel = {text}\nevidence = "capture"\n'
    (tmp_path / "a.toml").write_text(profile)
    (tmp_path / "b.toml").write_text(profile + f"{text} = 1\n")
    assert MARKUP in run("adapters", "list", "--profiles", str(tmp_path), "mine")
    run("adapters", "list", "--json", "--profiles", str(tmp_path), "mine")


@pytest.fixture
def capture(tmp_path: Path) -> str:
    path = tmp_path / "capture.bin"
    frame = f"R|1|^^^{HOSTILE}|{HOSTILE}|%||N||F||{HOSTILE}|||\r"
    path.write_bytes((f"H|\\^&\rP|1\rO|1|{HOSTILE}\r" + frame + "L|1|N\r").encode("utf-8"))
    return str(path)


def test_a_capture_is_decoded_and_inspected_without_a_raw_character(capture: str) -> None:
    run("decode", "--adapter", "astm", capture)
    for options in ([], ["--json"], ["--all"]):
        found = CliRunner().invoke(build(), ["adapters", "inspect", capture, *options], env={"COLUMNS": "400"})
        assert_is_harmless(found.output)
        assert re.search("frame|Cannot|inspection", found.output)
