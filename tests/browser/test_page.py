"""The console in a real browser, on a real server and database."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Locator, Page, expect
from pyotp import TOTP
from uuid_utils.compat import uuid7

from storage import accounts
from storage.steps import run
from tests.browser.conftest import Watched
from tests.browser.looks import fits, picture, read_aloud
from tests.support.people import ON, PASSWORD, add_person
from tests.support.server import (
    Served,
    add_alert,
    add_reading,
    add_result,
    add_station,
    alert_item,
    now,
    publish,
    result_item,
    serving,
)
from tests.support.waiting import wait_for
from wire.said import Said

pytestmark = pytest.mark.browser
Connection = psycopg.Connection[Any]


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        add_station(connection, "chaoyang-01", title="朝阳农贸市场", title_en="Chaoyang market")
        add_station(
            connection, "haidian-02", title="海淀批发市场", title_en="Haidian wholesale market", state="offline"
        )
        connection.execute("INSERT INTO device (station, name, state) VALUES ('chaoyang-01', 'lz4000t-1', 'online')")
        yield connection


@pytest.fixture
def server(dsn: str, database: Connection) -> Iterator[Served]:
    with serving(dsn) as site:
        yield site


def live(page: Page) -> Page:
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    return page


def fail_a_test(database: Connection) -> tuple[Any, Any]:
    """Insert a failed test with its alert, as ingest would commit them."""
    words = {"verdict": "fail", "commodity": "韭菜", "sample": "7", "value": 63.1, "value_text": "63.1"}
    with database.transaction():
        event = add_result(database, "chaoyang-01", decided_verdict="fail", **words)
        alert = add_alert(database, "chaoyang-01", event=event)
        publish(database, result_item(event, "chaoyang-01", **words), alert_item(alert, "chaoyang-01"))
    return event, alert


def open_alerts(server: Served, visitors: Watched, locale: str = "en-GB") -> Page:
    return live(visitors.page(f"{server.address}/alerts", locale=locale))


def rows(page: Page) -> Locator:
    return page.locator(".rows .scroll .line")


def test_news_appear_and_an_alert_is_acknowledged_resolved_and_found_again(
    server: Served, database: Connection, visitors: Watched
) -> None:
    add_result(database, "chaoyang-01", commodity="白菜")
    page = live(visitors.page(f"{server.address}/results", locale="en-GB"))
    expect(rows(page)).to_have_count(1)
    fail_a_test(database)
    expect(rows(page).first).to_contain_text("韭菜")
    expect(rows(page).first.locator(".chip")).to_have_text("Failed (screening)")
    expect(page).to_have_title("(1) Results · Food test monitoring")

    page.locator(".rail").get_by_text("Alerts").click()
    expect(rows(page).first).to_contain_text("Failed rapid test")
    expect(rows(page).first).to_contain_text("63.1\u00a0%")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    detail = page.locator("#alert-detail")
    page.keyboard.press("s")
    page.get_by_label("Note").fill("on my way")
    page.locator("#step-ok").click()
    expect(detail.locator(".chip").last).to_have_text("Acknowledged")
    expect(detail).to_contain_text("local — on my way")

    detail.get_by_role("button", name="Resolve").click()
    expect(page.locator("#step-note")).to_be_focused()
    page.keyboard.press("Enter")  # in the note: a new line, not a click on anything
    page.locator("#step-measure").select_option("destroyed")
    page.locator("#step-ok").click()
    expect(page.locator("#alerts-empty")).to_be_visible()
    expect(page.locator("#alerts-count")).to_contain_text("1 resolved")
    page.locator("#history").click()
    rows(page).first.click()
    expect(detail).to_contain_text("local — on my way")
    expect(detail).to_contain_text("destroyed")

    detail.get_by_role("button", name="Open again").click()
    page.get_by_label("Note").fill("the wrong stall")
    page.locator("#step-ok").click()
    expect(page.locator("#alerts-count")).to_contain_text("1 open")
    steps = database.execute("SELECT action, actor FROM alert_step WHERE action <> 'opened' ORDER BY at").fetchall()
    assert steps == [("acknowledged", "local"), ("resolved", "local"), ("reopened", "local")]


def test_a_thousand_open_alerts_are_counted_and_all_reachable(
    server: Served, database: Connection, visitors: Watched
) -> None:
    for number in range(1001):
        add_alert(database, "chaoyang-01", sample=str(number), severity="warning")
    oldest = add_alert(database, "chaoyang-01", sample="oldest", severity="critical")
    page = open_alerts(server, visitors)
    expect(page.locator("#alerts-count")).to_contain_text("1,002 open")
    expect(page.locator(".rows")).to_have_attribute("aria-rowcount", "1003")
    expect(rows(page).first).to_have_attribute("data-id", str(oldest))
    page.locator(".rows .scroll").evaluate("node => node.scrollTo(0, node.scrollHeight)")
    expect(page.locator(".rows .scroll .line[aria-rowindex='1003']")).to_be_visible()
    assert rows(page).count() < 100


def test_several_are_signed_for_at_once_from_the_keyboard(
    server: Served, database: Connection, visitors: Watched
) -> None:
    for number in range(3):
        add_alert(database, "chaoyang-01", sample=str(number))
    page = open_alerts(server, visitors)
    expect(rows(page)).to_have_count(3)
    for key in ("j", "x", "j", "x", "s"):
        page.keyboard.press(key)
    page.locator("#step-ok").click()
    expect(page.locator("#alerts-count")).to_contain_text("1 open · 2 acknowledged")
    expect(page.locator("dialog[open]")).to_have_count(0)  # the news may come before the answer
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()


def test_what_the_centre_says_by_itself_is_said_in_both_languages(
    server: Served, database: Connection, visitors: Watched
) -> None:
    of_nothing = {"item": "", "sample": "", "commodity": ""}
    swapped = {"rule": "dead_letters", "device": "lz4000t-1", "facts": json.dumps({"count": 73, "results": 0})}
    add_alert(database, "chaoyang-01", **of_nothing, **swapped)
    add_alert(database, "", **of_nothing, rule="broker_away", device="", facts="{}")
    english = open_alerts(server, visitors).locator("#alerts")
    expect(english.locator(".scroll .line")).to_have_count(2)
    expect(english).to_contain_text("A device sends what cannot be decoded")
    expect(english).to_contain_text("lz4000t-1 · 73 pieces within an hour, 0 results")
    expect(english).to_contain_text("The message broker is away")
    expect(english).to_contain_text("The centre")
    chinese = open_alerts(server, visitors, "zh-CN").locator("#alerts")
    expect(chinese).to_contain_text("仪器数据无法解码")
    expect(chinese).to_contain_text("lz4000t-1 · 一小时内 73 段无法解码，0 条结果")
    expect(chinese).to_contain_text("消息代理连接中断")


def test_steps_and_the_subject_of_a_gap_are_said_in_the_language_of_the_page(
    server: Served, database: Connection, visitors: Watched
) -> None:
    of_nothing = {"item": "", "sample": "", "commodity": "", "device": ""}
    gap = add_alert(
        database, "chaoyang-01", **of_nothing, rule="stream_gap", facts=json.dumps({"missing": ["5", "7-9"]})
    )
    step = (
        "INSERT INTO alert_step (id, alert, at, action, note, code, facts) VALUES (%s, %s, now(), 'joined', %s, %s, %s)"
    )
    for said in (Said("missing", missing=["5", "7-9"]), Said("result", verdict="fail", value="74.33", unit="%")):
        database.execute(step, [uuid7(), gap, str(said), said.code, json.dumps(said.facts)])
    unknown = [uuid7(), gap, "said by a newer version", "a-code-of-tomorrow", "{}"]
    database.execute(step, unknown)
    for locale, subject, steps in (
        ("en-GB", "missing: 5, 7-9", ("missing: 5, 7-9", "failed (screening): 74.33 %")),
        ("zh-CN", "缺少序号：5、7-9", ("缺少序号：5、7-9", "初筛不合格：74.33 %")),
    ):
        detail = live(visitors.page(f"{server.address}/alerts?open={gap}", locale=locale)).locator("#alert-detail")
        expect(detail.locator(".subject")).to_have_text(subject)
        for words in (*steps, "said by a newer version", "fail: 63.1 %"):
            expect(detail).to_contain_text(words)


@pytest.mark.parametrize(
    ("locale", "words"),
    [("en-GB", ("Last result 3 d ago", "1 d behind")), ("zh-CN", ("最近结果 3 天前", "慢 1 天"))],
)
def test_a_device_shows_how_old_its_last_result_is_and_a_wrong_clock(
    server: Served, database: Connection, visitors: Watched, locale: str, words: tuple[str, str]
) -> None:
    database.execute("UPDATE device SET last_result_at = now() - interval '3 days 1 hour', clock_skew_s = -86410")
    page = live(visitors.page(f"{server.address}/stations?open=chaoyang-01", locale=locale))
    row = page.locator("[data-device='lz4000t-1']")
    result, clock = words
    expect(row).to_contain_text(result)
    expect(row.locator(".chip.warning")).to_contain_text(clock)
    database.execute("UPDATE device SET last_result_at = now(), clock_skew_s = 0")
    fail_a_test(database)
    expect(row).not_to_contain_text(result)  # stations are loaded again a while after a result
    expect(row.locator(".chip.warning")).to_have_count(0)


def test_the_console_speaks_the_browsers_language_and_switches(
    server: Served, database: Connection, visitors: Watched
) -> None:
    fail_a_test(database)
    page = live(visitors.page(f"{server.address}/results", locale="zh-CN"))
    expect(page.locator(".brand")).to_have_text("食品快检监控")
    expect(rows(page).locator(".chip")).to_have_text("初筛不合格")
    expect(rows(page).locator(".station")).to_have_text("朝阳农贸市场")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.get_by_role("button", name="English").click()
    expect(rows(page).locator(".chip")).to_have_text("Failed (screening)")
    expect(rows(page).locator(".station")).to_have_text("Chaoyang market")
    page.reload()
    expect(live(page).locator(".brand")).to_have_text("Food test monitoring")


def test_an_unknown_language_of_the_browser_is_english(server: Served, visitors: Watched) -> None:
    expect(live(visitors.page(server.address, locale="tlh")).locator(".brand")).to_have_text("Food test monitoring")


def test_what_a_station_sends_is_text_and_never_markup(server: Served, database: Connection, visitors: Watched) -> None:
    evil = "<img src=x onerror=document.title='owned'>"
    page = live(visitors.page(f"{server.address}/results", locale="en-GB"))
    event = add_result(database, "chaoyang-01", commodity=evil)
    publish(database, result_item(event, "chaoyang-01", commodity=evil, unit=evil))
    long = add_result(database, "chaoyang-01", commodity="长" * 10_000)
    publish(database, result_item(long, "chaoyang-01", commodity="长" * 10_000))
    expect(rows(page).locator(".food").last).to_contain_text(evil)
    expect(page).to_have_title("Results · Food test monitoring")
    expect(rows(page)).to_have_count(2)
    fits(page)


def test_an_offline_station_and_a_lost_server_look_stale(dsn: str, database: Connection, visitors: Watched) -> None:
    visitors.forgive("ERR_CONNECTION_REFUSED")  # that a socket could not be opened is what is asked for here
    with serving(dsn) as server:
        page = live(visitors.page(f"{server.address}/stations", locale="en-GB"))
        expect(page.locator(".row.offline")).to_contain_text("Haidian wholesale market")
        publish(database, {"kind": "station", "station": "chaoyang-01", "state": "offline", "at": now().isoformat()})
        expect(page.locator(".row.offline")).to_have_count(2)
    expect(page.locator("#banner")).to_contain_text("Not live since")
    expect(page.locator("#link-text")).to_have_text(re.compile(r"^(Stale|Offline) since \d\d:\d\d$"))
    expect(page.locator("body")).to_have_class("is-stale")


NOTE_STATES = """() => {
  const link = document.querySelector("#link");
  window.states = [];
  new MutationObserver(() => window.states.push(link.dataset.state)).observe(link, { attributes: true });
}"""


def test_old_data_is_not_live_however_well_the_line_is(server: Served, database: Connection, visitors: Watched) -> None:
    page = live(visitors.page(server.address, locale="en-GB"))
    page.evaluate(NOTE_STATES)
    event = add_result(database, "chaoyang-01")
    late = (now() - timedelta(minutes=5)).isoformat()
    publish(database, result_item(event, "chaoyang-01", received_at=late))
    wait_for(lambda: "stale" in page.evaluate("window.states"), what="stale data")  # until the server's next word
    publish(database, result_item(add_result(database, "chaoyang-01"), "chaoyang-01"))
    live(page)


def test_the_same_news_twice_is_one_row_and_the_newest_is_on_top(
    server: Served, database: Connection, visitors: Watched
) -> None:
    page = live(visitors.page(f"{server.address}/results", locale="en-GB"))
    first = add_result(database, "chaoyang-01", sample="1")
    item = result_item(first, "chaoyang-01", sample="first")
    publish(database, item)
    publish(database, item, result_item(add_result(database, "chaoyang-01"), "chaoyang-01", sample="second"))
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_contain_text("second")


def test_paused_news_wait_and_the_filters_stand_in_the_address(
    server: Served, database: Connection, visitors: Watched
) -> None:
    add_result(database, "chaoyang-01", commodity="白菜")
    page = live(visitors.page(f"{server.address}/results", locale="en-GB"))
    expect(rows(page)).to_have_count(1)
    page.locator("#pause").click()
    fail_a_test(database)
    expect(page.locator("#new-rows")).to_have_text("1 new")
    expect(rows(page)).to_have_count(1)
    page.locator("#new-rows").click()
    expect(rows(page)).to_have_count(2)
    page.locator("#verdict-filter").select_option("fail")
    expect(rows(page)).to_have_count(1)
    expect(page).to_have_url(f"{server.address}/results?verdict=fail")
    page.reload()
    expect(rows(live(page))).to_have_count(1)
    expect(page.locator("#verdict-filter")).to_have_value("fail")


def test_results_are_searched_filtered_and_taken_away_as_they_are_shown(
    server: Served, database: Connection, visitors: Watched
) -> None:
    add_result(database, "chaoyang-01", commodity="白菜", sample="S7001", stall="A-12", vendor="东门蔬菜店")
    add_result(database, "haidian-02", commodity="白菜", sample="S8001", stall="B-3")
    page = live(visitors.page(f"{server.address}/results", locale="zh-CN"))
    expect(rows(page)).to_have_count(2)
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("S70")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    page.locator("#more-filters").click()
    page.locator("#search").fill("")
    page.locator("#by-stall").fill("B-3")
    # News draw the page again while somebody types, and take nothing of it away.
    expect(rows(page)).to_have_count(2)
    publish(database, result_item(add_result(database, "chaoyang-01"), "chaoyang-01"))
    expect(rows(page)).to_have_count(3)
    page.locator("#by-stall").press("Enter")
    expect(page).to_have_url(re.compile(r"\?stall=B-3$"))
    expect(rows(page)).to_have_text([re.compile("海淀批发市场")])
    # What the feed does not say of a row is asked of the server.
    news = {"commodity": "芹菜", "sample": "S9"}
    publish(database, result_item(add_result(database, "haidian-02", stall="B-3", **news), "haidian-02", **news))
    expect(rows(page)).to_have_count(2)
    page.get_by_text("列", exact=True).click()
    page.get_by_label("经营者", exact=True).last.check()
    page.locator("#period").select_option("last_week")
    expect(page).to_have_url(re.compile("from="))
    page.reload()
    expect(rows(live(page))).to_have_count(2)
    expect(page.locator("#by-stall")).to_have_value("B-3")
    expect(page.get_by_role("columnheader", name="经营者")).to_be_visible()
    for ending in ("csv", "xlsx"):
        with page.expect_download() as waiting:
            page.locator(f"[data-file='results.{ending}']").click()
        assert waiting.value.suggested_filename.endswith(f".{ending}")
        assert "stall=B-3" in waiting.value.url
        assert "from=" in waiting.value.url


def test_a_deep_link_to_what_is_not_there_is_a_sentence(server: Served, visitors: Watched) -> None:
    visitors.forgive("status of 404")  # Chromium writes every one on the console
    nothing = "00000000-0000-0000-0000-000000000000"
    page = visitors.page(f"{server.address}/alerts?open={nothing}", locale="en-GB")
    expect(page.locator(".drawer .problem")).to_have_text("There is no such alert.")
    page.goto(f"{server.address}/results/{nothing}")
    expect(page.locator(".problem").last).to_contain_text("There is no such result")


def sign_in(page: Page, name: str, password: str) -> None:
    page.locator("#sign-in-name").fill(name)
    page.locator("#sign-in-password").fill(password)
    page.locator("#sign-in-password").press("Enter")


def test_a_server_with_accounts_asks_who_one_is(dsn: str, database: Connection, visitors: Watched) -> None:
    add_person(database, "wang.li", "inspector", title="王丽")
    alert = add_alert(database, "chaoyang-01")
    visitors.forgive("status of 401")  # Chromium writes every one on the console
    with serving(dsn, accounts=ON) as server, visitors:
        page = visitors.page(f"{server.address}/alerts", locale="en-GB")
        sign_in(page, "wang.li", "wrong")
        expect(page.locator("#sign-in-problem")).to_contain_text("Name, password or code is not right")
        sign_in(page, "wang.li", PASSWORD)
        live(page)
        page.reload()
        live(page)
        assert "shian_session" not in page.evaluate("document.cookie")
        page.locator(f".rows [data-id='{alert}']").click()
        page.keyboard.press("s")
        page.locator("#step-ok").click()
        expect(page.locator("#alert-detail .chip").last).to_have_text("Acknowledged")
        actors = database.execute("SELECT actor FROM alert_step WHERE action = 'acknowledged'").fetchall()
        assert actors == [("wang.li",)]
        page.get_by_role("button", name="王丽").click()
        expect(page.locator("#account-sessions li")).to_have_count(1)
        page.get_by_role("button", name="Sign out").click()
        expect(page.locator("#sign-in")).to_be_visible()


def test_an_account_sees_its_area_alone(dsn: str, database: Connection, visitors: Watched) -> None:
    database.execute("INSERT INTO area (code, name) VALUES ('west', 'West')")
    database.execute("UPDATE station SET area = 'west' WHERE name = 'haidian-02'")
    add_person(database, "zhao.min", "inspector", area="west")
    add_alert(database, "chaoyang-01")
    mine = add_alert(database, "haidian-02")
    visitors.forgive("status of 401")  # Chromium writes every one on the console
    with serving(dsn, accounts=ON) as server, visitors:
        page = visitors.page(f"{server.address}/alerts", locale="en-GB")
        sign_in(page, "zhao.min", PASSWORD)
        live(page)
        expect(rows(page)).to_have_count(1)
        expect(rows(page).first).to_have_attribute("data-id", str(mine))
        expect(page.locator("#alerts-count")).to_contain_text("1 open")


def test_the_first_start_makes_the_first_account(dsn: str, database: Connection, visitors: Watched) -> None:
    with database.cursor() as cursor:
        secret = run(cursor, accounts.keep_secret(accounts.SETUP, None, for_s=60))
    visitors.forgive("status of 401")  # Chromium writes every one on the console
    with serving(dsn, accounts=ON) as server, visitors:
        page = visitors.page(f"{server.address}/#setup={secret}", locale="zh-CN")
        expect(page.locator("#sign-in-title")).to_have_text("首次启动：创建首个系统管理员")
        assert secret not in page.url
        sign_in(page, "admin", "four plain english words")
        expect(page.locator("#me")).to_have_text("admin")


def test_a_link_lets_its_visitor_in_once(dsn: str, database: Connection, visitors: Watched) -> None:
    account = add_person(database, "demo", "administrator")
    with database.cursor() as cursor:
        link = run(cursor, accounts.keep_secret(accounts.LINK, account, for_s=60))
    visitors.forgive("status of 401")  # Chromium writes every one on the console
    with serving(dsn, accounts=ON) as server, visitors:
        page = visitors.page(f"{server.address}/#link={link}", locale="en-GB")
        live(page)
        other = visitors.page(f"{server.address}/#link={link}", locale="en-GB")
        expect(other.locator("#sign-in-problem")).to_contain_text("has been used")


def test_an_administrator_makes_an_account_that_its_link_lets_in(
    dsn: str, database: Connection, visitors: Watched
) -> None:
    database.execute("INSERT INTO area (code, name) VALUES ('west', 'West'), ('east', 'East')")
    add_person(database, "chen.jing", "administrator")
    visitors.forgive("status of 401")  # Chromium writes every one on the console
    with serving(dsn, accounts=ON) as server, visitors:
        page = visitors.page(f"{server.address}/system/accounts", locale="en-GB")
        sign_in(page, "chen.jing", PASSWORD)
        live(page)
        page.get_by_role("button", name="New account").click()
        sheet = page.locator(".sheet")
        sheet.get_by_label("User name").fill("sun.hao")
        sheet.get_by_label("Full name").fill("<b>孙浩</b>")
        sheet.get_by_label("Area").select_option("west")
        page.get_by_role("button", name="Save").click()
        row = page.locator("tr[data-id='sun.hao']")
        expect(row).to_contain_text("inspector (West)")
        link = page.locator("[role=status] code").inner_text()
        guest = visitors.page(link, locale="en-GB")
        expect(live(guest).locator("#me")).to_have_text("<b>孙浩</b>")
        page.goto(f"{server.address}/system/audit")
        expect(page.locator("tbody tr").first).to_contain_text("sun.hao")


def test_a_subscriber_sees_what_he_would_be_sent_and_silences_a_station(
    dsn: str, database: Connection, visitors: Watched
) -> None:
    add_person(database, "wang.li", "monitoring_centre")
    add_alert(database, "chaoyang-01")
    visitors.forgive("status of 401")  # Chromium writes every one on the console
    with serving(dsn, accounts=ON) as server, visitors:
        page = visitors.page(f"{server.address}/system/subscriptions", locale="en-GB")
        sign_in(page, "wang.li", PASSWORD)
        live(page)
        page.get_by_role("button", name="New subscription").click()
        sheet = page.locator(".sheet")
        expect(sheet.get_by_role("status")).to_have_text("The last 7 days would have sent 1.")
        sheet.get_by_label("Haidian wholesale market").check()
        expect(sheet.get_by_role("status")).to_have_text("The last 7 days would have sent 0.")
        sheet.get_by_label("Subscriber", exact=True).fill("street office")
        sheet.locator("select").first.select_option("webhook")
        sheet.get_by_label("Address").fill("https://example.gov.cn/hook")
        sheet.get_by_role("button", name="Save").click()
        row = page.locator("tbody tr")
        expect(row).to_contain_text("Haidian wholesale market")
        expect(row).to_contain_text("not confirmed yet")
        expect(page.locator("[role=status] code")).to_contain_text("whsec_")
        page.get_by_role("link", name="Silences").click()
        page.get_by_role("button", name="New silence").click()
        page.get_by_label("Reason").fill("the camera is being exchanged")
        page.get_by_label("Chaoyang market").check()
        page.get_by_role("button", name="Save").click()
        expect(page.locator("tbody tr")).to_contain_text("Chaoyang market")
        page.get_by_role("button", name="End").click()
        expect(page.locator("tbody tr .chip")).to_have_text("ended")
        page.get_by_role("link", name="Duty").click()
        page.get_by_role("button", name="Make a rota").click()
        expect(page.get_by_text("Nobody is on duty now.")).to_be_visible()


def test_a_second_factor_is_set_and_asked_for(dsn: str, database: Connection, visitors: Watched) -> None:
    add_person(database, "wang.li", "inspector")
    visitors.forgive("status of 401")  # Chromium writes every one on the console
    with serving(dsn, accounts=ON) as server, visitors:
        page = visitors.page(f"{server.address}/alerts", locale="en-GB")
        sign_in(page, "wang.li", PASSWORD)
        live(page)
        page.locator("#me").click()
        page.get_by_role("button", name="Set up a second factor").click()
        secret = page.locator("#account code").inner_text()
        page.get_by_label("Present password").first.fill(PASSWORD)
        page.get_by_label("Code of the second factor").fill(TOTP(secret).now())
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", name="Second factor: yes")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_url(f"{server.address}/")
        sign_in(page, "wang.li", PASSWORD)
        expect(page.locator("#sign-in-problem")).not_to_be_empty()


def test_an_area_that_is_chosen_filters_every_page_and_stays(
    server: Served, database: Connection, visitors: Watched
) -> None:
    database.execute("INSERT INTO area (code, name, name_en) VALUES ('west', '西区', 'West'), ('east', '东区', 'East')")
    database.execute("UPDATE station SET area = 'west' WHERE name = 'haidian-02'")
    add_alert(database, "chaoyang-01")
    mine = add_alert(database, "haidian-02")
    page = open_alerts(server, visitors)
    expect(rows(page)).to_have_count(2)
    page.locator("#area").select_option(label="West")
    expect(rows(page)).to_have_count(1)
    expect(rows(page).first).to_have_attribute("data-id", str(mine))
    page.get_by_role("link", name="Stations").click()
    expect(page.locator("#stations-count")).to_contain_text("of 1 online")
    expect(page).to_have_url(re.compile("area=west"))
    event, _ = fail_a_test(database)
    page.get_by_role("link", name="Results").click()
    live(page)
    own = add_result(database, "haidian-02")
    publish(database, result_item(own, "haidian-02"))
    expect(rows(page)).to_have_count(1)
    expect(page.locator(f".rows [data-id='{event}']")).to_have_count(0)
    page.goto(f"{server.address}/alerts")
    expect(rows(page)).to_have_count(1)
    expect(page.locator("#area")).to_have_value("west")


OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll(".panel")].map((panel) => panel.getBoundingClientRect());
  const along = (a, b, from, to) => a[from] < b[to] - 1 && b[from] < a[to] - 1;
  const crosses = (a, b) => along(a, b, "left", "right") && along(a, b, "top", "bottom");
  return boxes.flatMap((box, place) => boxes.slice(place + 1).filter((other) => crosses(box, other))).length;
}"""
PAGES = (
    "/",
    "/alerts",
    "/results",
    "/cameras",
    "/probes",
    "/stations",
    "/reports",
    "/proposals",
    "/stations?open=chaoyang-01&new=1",
    "/system/accounts",
    "/system/audit",
    "/system/subscriptions",
    "/system/duty",
    "/system/silences",
    "/mine",
    "/system/rules",
    "/system/limits",
    "/system/drills",
    "/?screen=1",
)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("light", {"viewport": {"width": 1366, "height": 768}, "locale": "zh-CN", "color_scheme": "light"}),
        ("dark", {"viewport": {"width": 1920, "height": 1080}, "locale": "en-GB", "color_scheme": "dark"}),
        ("large", {"viewport": {"width": 3840, "height": 2160}, "locale": "zh-CN", "color_scheme": "dark"}),
        ("phone", {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN", "color_scheme": "light"}),
    ],
)
def test_every_page_fits_every_screen_and_is_accessible(
    name: str, options: dict[str, Any], server: Served, database: Connection, visitors: Watched
) -> None:
    fill(database)
    page = visitors.page(server.address, **options)
    for number, place in enumerate(PAGES[:-1] if name == "phone" else PAGES):
        page.goto(f"{server.address}{place}")
        live(page)
        if place == "/" and name == "phone":
            # Alerts first; the overview is two taps away.
            expect(page).to_have_url(re.compile("/alerts$"))
            expect(page.locator(".rail a")).to_have_count(4)
            page.locator(".rail a").last.click()
            page.locator("#mine").get_by_text("总览").click()
        if place == "/results":
            expect(rows(page).first).to_be_visible()
        if place == "/":
            expect(page.locator(".chart svg").first).to_be_visible()
        wait_for(lambda: page.evaluate(OVERLAPS) == 0, what=f"panels that do not lie over each other on {place}")
        picture(page, f"{name}-{number}")
        fits(page)
        read_aloud(page)


