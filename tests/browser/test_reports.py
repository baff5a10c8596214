"""The page of reports, as the head of the office asks on a Friday."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import pictures
from tests.browser.conftest import Watched
from tests.support import month
from tests.support.server import Served, now, serving

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


@pytest.fixture
def server(dsn: str) -> Iterator[Served]:
    database: psycopg.Connection[Any]
    with psycopg.connect(dsn, autocommit=True) as database:
        month.fill(database, now())
    with serving(dsn) as site:
        yield site


def test_how_many_leeks_failed_is_three_clicks_away(server: Served, visitors: Watched) -> None:
    visitors.forgive("status of 422")  # of the area that there is not
    page = visitors.page(server.address, locale="zh-CN")
    page.locator(".rail").get_by_text("报表").click()
    page.locator("[data-by=commodity]").click()
    leek = page.locator("#figures tbody tr", has_text="韭菜")
    expect(leek.locator(".bad, td").nth(2)).not_to_be_empty()
    expect(page.locator("#told tbody tr").first).to_contain_text("街道办公室")
    with page.expect_download() as waiting:
        page.locator("#xlsx").click()
    assert waiting.value.suggested_filename.startswith("shian-report-commodity-")

    page.locator("#month").select_option(index=1)
    page.locator("[data-by=area]").click()
    page.get_by_role("button", name="西城街道").click()
    expect(page.locator("#figures tbody tr")).to_have_count(2)
    expect(page).to_have_url(re.compile("area=west"))
    page.reload()
    expect(page.locator("#figures tbody tr")).to_have_count(2)
    page.goto(f"{server.address}/reports?area=nowhere")
    expect(page.get_by_role("alert")).to_contain_text("没有这样的区域")


def test_who_knew_what_when_is_answered_in_three_clicks(server: Served, visitors: Watched) -> None:
    page = visitors.page(server.address, locale="zh-CN")
    count = clicks(page)
    page.locator(".rail").get_by_text("报表").click()
    told = page.locator("#told tbody tr")
    expect(told.first).to_contain_text("街道办公室")
    answered = told.filter(has_text="duty-1").first  # an older one: it was signed for
    moment = answered.locator("td").nth(6)
    expect(moment).to_have_text(re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d"))
    answered.locator("a").click()
    detail = page.locator("#alert-detail")
    expect(detail).to_contain_text("街道办公室: 已送达")
    expect(detail.locator("ol.timeline li").filter(has_text="duty-1")).to_have_count(2)
    assert count() <= 3


def test_a_newcomer_goes_from_the_overview_to_the_failed_test_its_alert_and_its_cameras(
    server: Served, dsn: str, visitors: Watched
) -> None:
    with psycopg.connect(dsn, autocommit=True) as database:
        database.execute(
            "INSERT INTO device (station, name, adapter, state) SELECT name, 'cam-1', 'camera', 'online' FROM station"
        )
    page = visitors.page(server.address, locale="en-GB")
    count = clicks(page)
    first = page.locator("#unsigned li").first
    expect(first).to_contain_text("Failed rapid test")
    first.locator("a").click()
    detail = page.locator("#alert-detail")
    expect(detail).to_contain_text("What to do")
    detail.get_by_role("link", name="Its cameras, live").click()
    expect(page.locator(".tile")).to_have_count(1)
    page.go_back()
    detail.get_by_role("link", name=re.compile("proof", re.IGNORECASE)).click()
    expect(page.locator("#result-detail .scale")).to_be_visible()
    expect(page.locator("#result-detail").get_by_role("link", name="Failed rapid test")).to_be_visible()
    assert count() == 3


def clicks(page: Page) -> Callable[[], int]:
    """Count what is clicked on the page from now on, over all pages of the console."""
    page.evaluate("window.clicks = 0; addEventListener('click', () => window.clicks++, true)")
    return lambda: int(page.evaluate("window.clicks"))


def test_the_pictures_of_the_handbooks_can_be_taken_again(
    server: Served, dsn: str, chromium: Browser, tmp_path: Path
) -> None:
    with psycopg.connect(dsn) as database:
        pictures.take(server, chromium, tmp_path, pictures.places_of(database))
    pictures.take_screen(chromium, tmp_path)
    taken = {path.name for path in tmp_path.iterdir()}
    handbooks = [*ROOT.glob("README*.md"), *(ROOT / "docs" / "handbooks").glob("*.md")]
    used = {name for page in handbooks for name in re.findall(r"pictures/([\w.-]+\.png)", page.read_text("utf-8"))}
    assert used <= taken
    assert used <= {path.name for path in pictures.FOLDER.iterdir()}
