"""Every example of docs/rules.md is run as it stands there: rules checked and tried, commands typed, mistakes made."""

import re
import shlex
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from shian.__main__ import build
from storage.rules.dry_run import Period
from storage.rules.engine import Named
from storage.rules.file import read_file
from storage.rules.over_time import CHECKS, TimeRule
from storage.rules.rule import EventRule
from storage.rules.trial import try_rule
from storage.steps import run
from tests.support.desk import Desk
from tests.support.station import result
from wire.kinds.camera import CameraV1
from wire.kinds.envelope import Data
from wire.kinds.reading import ReadingV1

ZONE = ZoneInfo("Asia/Shanghai")
PAGE = (Path(__file__).resolve().parents[4] / "docs" / "rules.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
TOML = [text for kind, text in BLOCKS if kind == "toml"]
COMMANDS = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]
SAID = [line for kind, text in BLOCKS if not kind for line in text.splitlines()]
# For each rule on events what it speaks of, and what it does not.
EVENTS: dict[str, tuple[tuple[str, Data], tuple[str, Data]]] = {
    "chives_near": (("12:00", result(45.0, commodity="韭菜")), ("12:00", result(45.0, commodity="菠菜"))),
    "night_test": (("23:30", result(1.0)), ("12:00", result(1.0))),
    "cold_room_warm": (
        ("12:00", ReadingV1(quantity="air_temperature", value=9.0, unit="degC")),
        ("12:00", ReadingV1(quantity="air_temperature", value=4.0, unit="degC")),
    ),
    "rat_in_school": (
        ("12:00", CameraV1.model_validate({"key": "0" * 32, "phase": "start", "kind": "rodent"})),
        ("12:00", CameraV1.model_validate({"key": "0" * 32, "phase": "end", "kind": "rodent"})),
    ),
}


def examples() -> dict[str, EventRule | TimeRule]:
    found: dict[str, EventRule | TimeRule] = {}
    for text in TOML:
        read = read_file(text, "docs/rules.md")
        assert not read.mistakes, [mistake.text(chinese=False) for mistake in read.mistakes]
        found |= read.rules
    return found


def test_every_block_of_the_page_is_of_a_kind_that_is_run_here() -> None:
    assert {kind for kind, _ in BLOCKS} == {"toml", "sh", ""}
    assert {name for name, rule in examples().items() if isinstance(rule, EventRule)} == set(EVENTS)
    table = PAGE.partition("## Over time")[2].partition("## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \| ", table, re.MULTILINE)) - {"check"} == set(CHECKS)


def at(clock: str) -> datetime:
    """Return yesterday at that time, in the district."""
    day = datetime.now(ZONE).date() - timedelta(days=1)
    return datetime.combine(day, time.fromisoformat(clock), ZONE)


def _period() -> Period:
    now = datetime.now(ZONE)
    return Period(now - timedelta(days=7), now, ZONE, None, lambda: False)


@pytest.mark.parametrize("name", EVENTS)
def test_a_rule_on_events_raises_one_alert_of_what_it_speaks_of(desk: Desk, name: str) -> None:
    station = desk.station("school-1")
    desk.rows("UPDATE station SET kind = 'school' RETURNING 1")
    for clock, data in EVENTS[name]:
        desk.take(station.topic, station.add(data, time=at(clock)))
    with desk.connection.cursor() as cursor:
        tried = run(cursor, try_rule(Named(name, examples()[name]), _period()))
    assert (tried.alerts, tried.faults) == (1, 0)


@pytest.mark.parametrize("name", [name for name, rule in examples().items() if isinstance(rule, TimeRule)])
def test_a_rule_over_time_is_tried(desk: Desk, name: str) -> None:
    station = desk.station("market-1")
    desk.rows("UPDATE station SET kind = 'market' RETURNING 1")
    failed = [result(63.0, commodity="韭菜", number=str(number), device_verdict=None) for number in range(12)]
    desk.take(station.topic, *(station.add(data, time=at("11:00") + timedelta(seconds=1)) for data in failed))
    with desk.connection.cursor() as cursor:
        tried = run(cursor, try_rule(Named(name, examples()[name]), _period()))
    assert tried.faults == 0
    assert name == "markets_by_nine" or tried.alerts >= 1  # yesterday may be a Sunday


def test_the_commands_do_as_the_page_says(
    tmp_path: Path, dsn: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.toml").write_text("\n".join(TOML), "utf-8")
    station = desk.station("market-1")
    desk.take(station.topic, station.add(result(45.0, commodity="韭菜"), time=at("12:00")))
    typed = list(_typed())
    assert {words[0] for words in typed} == {"rules", "thresholds"}
    for words in typed:
        place = [] if words[:2] == ["rules", "check"] else ["--dsn", dsn]
        done = CliRunner().invoke(build(), [*words, *place])
        assert done.exit_code == 0, (words, done.output, done.exception)
    kept = {row[0] for row in desk.rows("SELECT name FROM alert_rule")}
    assert kept == set(examples()) - {"night_test"}
    assert desk.rows("SELECT 1 FROM rule_threshold") == []


def _typed() -> Iterator[Sequence[str]]:
    for line in COMMANDS:
        program, *words = shlex.split(line, comments=True)
        assert program == "shian"
        yield words


def test_the_mistake_is_told_as_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.toml").write_text(TOML[0].replace("value < 50.0", "vaule < 50.0", 1), "utf-8")
    done = CliRunner().invoke(build(), ["rules", "check", "own.toml"])
    (said,) = SAID
    assert done.output.startswith(said.removesuffix("..."))