def test_the_wall_cuts_no_line_and_goes_grey_when_the_line_is_cut(
    dsn: str, database: Connection, visitors: Watched
) -> None:
    visitors.forgive("ERR_CONNECTION_REFUSED")  # the lost line
    fill(database)
    for number in range(9):
        add_alert(database, "chaoyang-01", sample=str(100 + number))
    with serving(dsn) as server:
        page = live(
            visitors.page(f"{server.address}/?screen=1", locale="zh-CN", viewport={"width": 3840, "height": 2160})
        )
        expect(page.locator("#screen .chart svg").first).to_be_visible()
        expect(page.locator("#silent")).to_contain_text("海淀批发市场")
        expect(page.locator("#stations_silent")).to_contain_text("/ 2")
        expect(page.locator("#unsigned li")).to_have_count(6)
        expect(page.locator("#unsigned li").last).to_contain_text("另有 6 项")
        wait_for(lambda: page.evaluate(TOO_SMALL) == [], what="texts that are large enough")
        wait_for(lambda: page.evaluate(CUT) == [], what="lines that are whole")
    expect(page.locator("#banner")).to_be_visible()
    expect(page.locator("#screen .columns")).to_have_css("filter", "grayscale(0.8)")


# Texts smaller than a sixtieth of the height, and lines of which a part is not seen.
TOO_SMALL = """() => [...document.querySelectorAll("#screen *")].filter((node) => node.offsetParent !== null
  && [...node.childNodes].some((part) => part.nodeType === 3 && part.textContent.trim())
  && parseFloat(getComputedStyle(node).fontSize) < innerHeight / 60 - .5)
  .map((node) => `${node.className} ${getComputedStyle(node).fontSize}`)"""
