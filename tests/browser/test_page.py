"""The page at `/` in a real browser, on a real server and database."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page, expect
from uuid_utils.compat import uuid7

from storage import accounts
from storage.steps import run
from tests.browser.conftest import Watched
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


def test_news_appear_and_an_alert_is_acknowledged_and_resolved(
    server: Served, database: Connection, visitors: Watched
) -> None:
    add_result(database, "chaoyang-01", commodity="白菜")
    page = live(visitors.page(server.address, locale="en-GB"))
    expect(page.locator("#results tr")).to_have_count(1)
    fail_a_test(database)
    row = page.locator("#results tr").first
    expect(row).to_contain_text("韭菜")
    expect(row.locator(".chip")).to_have_text("Failed (screening)")
    card = page.locator("#alerts .card")
    expect(card).to_contain_text("Failed rapid test")
    expect(card).to_contain_text("63.1\u00a0%")
    expect(page).to_have_title("(1) Food test monitoring")

    card.get_by_role("button", name="Acknowledge").click()
    page.get_by_label("Note").fill("on my way")
    page.locator("#step-ok").click()
    expect(card.locator(".chip")).to_have_text("Acknowledged")
    card.get_by_text("Details").click()
    expect(card).to_contain_text("local — on my way")

    card.get_by_role("button", name="Resolve").click()
    expect(page.locator("#step-note")).to_be_focused()
    page.keyboard.press("Enter")  # in the note: a new line, not a click on anything
    page.locator("#step-ok").click()
    expect(page.locator("#alerts-empty")).to_be_visible()
    steps = database.execute("SELECT action, actor FROM alert_step WHERE action <> 'opened' ORDER BY at").fetchall()
    assert steps == [("acknowledged", "local"), ("resolved", "local")]


def test_what_the_centre_says_by_itself_is_said_in_both_languages(
    server: Served, database: Connection, visitors: Watched
) -> None:
    of_nothing = {"item": "", "sample": "", "commodity": ""}
    swapped = {"rule": "dead_letters", "device": "lz4000t-1", "facts": json.dumps({"count": 73, "results": 0})}
    add_alert(database, "chaoyang-01", **of_nothing, **swapped)
    add_alert(database, "", **of_nothing, rule="broker_away", device="", facts="{}")
    english = live(visitors.page(server.address, locale="en-GB")).locator("#alerts")
    expect(english.locator(".card")).to_have_count(2)
    expect(english).to_contain_text("A device sends what cannot be decoded")
    expect(english).to_contain_text("lz4000t-1 · 73 pieces within an hour, 0 results")
    expect(english).to_contain_text("The message broker is away")
    expect(english).to_contain_text("The centre ·")
    chinese = live(visitors.page(server.address, locale="zh-CN")).locator("#alerts")
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
        card = live(visitors.page(server.address, locale=locale)).locator("#alerts .card")
        expect(card.locator(".subject")).to_have_text(subject)
        card.locator("summary").click()
        for words in (*steps, "said by a newer version", "fail: 63.1 %"):
            expect(card).to_contain_text(words)


@pytest.mark.parametrize(
    ("locale", "words"),
    [("en-GB", ("last result 3 d ago", "clock 1 d behind")), ("zh-CN", ("最近结果 3 天前", "时钟慢 1 天"))],
)
def test_a_device_shows_how_old_its_last_result_is_and_a_wrong_clock(
    server: Served, database: Connection, visitors: Watched, locale: str, words: tuple[str, str]
) -> None:
    database.execute("UPDATE device SET last_result_at = now() - interval '3 days 1 hour', clock_skew_s = -86410")
    page = live(visitors.page(server.address, locale=locale))
    row = page.locator("#stations .row", has_text="lz4000t-1")
    result, clock = words
    expect(row).to_contain_text(result)
    expect(row.locator(".chip.warning")).to_have_text(clock)
    database.execute("UPDATE device SET last_result_at = now(), clock_skew_s = 0")
    fail_a_test(database)
    expect(row).not_to_contain_text(result, timeout=30_000)  # stations are loaded again a while after a result
    expect(row.locator(".chip.warning")).to_have_count(0)


def test_the_page_speaks_the_browsers_language_and_switches(
    server: Served, database: Connection, visitors: Watched
) -> None:
    fail_a_test(database)
    page = live(visitors.page(server.address, locale="zh-CN"))
    expect(page.locator("h1")).to_have_text("食品快检监控")
    expect(page.locator("#results .chip")).to_have_text("初筛不合格")
    expect(page.locator("#stations")).to_contain_text("朝阳农贸市场")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.get_by_role("button", name="English").click()
    expect(page.locator("#results .chip")).to_have_text("Failed (screening)")
    expect(page.locator("#results .station")).to_have_text("Chaoyang market")
    page.reload()
    expect(live(page).locator("h1")).to_have_text("Food test monitoring")


def test_what_a_station_sends_is_text_and_never_markup(server: Served, database: Connection, visitors: Watched) -> None:
    evil = "<img src=x onerror=document.title='owned'>"
    page = live(visitors.page(server.address, locale="en-GB"))
    event = add_result(database, "chaoyang-01", commodity=evil)
    publish(database, result_item(event, "chaoyang-01", commodity=evil, unit=evil))
    expect(page.locator("#results .sample")).to_contain_text(evil)
    expect(page).to_have_title("Food test monitoring")


def test_an_offline_station_and_a_lost_server_look_stale(dsn: str, database: Connection, visitors: Watched) -> None:
    with serving(dsn) as server:
        page = live(visitors.page(server.address, locale="en-GB"))
        expect(page.locator(".row.offline")).to_contain_text("Haidian wholesale market")
        publish(database, {"kind": "station", "station": "chaoyang-01", "state": "offline", "at": now().isoformat()})
        expect(page.locator(".row.offline")).to_have_count(2)
    expect(page.locator("#banner")).to_contain_text("Not live since")
    expect(page.locator("body")).to_have_class("is-stale")
    visitors.complaints.clear()  # that a socket could not be opened is what was asked for here


def test_the_same_news_twice_is_one_row_and_the_newest_is_on_top(
    server: Served, database: Connection, visitors: Watched
) -> None:
    page = live(visitors.page(server.address, locale="en-GB"))
    first = add_result(database, "chaoyang-01", sample="1")
    item = result_item(first, "chaoyang-01", sample="1")
    publish(database, item)
    publish(database, item, result_item(add_result(database, "chaoyang-01"), "chaoyang-01", sample="2"))
    expect(page.locator("#results tr")).to_have_count(2)
    expect(page.locator("#results tr").first).to_contain_text("No. 2")


def sign_in(page: Page, name: str, password: str) -> None:
    page.locator("#sign-in-name").fill(name)
    page.locator("#sign-in-password").fill(password)
    page.keyboard.press("Enter")


def test_a_server_with_accounts_asks_who_one_is(dsn: str, database: Connection, visitors: Watched) -> None:
    add_person(database, "wang.li", "inspector", title="王丽")
    alert = add_alert(database, "chaoyang-01")
    with serving(dsn, accounts=ON) as server:
        page = visitors.page(server.address, locale="en-GB")
        sign_in(page, "wang.li", "wrong")
        expect(page.locator("#sign-in-problem")).to_contain_text("Name, password or code is not right")
        visitors.complaints.clear()  # Chromium writes every 401 on the console
        sign_in(page, "wang.li", PASSWORD)
        live(page)
        page.reload()
        live(page)
        assert "shian_session" not in page.evaluate("document.cookie")
        page.locator(f"[data-id='{alert}']").get_by_role("button", name="Acknowledge").click()
        page.locator("#step-ok").click()
        expect(page.locator(f"[data-id='{alert}'] .chip")).to_have_text("Acknowledged")
        actors = database.execute("SELECT actor FROM alert_step WHERE action = 'acknowledged'").fetchall()
        assert actors == [("wang.li",)]
        page.get_by_role("button", name="王丽").click()
        expect(page.locator("#account-sessions li")).to_have_count(1)
        page.get_by_role("button", name="Sign out").click()
        expect(page.locator("#sign-in")).to_be_visible()
        page.close()


def test_the_first_start_makes_the_first_account(dsn: str, database: Connection, visitors: Watched) -> None:
    with database.cursor() as cursor:
        secret = run(cursor, accounts.keep_secret(accounts.SETUP, None, for_s=60))
    with serving(dsn, accounts=ON) as server:
        page = visitors.page(f"{server.address}/#setup={secret}", locale="zh-CN")
        expect(page.locator("#sign-in-title")).to_have_text("首次启动：创建首个系统管理员")
        assert secret not in page.url
        sign_in(page, "admin", "four plain english words")
        expect(page.locator("#me")).to_have_text("admin")
        page.close()


def test_a_link_lets_its_visitor_in_once(dsn: str, database: Connection, visitors: Watched) -> None:
    account = add_person(database, "demo", "administrator")
    with database.cursor() as cursor:
        link = run(cursor, accounts.keep_secret(accounts.LINK, account, for_s=60))
    with serving(dsn, accounts=ON) as server:
        page = visitors.page(f"{server.address}/#link={link}", locale="en-GB")
        live(page)
        other = visitors.page(f"{server.address}/#link={link}", locale="en-GB")
        expect(other.locator("#sign-in-problem")).to_contain_text("has been used")
        visitors.complaints.clear()
        other.close()
        page.close()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("light", {"viewport": {"width": 1440, "height": 900}, "locale": "zh-CN", "color_scheme": "light"}),
        ("dark", {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", "color_scheme": "dark"}),
        ("phone", {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN", "color_scheme": "light"}),
    ],
)
def test_the_page_fits_every_screen(
    name: str, options: dict[str, Any], server: Served, database: Connection, visitors: Watched, tmp_path: Path
) -> None:
    fill(database)
    page = live(visitors.page(server.address, **options))
    expect(page.locator("#results tr")).to_have_count(42)
    page.screenshot(path=tmp_path / f"{name}.png", full_page=name == "phone")
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider == 0


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
    page = live(visitors.page(server.address, locale="zh-CN"))
    looks = page.locator("#stations .reading")
    expect(looks).to_have_count(2)
    expect(looks.first).to_contain_text("库温 3 3.6 °C")
    expect(looks.last).to_contain_text("相对湿度 4 62 %RH")


def test_a_probe_moves_with_the_feed_and_goes_grey_when_it_says_nothing(
    server: Served, database: Connection, visitors: Watched
) -> None:
    add_reading(database, "chaoyang-01", value=9.9, recorded_at=now() - timedelta(minutes=10))
    page = live(visitors.page(server.address, locale="zh-CN"))
    looks = page.locator("#stations .reading")
    expect(looks).to_have_class("small reading stale")
    probe = {"station": "chaoyang-01", "device": "cold-1", "quantity": "air_temperature", "channel": 3}
    publish(database, {"kind": "reading", **probe, "value": 4.5, "unit": "degC", "recorded_at": now().isoformat()})
    expect(looks).to_contain_text("库温 3 4.5 °C")
    expect(looks).to_have_class("small reading")
    publish(database, {"kind": "probe", **probe, "state": "failing", "at": now().isoformat()})
    expect(looks).to_have_class("small reading stale")
    expect(looks).to_contain_text("探头故障")
