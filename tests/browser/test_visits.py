"""Two tabs, a line that is cut, an old tab, a strange browser, an empty district, links that lead nowhere."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from playwright.sync_api import Page, WebSocketRoute, expect
from uuid_utils.compat import uuid7

from tests.browser.conftest import Watched
from tests.browser.looks import fits
from tests.browser.test_page import PAGES, rows, sign_in
from tests.support.people import ON, PASSWORD, add_person
from tests.support.server import Served, add_alert, add_result, add_station, alert_item, publish, result_item, serving

pytestmark = pytest.mark.browser
Connection = psycopg.Connection[Any]


@pytest.fixture
def empty(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def database(empty: Connection) -> Connection:
    add_station(empty, "chaoyang-01", title="朝阳农贸市场", title_en="Chaoyang market")
    return empty


@pytest.fixture
def server(dsn: str, empty: Connection) -> Iterator[Served]:
    with serving(dsn) as site:
        yield site


def live(page: Page) -> Page:
    expect(page.locator("#link")).to_have_attribute("data-state", "live", timeout=60_000)
    return page


def news(database: Connection, sample: str) -> UUID:
    event = add_result(database, "chaoyang-01", sample=sample, commodity="韭菜")
    publish(database, result_item(event, "chaoyang-01", sample=sample, commodity="韭菜"))
    return event


STATES = """() => {
  window.states = [];
  const link = document.querySelector("#link");
  new MutationObserver(() => window.states.push(link.dataset.state)).observe(link, { attributes: true });
}"""


class CutLine:
    """The line of a page through a proxy that cuts it when the test says so."""

    def __init__(self, page: Page) -> None:
        self._held: list[WebSocketRoute] = []
        page.route_web_socket(re.compile("/api/v1/live"), self._pass)

    def _pass(self, line: WebSocketRoute) -> None:
        line.connect_to_server()
        self._held.append(line)

    @property
    def count(self) -> int:
        return len(self._held)

    def cut(self) -> None:
        self._held[-1].close()


def test_a_line_that_a_proxy_cuts_again_and_again_is_no_loss(
    server: Served, database: Connection, visitors: Watched
) -> None:
    page = visitors.page("about:blank", locale="en-GB")
    line = CutLine(page)
    page.goto(f"{server.address}/results")
    live(page)
    page.evaluate(STATES)
    for number in range(1, 4):
        before = line.count
        line.cut()
        news(database, f"S{number}")
        expect(rows(page)).to_have_count(number)
        assert line.count > before, "the row came over a new line"
    assert "offline" not in page.evaluate("window.states")
    expect(page.locator("#banner")).to_have_count(0)
    expect(page.locator("#upgraded")).to_have_count(0)


def test_two_tabs_show_the_same(server: Served, database: Connection, visitors: Watched) -> None:
    alert = add_alert(database, "chaoyang-01")
    one = live(visitors.page(f"{server.address}/alerts?open={alert}", locale="en-GB"))
    other = one.context.new_page()
    other.goto(f"{server.address}/alerts?open={alert}")
    live(other)
    one.locator("#alert-detail").get_by_role("button", name="Acknowledge").click()
    one.locator("#step-ok").click()
    publish(database, alert_item(alert, "chaoyang-01", state="acknowledged"))
    for tab in (one, other):
        expect(tab.locator("#alert-detail .chip").last).to_have_text("Acknowledged")
    # What is refused because the other tab was first is a sentence.
    other.bring_to_front()
    expect(other.locator("#alerts-count")).to_contain_text("0 open")
    other.get_by_role("button", name="中文").click()
    one.reload()
    expect(live(one).locator(".brand")).to_have_text("食品快检监控")


def test_an_old_tab_says_that_the_server_was_upgraded_and_loads_itself_anew(
    server: Served, database: Connection, visitors: Watched
) -> None:
    page = visitors.page("about:blank", locale="en-GB")
    line = CutLine(page)
    page.goto(f"{server.address}/alerts")
    live(page)
    html = server.client.get("/").text
    page.route(f"{server.address}/", lambda route: route.fulfill(body=html.replace("/index-", "/index-of-tomorrow-")))
    page.get_by_label("Severity").focus()  # whoever is at a field is not disturbed
    line.cut()
    expect(page.locator("#upgraded")).to_contain_text("The server was upgraded")
    with page.expect_event("load", timeout=60_000):
        page.get_by_label("Severity").blur()
    live(page)
    expect(page).to_have_url(f"{server.address}/alerts")


def test_a_strange_browser_has_english_and_the_districts_time(
    server: Served, database: Connection, visitors: Watched
) -> None:
    add_result(database, "chaoyang-01", recorded_at="2026-03-01T23:30:00Z", sample="S1")
    page = live(visitors.page(f"{server.address}/results", locale="tlh", timezone_id="Pacific/Kiritimati"))
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("02/03, 07:30:00")
    expect(page.locator(".rail .zone")).to_have_text("China Standard Time")
    page.locator("#period").select_option("own")
    page.locator("#from").fill("2026-3-2")
    page.keyboard.press("Tab")
    expect(page.locator("#from")).to_have_value("2026-03-02")
    expect(page).to_have_url(re.compile(re.escape("from=2026-03-01T16:00:00.000Z")))
    page.get_by_role("button", name="Calendar").first.click()
    expect(page.locator(".calendar strong")).to_have_text("March 2026")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#from")).to_have_value("2026-03-03")


def test_a_district_without_a_station_says_on_every_page_what_there_is(server: Served, visitors: Watched) -> None:
    page = visitors.page(server.address, locale="zh-CN")
    for place in (one for one in PAGES if "open=" not in one and "audit" not in one):
        page.goto(f"{server.address}{place}")
        live(page)
        main = page.locator("main")
        expect(main).to_have_count(1)
        expect(main).to_contain_text(re.compile(r"[\u4e00-\u9fff]{2,}"))
        assert re.findall(r"\S*(?:undefined|NaN|null)\S*", main.inner_text()) == [], place
        fits(page)


SENTENCES = {
    "/alerts?open={alert}": "没有这个预警",
    "/results/{event}": "没有这个检测结果",
    "/results?open={event}": "没有这个检测结果",
    "/stations?open=east-01": "没有这个检测点，或不在您可查看的区域内",
    "/system/accounts": "您的账号无权查看此页",
}


def test_a_link_to_what_is_anothers_ended_or_forbidden_is_a_sentence(
    dsn: str, empty: Connection, visitors: Watched
) -> None:
    empty.execute("INSERT INTO area (code, name) VALUES ('east', '东街道'), ('west', '西街道')")
    for name in ("east", "west"):
        add_station(empty, f"{name}-01", area=name)
    add_person(empty, "zhao.min", "inspector", area="west")
    event = add_result(empty, "east-01", verdict="fail", decided_verdict="fail")
    foreign = {"alert": add_alert(empty, "east-01", event=event), "event": event}
    own = add_alert(empty, "west-01", state="resolved", event=uuid7())
    visitors.forgive("the server responded with a status of 40")  # what is refused and what is not there
    with serving(dsn, accounts=ON) as server, visitors:
        page = visitors.page(f"{server.address}/alerts?open={own}", locale="zh-CN")
        sign_in(page, "zhao.min", PASSWORD)
        live(page)
        expect(page.locator("#alert-detail .chip").last).to_have_text("已办结")
        for place, sentence in SENTENCES.items():
            page.goto(server.address + place.format_map(foreign))
            live(page)
            expect(page.locator("main")).to_contain_text(sentence)
            expect(page.locator("main")).not_to_contain_text("东街道")
        page.close()
