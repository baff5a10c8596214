"""Limits of probes by the command line: set from a day on with a reason, ended, imported; the old one stays known."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from ingest.probes import limit_for
from shian.failures import CannotError
from shian.tables.readings import app
from storage.stations import Station, enrol
from tests.support.desk import Desk

Run = Callable[..., Result]
SET = ("set", "cold-rooms", "--quantity", "air_temperature", "--unit", "degC", "--for", "10 min")


@pytest.fixture
def run(dsn: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station("market-1"))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["limits", *arguments, "--dsn", dsn])

    return run


def set_to(run: Run, above: str, since: str, *more: str) -> Result:
    return run(*SET, "--above", above, "--from", since, "--reason", "GB 31605", *more)


def test_a_limit_is_set_changed_from_a_day_on_and_ended(run: Run, desk: Desk) -> None:
    for above, since in (("8", "2026-03-01"), ("7", "2026-04-01")):
        done = set_to(run, above, since)
        assert done.exit_code == 0, done.output
    assert "says so already" in set_to(run, "7", "2026-04-01").output
    done = run("end", "cold-rooms", "--on", "2026-05-01", "--reason", "closed")
    assert done.exit_code == 0, done.output
    desk.store.refresh(desk.connection)
    place = ("market-1", "fridge", "air_temperature", 1)
    days = [date(2026, month, 15) for month in (2, 3, 4, 5)]
    limits = [limit_for(desk.store.reading_limits, place, day) for day in days]
    assert [limit and (limit.above, limit.for_s) for limit in limits] == [None, (8.0, 600.0), (7.0, 600.0), None]
    deeds = desk.rows("SELECT action, subject, why, facts::jsonb FROM deed WHERE action LIKE 'reading%' ORDER BY event")
    assert [deed[:3] for deed in deeds] == [
        ("reading_limit_set", "cold-rooms", "GB 31605"),
        ("reading_limit_set", "cold-rooms", "GB 31605"),
        ("reading_limit_ended", "cold-rooms", "closed"),
    ]
    facts: dict[str, Any] = deeds[1][3]
    assert (facts["before"]["above"], facts["after"]["above"], facts["after"]["valid_from"]) == (8.0, 7.0, "2026-04-01")
    history = desk.rows("SELECT code, before ->> 'above', after ->> 'above' FROM district_change ORDER BY id")
    assert ("cold-rooms", "8.0", "7.0") in history


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (("--above", "8", "--station", "nowhere"), "there is no station nowhere"),
        (("--above", "many"), "no number"),
        ((), "neither a highest nor a lowest value"),
        (("--above", "8", "--below", "9"), "not below the highest"),
        (("--above", "8", "--unit", "furlong"), "no known unit"),
        (("--above", "8", "--for", "soon"), "no span of time"),
        (("--above", "8", "--for", "2 days"), "no span of time"),
        (("--above", "8", "--from", "2026-02-30"), "no day"),
        (("--above", "8", "--channel", "-1"), "no number of a channel"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(run: Run, desk: Desk, more: tuple[str, ...], expected: str) -> None:
    done = run(*SET, "--from", "2026-03-01", "--reason", "x", *more)
    assert isinstance(done.exception, CannotError)
    assert expected in done.output + done.stderr
    assert desk.rows("SELECT FROM reading_limit") == []


def test_a_limit_that_is_not_there_cannot_end(run: Run) -> None:
    done = run("end", "cold-rooms", "--on", "2026-05-01", "--reason", "x")
    assert isinstance(done.exception, CannotError)


def test_limits_are_imported_listed_and_exported_as_the_other_tables(run: Run, desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "limits.csv"
    file.write_text(
        "代码,测量量,通道,上限,下限,单位,持续时间,生效日期,依据\n"
        "cold,air_temperature,,8,0,degC,,2026-03-01,GB 31605\n"
        "door,air_temperature,3,-18,,degC,30分钟,2026-03-01,GB 31605\n",
        encoding="utf-8",
    )
    done = run("import", str(file))
    assert "2 new" in done.output, done.output
    assert desk.rows("SELECT code, channel, above, below, for_s FROM reading_limit ORDER BY code") == [
        ("cold", None, 8.0, 0.0, 600.0),
        ("door", 3, -18.0, None, 1800.0),
    ]
    listed = json.loads(run("list", "--json").output)
    assert [row["code"] for row in listed] == ["cold", "door"]
    assert "2 rows" in run("export", str(tmp_path / "out.csv")).output
    assert "2 the same" in run("diff", str(tmp_path / "out.csv")).output
    assert desk.one("SELECT count(*) FROM deed WHERE action = 'table_imported'") == 1
