"""The lists in a real browser: whole however long they are, and as files of the rows that the page shows."""

import csv
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page, expect
from uuid_utils.compat import uuid7

from tests.browser.conftest import Watched
from tests.support.server import Served, add_alert, add_reading, add_result, add_station, now, serving

pytestmark = pytest.mark.browser
Connection = psycopg.Connection[Any]


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        add_station(connection, "m1")
        add_station(connection, "m2")
        yield connection


@pytest.fixture
def server(dsn: str, database: Connection) -> Iterator[Served]:
    with serving(dsn, delivery={"is_enabled": False}) as site:
        yield site


def said(page: Page, link: str, folder: Path) -> list[str]:
    """Return the lines of a file that is taken by its link, without the headings."""
    with page.expect_download() as waiting:
        page.locator(f"[data-file='{link}']").click()
    assert waiting.value.suggested_filename.endswith(link.rpartition(".")[2])
    file = folder / waiting.value.suggested_filename
    waiting.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as text:
        return [" ".join(row) for row in csv.reader(text)][1:]


def test_the_audit_of_a_day_is_a_file_of_that_day(
    server: Served, database: Connection, visitors: Watched, tmp_path: Path
) -> None:
    for day in (1, 2, 3):
        database.execute(
            "INSERT INTO deed VALUES (%s, %s, 'centre', 'chen', 'person', NULL, '', 'signed_in', %s, '', '', '{}', '')",
            (uuid7(), f"2026-03-0{day}T12:00:00+00:00", f"of day {day}"),
        )
    page = visitors.page(f"{server.address}/system/audit?from=2026-03-02&to=2026-03-02", locale="en-GB")
    expect(page.locator("tbody tr")).to_have_count(1)
    (line,) = said(page, "audit.csv", tmp_path)
    assert "of day 2" in line
    # What is no day is not asked for.
    page.goto(f"{server.address}/system/audit?from=yesterday&to=2026-03-02")
    expect(page.locator("tbody tr")).to_have_count(2)
    assert len(said(page, "audit.csv", tmp_path)) == 2


def test_the_history_of_alerts_is_a_file_of_what_is_filtered(
    server: Served, database: Connection, visitors: Watched, tmp_path: Path
) -> None:
    done = {"state": "resolved", "resolved_at": now(), "resolved_by": "liu"}
    add_alert(database, "m1", commodity="韭菜")
    add_alert(database, "m1", commodity="豇豆", severity="warning")
    add_alert(database, "m2", commodity="芹菜", **done)
    add_alert(database, "m2", commodity="菠菜", severity="warning", **done)
    page = visitors.page(f"{server.address}/alerts", locale="en-GB")
    rows = page.locator(".rows .alert")
    expect(rows).to_have_count(2)
    page.get_by_label("Severity").select_option("warning")
    expect(rows).to_have_count(1)
    page.locator("#history").click()
    expect(rows).to_have_count(1)
    (line,) = said(page, "alerts.csv", tmp_path)
    assert "菠菜" in line
    page.get_by_label("Severity").select_option("")
    expect(rows).to_have_count(2)
    assert len(said(page, "alerts.csv", tmp_path)) == 2


def test_the_history_of_alerts_is_filtered_beyond_its_first_page(
    server: Served, database: Connection, visitors: Watched
) -> None:
    done = {"state": "resolved", "resolved_at": now(), "resolved_by": "liu"}
    add_alert(database, "m1", commodity="芹菜", severity="info", opened_at=now() - timedelta(days=2), **done)
    for _ in range(201):
        add_alert(database, "m1", **done)
    page = visitors.page(f"{server.address}/alerts?state=resolved&severity=info", locale="en-GB")
    expect(page.locator(".rows .alert")).to_have_count(1)


def test_what_is_drawn_of_a_probe_can_be_had_as_files(
    server: Served, database: Connection, visitors: Watched, tmp_path: Path
) -> None:
    add_reading(database, "m1", value=3.5, recorded_at=now() - timedelta(days=3))
    add_reading(database, "m1", value=4.5)
    add_reading(database, "m2", value=5.5)
    page = visitors.page(f"{server.address}/probes", locale="en-GB")
    page.locator("tbody tr[data-id^='m1/'] button").click()
    (line,) = said(page, "readings.csv", tmp_path)
    assert "4.5" in line
    page.get_by_role("button", name="7 days").click()
    expect(page.locator("[data-file='readings.csv']")).to_have_attribute("href", re.compile("from="))
    with page.expect_download() as waiting:
        page.locator("[data-file='probe-events.xlsx']").click()
    assert waiting.value.suggested_filename.endswith(".xlsx")


def test_results_and_limits_are_files_of_what_is_shown(
    server: Served, database: Connection, visitors: Watched, tmp_path: Path
) -> None:
    add_result(database, "m1", commodity="韭菜")
    add_result(database, "m2", commodity="芹菜")
    page = visitors.page(f"{server.address}/results?station=m2", locale="zh-CN")
    (line,) = said(page, "results.csv", tmp_path)
    assert "芹菜" in line
    page.goto(f"{server.address}/system/limits")
    assert said(page, "limits.csv", tmp_path)


def test_what_holds_or_will_is_shown_however_much_is_over(
    server: Served, database: Connection, visitors: Watched
) -> None:
    row = (
        "INSERT INTO silence (id, kind, stations, reason, author, starts_at, ends_at, created_at)"
        " VALUES (%s, 'maintenance', '{m1}', %s, 'li', %s, %s, %s)"
    )
    hour, day = timedelta(hours=1), timedelta(days=1)
    database.execute(row, [uuid7(), "holds", now() - 3 * day, now() + day, now() - 3 * day])
    for _ in range(201):
        database.execute(row, [uuid7(), "over", now() - 2 * hour, now() - hour, now() - 2 * hour])
    database.execute(row, [uuid7(), "will hold", now() + hour, now() + 2 * hour, now()])
    page = visitors.page(f"{server.address}/system/silences", locale="en-GB")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(201)
    ahead = rows.filter(has_text="will hold")
    expect(ahead.locator(".chip")).to_have_text(re.compile("from "))
    ahead.get_by_role("button", name="End").click()
    expect(ahead.locator(".chip")).to_have_text("ended")
    expect(rows.filter(has_text="holds").locator(".chip")).to_have_text("maintenance")