CUT = """() => [...document.querySelectorAll("#screen .lines li")].filter((line) => {
  const [box, list] = [line.getBoundingClientRect(), line.parentElement.getBoundingClientRect()];
  return box.left < list.right - 1 && box.bottom > Math.min(list.bottom, innerHeight) + 1;
}).map((line) => line.textContent)"""


def fill(database: Connection) -> None:
    """Insert an ordinary morning."""
    foods = ["菠菜", "韭菜", "小白菜", "豇豆", "芹菜", "上海青"]
    for number in range(40):
        verdict = {7: "suspect", 13: "invalid", 21: "undetermined"}.get(number, "pass")
        value = round(4 + (number * 7.3) % 38, 1)
        texts = {"value": value, "value_text": str(value), "verdict": verdict, "decided_verdict": verdict}
        add_result(database, "chaoyang-01", sample=str(number), commodity=foods[number % 6], **texts)
    add_result(database, "chaoyang-01", role="control", sample="", commodity="", value=0.2, value_text="0.2")
    fail_a_test(database)
    add_reading(database, "chaoyang-01", value=3.6)
    add_alert(
        database, "haidian-02", rule="stream_gap", severity="warning", sample="", item="", commodity="", facts="{}"
    )
    day = "(now() AT TIME ZONE 'Asia/Shanghai')::date"
    database.execute(f"INSERT INTO daily_result VALUES ({day}, 'chaoyang-01', 'pesticide_inhibition', 'pass', 41)")
    database.execute(f"INSERT INTO daily_result VALUES ({day}, 'chaoyang-01', 'pesticide_inhibition', 'fail', 1)")
    database.execute(f"INSERT INTO daily_station VALUES ({day}, 'chaoyang-01', 41, 1)")


