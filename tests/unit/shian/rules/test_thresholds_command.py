"""`shian thresholds`: listed, changed with a reason, tried, set back."""

import json

from typer.testing import CliRunner

from shian.__main__ import build
from tests.support.desk import Desk


def shian(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(build(), ["thresholds", *words])
    return done.exit_code, done.output


def test_thresholds_are_changed_and_set_back_with_a_reason(dsn: str, desk: Desk) -> None:
    there = ("--dsn", dsn)
    code, output = shian("set", "station_offline", "after_s=600", "severity=info", "--why", "roadworks", *there)
    assert (code, output.strip()) == (0, "station_offline: after_s=600.0, severity=info")
    listed = {one["rule"]: one for one in json.loads(shian("list", "--json", *there)[1])}
    assert listed["station_offline"]["changed"] == {"severity": "info", "after_s": 600}
    assert listed["station_offline"]["default"]["after_s"] == 300
    assert "600.0" in shian("list", *there)[1]
    assert shian("reset", "station_offline", "--why", "done", *there)[0] == 0
    assert desk.rows("SELECT actor, action, why FROM deed ORDER BY event") == [
        ("shian thresholds", "threshold_changed", "roadworks"),
        ("shian thresholds", "threshold_reset", "done"),
    ]


def test_a_dry_run_compares_with_what_holds_today(dsn: str, desk: Desk) -> None:
    desk.rows(
        "INSERT INTO watch_past (rule, key, station, began, ended) VALUES ('station_offline',"
        " 'station_offline/m1', 'm1', now() - interval '1 h', now() - interval '50 min') RETURNING 1"
    )
    code, output = shian("dry-run", "station_offline", "after_s=900", "--dsn", dsn)
    assert code == 0
    assert "0 alerts; 1 with what holds today" in output
    found = json.loads(shian("dry-run", "station_offline", "stale_s=60", "--json", "--dsn", dsn)[1])
    assert (found["alerts"], found["unsure"]) == (1, ["stale_s"])


def test_mistakes_are_named(dsn: str) -> None:
    code, output = shian("set", "station_offline", "after_s=-1", "--why", "x", "--dsn", dsn)
    assert (code, output.strip()) == (1, "station_offline.after_s: must be >= 0")
    assert shian("set", "station_offline", "after_s", "--why", "x", "--dsn", dsn)[0] != 0
    assert shian("set", "failed_test", "after_s=1", "--why", "x", "--dsn", dsn)[0] != 0
