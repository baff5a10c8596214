"""Thresholds of the system's rules at the console: tried on the past month, changed with a reason, set back, read."""

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Watched
from tests.browser.looks import read_aloud
from tests.browser.test_forms import Connection, confirm, enter, field, look
from tests.support.people import ON, add_person
from tests.support.server import Served, add_station, serving

pytestmark = pytest.mark.browser


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        add_station(connection, "chaoyang-01", title="朝阳农贸市场", title_en="Chaoyang market")
        add_person(connection, "chen.jing", "administrator", title="陈静")
        add_person(connection, "sun.li", "auditor", title="孙丽")
        connection.execute(
            "INSERT INTO watch_past (rule, key, station, began, ended, most) VALUES"
            " ('repeats', 'repeats/chaoyang-01/tester', 'chaoyang-01', now() - interval '9 h',"
            "     now() - interval '8 h', 250),"
            " ('repeats', 'repeats/chaoyang-01/tester', 'chaoyang-01', now() - interval '3 d',"
            "     now() - interval '3 d' + interval '10 min', 320)"
        )
        yield connection


@pytest.fixture
def server(dsn: str, database: Connection) -> Iterator[Served]:
    with serving(dsn, accounts=ON) as site:
        yield site


def test_thresholds_are_tried_changed_and_set_back(server: Served, database: Connection, visitors: Watched) -> None:
    page = enter(visitors, server, "/system/rules", locale="en-GB")
    row = page.locator("tr[data-id='repeats']")
    expect(page.locator("tr[data-id='failed_test']").get_by_role("button", name="Thresholds")).to_have_count(0)
    row.get_by_role("button", name="Thresholds").click()
    sheet = page.locator(".sheet")
    opens = sheet.locator(".entry").filter(has_text="An alert opens after")
    expect(opens).to_contain_text("holds: 0 s, as shipped")
    expect(sheet.locator("select").first).to_be_focused()
    look(page, "thresholds")

    most = "So many within an hour"
    field(sheet, most).fill("300")
    sheet.get_by_role("button", name="Dry run on the past month").click()
    tried = sheet.locator(".dry-run")
    expect(tried.locator("[role=status]")).to_contain_text("would have raised: 1 (as it holds now: 2; looked at: 2)")
    expect(tried.locator("tbody tr")).to_have_count(1)
    expect(tried.locator("tbody tr")).to_contain_text("Chaoyang market")
    expect(tried.locator("tbody tr")).to_contain_text("lasted 10 min, largest value 320")
    expect(tried.locator(".bad")).to_have_count(0)
    look(page, "thresholds-tried")
    field(sheet, most).fill("150")
    expect(tried.locator("[role=status]")).to_have_count(0)  # it told of another value
    sheet.get_by_role("button", name="Dry run on the past month").click()
    expect(tried.locator(".bad")).to_contain_text("did not note what this would change: so many within an hour")
    look(page, "thresholds-unsure")
    read_aloud(page)
    field(sheet, most).fill("many")
    sheet.get_by_role("button", name="Dry run on the past month").click()
    wrong = sheet.locator(".entry.is-wrong")
    expect(wrong).to_have_count(1)
    expect(wrong).to_contain_text(most)
    expect(wrong.locator("input")).to_be_focused()
    look(page, "thresholds-mistake")

    page.get_by_role("button", name="中文").click()
    sheet.get_by_role("button", name="试算").click()
    expect(wrong).to_contain_text("应为整数")
    look(page, "thresholds-mistake-zh")
    page.get_by_role("button", name="English").click()

    field(sheet, most).fill("300")
    sheet.get_by_role("button", name="Save").click()
    expect(wrong).to_contain_text("Reason")
    sheet.get_by_label("Reason").fill("the memory is read at noon")
    sheet.get_by_role("button", name="Save").click()
    expect(sheet).to_have_count(0)
    expect(row).to_contain_text("thresholds changed")
    row.get_by_role("button", name="Thresholds").click()
    expect(sheet).to_contain_text("holds: 300 per hour, changed by the district · default: 200 per hour")
    changed = database.execute("SELECT changed::text FROM rule_threshold").fetchall()
    assert changed == [('{"an_hour": 300}',)]

    reader = enter(visitors, server, "/system/rules", "sun.li", locale="zh-CN")
    reader.locator("tr[data-id='repeats']").get_by_role("button", name="阈值").click()
    line = reader.locator(".sheet tr[data-key='an_hour']")
    expect(line.locator("td")).to_have_text(["300 次/小时", "本区修改", "200 次/小时"])
    expect(reader.locator(".sheet :is(input, select)")).to_have_count(0)
    look(reader, "thresholds-read")
    read_aloud(reader)

    sheet.get_by_role("button", name="Back to the default").click()
    expect(page.locator("dialog[open]")).to_contain_text(
        "From then on this holds: So many within an hour 200 per hour."
    )
    confirm(page, "over")
    expect(sheet).to_have_count(0)
    expect(row.get_by_text("thresholds changed")).to_have_count(0)
    deeds = "SELECT action, why FROM deed WHERE action LIKE 'threshold%' ORDER BY recorded_at"
    assert database.execute(deeds).fetchall() == [
        ("threshold_changed", "the memory is read at noon"),
        ("threshold_reset", "over"),
    ]
