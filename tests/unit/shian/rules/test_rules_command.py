"""`shian rules`: a file is checked with the place of each mistake, tried, and kept."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shian.__main__ import build
from storage.rules.file import read_file, shipped
from tests.support.desk import Desk
from tests.support.server import now
from tests.support.station import result

GOOD = """
[rule.chives_near]
on = "result"
when = '''
item == "pesticide_inhibition" && commodity in ["韭菜", "小葱"]
&& value >= 40.0 && value < 50.0
'''
severity = "warning"
title = { en = "Chives near the limit", zh = "韭菜类接近限值" }
quiet = { from = "22:00", to = "06:00" }

[rule.night_test]
on = "result"
when = 'time >= "23:00" || time < "04:00"'
severity = "info"
title = { en = "Tested at night", zh = "夜间检测" }
one_for = "station"
"""


def shian(*words: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(build(), ["rules", *map(str, words)])
    return done.exit_code, done.output


@pytest.mark.parametrize(
    ("was", "becomes", "place", "says"),
    [
        ("value < 50.0", "vaule < 50.0", "6:21: rule.chives_near.when", "there is no vaule"),
        ('time < "04:00"', "time < 4", "14:35: rule.night_test.when", "do not go together"),
        ('severity = "info"', 'severity = "loud"', "15: rule.night_test.severity", "critical"),
        ('one_for = "station"', 'one_fro = "station"', "17: rule.night_test.one_fro", "unknown key"),
        ('quiet = { from = "22:00"', 'quiet = { from = "25:00"', "10: rule.chives_near.quiet.from", "pattern"),
        ("[rule.night_test]", "[rule.failed_test]", "12: rule.failed_test", "a rule of the system"),
        ("[rule.night_test]", "[rule.Night]", "12: rule.Night", "a name has 2 to 40"),
        ("[rule.night_test]", "[rules.night_test]", "12: rules", "unknown key"),
        ('severity = "info"', "severity = ", "15", "Invalid value"),
    ],
)
def test_a_mistake_has_file_line_and_column(tmp_path: Path, was: str, becomes: str, place: str, says: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(GOOD.replace(was, becomes, 1), "utf-8")
    code, output = shian("check", file)
    assert code == 1
    assert f"{file}:{place}" in output
    assert says in output


def test_what_is_shipped_and_the_example_are_well(tmp_path: Path) -> None:
    assert {"suspect_test", "late_failed_test"} <= set(shipped())
    file = tmp_path / "own.toml"
    file.write_text(GOOD, "utf-8")
    assert shian("check", file) == (0, f"{file}: 2 rules, all well\n")


def test_a_file_is_tried_then_kept_then_listed_and_a_rule_removed(tmp_path: Path, dsn: str, desk: Desk) -> None:
    file = tmp_path / "own.toml"
    file.write_text(GOOD, "utf-8")
    station = desk.station("market-1")
    desk.take(station.topic, station.add(result(45.0, commodity="韭菜", number="7"), time=now()))
    code, output = shian("dry-run", file, "--rule", "chives_near", "--dsn", dsn)
    assert code == 0
    assert "1 events: 1 alerts" in output
    assert "commodity=韭菜, item=pesticide_inhibition, value=45.0" in output
    code, output = shian("dry-run", file, "--dsn", dsn, "--json")
    assert [json.loads(line)["rule"] for line in output.splitlines()] == ["chives_near", "night_test"]
    assert desk.rows("SELECT 1 FROM alert_rule") == []

    assert shian("apply", file, "--dsn", dsn, "--why", "spring") == (0, "2 rules changed, 2 hold\n")
    assert shian("apply", file, "--dsn", dsn) == (0, "0 rules changed, 2 hold\n")
    desk.take(station.topic, station.add(result(45.0, commodity="小葱", number="8"), time=now()))
    assert desk.one("SELECT commodity FROM alert WHERE rule = 'chives_near'") == "小葱"
    listed = json.loads(shian("list", "--dsn", dsn, "--json")[1])
    by_name = {one["name"]: (one["source"], one["state"]) for one in listed}
    assert by_name["chives_near"] == ("own", "on")
    assert by_name["suspect_test"] == ("shipped", "off")
    assert by_name["failed_test"] == ("system", "")
    assert "chives_near" in shian("list", "--dsn", dsn)[1]
    assert shian("remove", "night_test", "--dsn", dsn) == (0, "removed night_test\n")
    said = desk.rows("SELECT action, actor, why FROM deed WHERE action LIKE 'rule%' ORDER BY event")
    assert [row[0] for row in said] == ["rule_changed", "rule_changed", "rule_removed"]
    assert said[0][1:] == ("shian rules", "spring")


def test_a_file_that_names_what_is_not_there_is_not_kept(tmp_path: Path, dsn: str, desk: Desk) -> None:
    file = tmp_path / "own.toml"
    file.write_text(GOOD.replace('one_for = "station"', 'areas = ["nowhere"]'), "utf-8")
    done = CliRunner().invoke(build(), ["rules", "apply", str(file), "--dsn", dsn])
    assert "nowhere" in str(done.exception)
    assert desk.rows("SELECT 1 FROM alert_rule") == []


def test_all_mistakes_of_a_file_are_named_at_once() -> None:
    text = GOOD.replace("value < 50.0", "vaule < 50.0").replace('severity = "info"', 'severity = "loud"')
    assert len(read_file(text, "x").mistakes) == 2