def test_the_last_reading_of_each_probe_is_at_its_station(
    server: Served, database: Connection, visitors: Watched
) -> None:
    add_reading(database, "chaoyang-01", value=9.9)
    add_reading(database, "chaoyang-01", value=3.6)
    add_reading(database, "chaoyang-01", quantity="humidity", value=62, unit="%RH", channel=4)
    page = live(visitors.page(f"{server.address}/stations?open=chaoyang-01", locale="zh-CN"))
    looks = page.locator("#station-detail .reading")
    expect(looks).to_have_count(2)
    expect(looks.first).to_contain_text("库温 3 3.6 °C")
    expect(looks.last).to_contain_text("相对湿度 4 62 %RH")


def test_a_probe_moves_with_the_feed_and_goes_grey_when_it_says_nothing(
    server: Served, database: Connection, visitors: Watched
) -> None:
    add_reading(database, "chaoyang-01", value=9.9, recorded_at=now() - timedelta(minutes=10))
    page = live(visitors.page(f"{server.address}/stations?open=chaoyang-01", locale="zh-CN"))
    looks = page.locator("#station-detail .reading")
    expect(looks).to_have_class("reading stale")
    probe = {"station": "chaoyang-01", "device": "cold-1", "quantity": "air_temperature", "channel": 3}
    publish(database, {"kind": "reading", **probe, "value": 4.5, "unit": "degC", "recorded_at": now().isoformat()})
    expect(looks).to_contain_text("库温 3 4.5 °C")
    expect(looks).to_have_class("reading")
    publish(database, {"kind": "probe", **probe, "state": "failing", "at": now().isoformat()})
    expect(looks).to_have_class("reading stale")
    expect(looks).to_contain_text("探头故障")
