"""The forms of the console, each done once against the real server."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from playwright.sync_api import Locator, Page, expect
from uuid_utils.compat import uuid7

from storage import four_eyes
from storage.codes import read_code
from tests.browser.conftest import Watched
from tests.browser.looks import LOOK, fits, picture
from tests.support.people import ON, PASSWORD, add_person, signed_in
from tests.support.server import Served, add_alert, add_result, add_station, serving

pytestmark = pytest.mark.browser
Connection = psycopg.Connection[Any]


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO area (code, name, name_en) VALUES ('east', '东街道', 'East'), ('west', '西街道', 'West')"
        )
        add_station(connection, "chaoyang-01", title="朝阳农贸市场", title_en="Chaoyang market", area="east")
        connection.execute("INSERT INTO device (station, name, state) VALUES ('chaoyang-01', 'lz4000t-1', 'online')")
        add_person(connection, "chen.jing", "administrator", title="陈静")
        add_person(connection, "zhao.min", "monitoring_centre", title="赵敏")
        yield connection


@pytest.fixture
def server(dsn: str, database: Connection) -> Iterator[Served]:
    with serving(dsn, accounts=ON) as site:
        yield site


def enter(visitors: Watched, server: Served, path: str, name: str = "chen.jing", **options: Any) -> Page:
    """Open a page as this person."""
    visitors.forgive("the server responded with a status of 4")  # Chromium writes on the console what was refused
    options.setdefault("viewport", {"width": 1366, "height": 768})
    page = visitors.page(f"{server.address}{path}", **options)
    page.locator("#sign-in-name").fill(name)
    page.locator("#sign-in-password").fill(PASSWORD)
    page.locator("#sign-in-password").press("Enter")
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    return page


def look(page: Page, name: str) -> None:
    if LOOK:
        for kind, (width, height) in {"wide": (1366, 768), "phone": (390, 844)}.items():
            page.set_viewport_size({"width": width, "height": height})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                picture(page, f"{name}-{kind}-{scheme}")
            fits(page)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1366, "height": 768})


def field(sheet: Locator, name: str) -> Locator:
    """Return the field of this very name: a label holds the hint as well."""
    return sheet.locator(".entry").filter(has=sheet.page.get_by_text(name, exact=True)).locator("input, select").first


def confirm(page: Page, why: str) -> None:
    """Give the reason that is asked for."""
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("textarea")).to_be_focused()
    page.keyboard.type(why)
    dialog.locator("button.strong").click()
    expect(dialog).to_have_count(0)


def test_a_station_is_enrolled_renamed_moved_and_revoked_by_two(
    server: Served, database: Connection, visitors: Watched
) -> None:
    four_eyes.change(database, "station_revoked", is_on=True, actor="test")
    page = enter(visitors, server, "/stations", locale="en-GB")
    page.get_by_role("button", name="Enrol a station").click()
    sheet = page.locator(".sheet")
    expect(sheet.get_by_label("Name in the records")).to_be_focused()
    page.keyboard.type("chaoyang-01")
    page.keyboard.press("Enter")
    expect(sheet.locator(".entry.is-wrong")).to_contain_text("There is a station of this name already.")
    expect(sheet.get_by_label("Name in the records")).to_be_focused()
    look(page, "enrol")
    sheet.get_by_label("Name in the records").fill("east-02")
    sheet.get_by_label("Title in English").fill("East gate market")
    sheet.get_by_label("Area").select_option("east")
    page.keyboard.press("Enter")
    code = page.locator(".one-time").inner_text()
    assert read_code(code) is not None
    expect(page.locator(".invitation pre")).to_contain_text(f"--code {code}")
    expect(page.locator(".code-line")).to_contain_text(re.compile(r"good for 2\d:\d\d"))
    expect(page.locator(".invitation svg.qr")).to_be_visible()
    look(page, "code")
    page.get_by_role("button", name="I have it").click()
    expect(page.get_by_text(code)).to_have_count(0)
    expect(page.locator("tr[data-id='east-02']")).to_contain_text("waits for its code")

    page.get_by_role("button", name="East gate market").click()
    drawer = page.locator("#station-detail")
    drawer.get_by_role("button", name="Rename").click()
    drawer.get_by_label("Title in English").fill("North gate market")
    page.keyboard.press("Enter")
    expect(page.locator(".drawer h2").first).to_have_text("North gate market")
    drawer.get_by_role("button", name="Move to another area").click()
    drawer.get_by_label("Area").select_option("west")
    drawer.get_by_role("button", name="Move to another area").last.click()
    expect(drawer).to_contain_text("West")
    drawer.get_by_role("button", name="New code").click()
    look(page, "confirm")
    confirm(page, "the first one was lost")
    assert drawer.locator(".one-time").inner_text() != code
    look(page, "station")
    drawer.get_by_role("button", name="Revoke").click()
    confirm(page, "stolen in the night")
    expect(drawer.locator(".waits")).to_contain_text("asked for by chen.jing (stolen in the night)")

    other = enter(visitors, server, "/", "zhao.min", locale="zh-CN")
    expect(other.locator(".rail .badge")).to_have_text("1")
    other.locator(".rail").get_by_text("复核").click()
    row = other.locator(".deed")
    expect(row).to_contain_text("吊销检测点")
    expect(row).to_contain_text("stolen in the night")
    look(other, "proposals")
    row.get_by_role("button", name="同意").click()
    confirm(other, "已与市场核实")
    expect(other.locator(".empty")).to_have_text("没有待复核的操作。")
    expect(other.locator(".rail .badge")).to_have_count(0)
    other.get_by_role("link", name="已有决定").click()
    expect(other.locator(".deed")).to_contain_text("已与市场核实")
    page.reload()
    expect(page.locator("#station-detail")).to_contain_text("Revoked")


def test_a_device_gets_a_title_and_refused_messages_are_decided_on(
    server: Served, database: Connection, visitors: Watched
) -> None:
    first, second, third = (_refused(database, reason) for reason in ("unknown_type", "not_json", "not_json"))
    page = enter(visitors, server, "/stations?open=chaoyang-01", locale="zh-CN")
    drawer = page.locator("#station-detail")
    drawer.get_by_role("button", name="名称").click()
    drawer.get_by_label("中文名称").fill("农残仪（东侧）")
    page.keyboard.press("Enter")
    expect(drawer.locator("[data-device='lz4000t-1']")).to_contain_text("农残仪（东侧）")
    drawer.get_by_text("隔离的消息").click()
    expect(drawer.locator(".deed")).to_have_count(3)
    expect(drawer.locator(f".deed[data-id='{first}']")).to_contain_text("中心尚不支持的事件类型")
    drawer.locator(".fold").get_by_label("全部").check()
    look(page, "quarantine")
    drawer.get_by_role("button", name="放行 1").click()
    confirm(page, "中心已升级")
    drawer.locator(".fold").get_by_label("全部").check()
    drawer.get_by_role("button", name="弃置 2").click()
    confirm(page, "线路干扰")
    expect(drawer.locator(".fold .empty")).to_be_visible()
    drawer.get_by_label("包括已处理").check()
    expect(drawer.locator(f".deed[data-id='{second}']")).to_contain_text("已弃置 · chen.jing：线路干扰")
    decided = database.execute("SELECT id, decision FROM quarantine ORDER BY id").fetchall()
    assert decided == [(first, "release"), (second, "drop"), (third, "drop")]


def _refused(database: Connection, reason: str) -> UUID:
    identity = uuid7()
    row = [identity, "shian/1/chaoyang-01/events", reason, identity.bytes * 2, "line 1: no value", b"x"]
    database.execute(
        "INSERT INTO quarantine (id, topic, station, reason, hash, detail, body)"
        " VALUES (%s, %s, 'chaoyang-01', %s, %s, %s, %s)",
        row,
    )
    return identity


def test_a_result_is_declared_void_at_its_page_and_a_second_person_refuses(
    server: Served, database: Connection, visitors: Watched
) -> None:
    event = add_result(database, "chaoyang-01", verdict="fail", decided_verdict="fail")
    add_alert(database, "chaoyang-01", event=event)
    page = enter(visitors, server, f"/results/{event}", locale="en-GB")
    page.get_by_role("button", name="Declare void").click()
    confirm(page, "the kit was out of date")
    expect(page.locator(".waits")).to_contain_text("waits for a second person")
    look(page, "void")
    page.get_by_role("link", name="Second person").last.click()
    expect(page.locator(".deed")).to_contain_text("yours: somebody else decides")
    with signed_in(server, "zhao.min") as zhao:
        (waiting,) = zhao.get("/api/v1/proposals", state="waiting").json()["items"]
        zhao.client.post(f"/api/v1/proposals/{waiting['id']}/reject", json={"why": "the kit is good until May"})
    page.get_by_role("link", name="Decided").click()
    expect(page.locator(".deed")).to_contain_text("the kit is good until May")


def test_a_rule_is_checked_while_it_is_typed_tried_kept_and_turned_off(
    server: Served, database: Connection, visitors: Watched
) -> None:
    for number in range(3):
        add_result(database, "chaoyang-01", sample=str(number), value=40 + number, value_text=str(40 + number))
    page = enter(visitors, server, "/system/rules", locale="zh-CN")
    expect(page.locator("tr[data-id='failed_test']")).to_contain_text("系统")
    page.get_by_role("button", name="新建规则").click()
    sheet = page.locator(".sheet")
    expect(sheet.get_by_label("规则代号")).to_be_focused()
    page.keyboard.type("near_limit")
    sheet.get_by_label("中文名称").fill("接近限量")
    sheet.get_by_label("英文名称").fill("Near the limit")
    sheet.get_by_label("触发条件").fill("value > 40 && colour == 1")
    expect(sheet.locator(".entry.is-wrong")).to_contain_text("第 1 行第 15 列")
    expect(sheet.locator("mark")).to_have_text("colour")
    look(page, "rule-mistake")
    sheet.get_by_label("触发条件").fill("value > 40")
    expect(sheet.locator("mark")).to_have_count(0)
    sheet.get_by_role("button", name="试算").click()
    expect(sheet.locator(".dry-run [role=status]")).to_contain_text("将产生 2 条预警")
    expect(sheet.locator(".dry-run tbody tr")).to_have_count(2)
    look(page, "rule-tried")
    sheet.get_by_label("免打扰时段").check()
    sheet.get_by_role("button", name="保存").click()
    row = page.locator("tr[data-id='near_limit']")
    expect(row).to_contain_text("接近限量")
    row.get_by_role("button", name="停用").click()
    confirm(page, "太多")
    expect(row).to_have_class("stale")
    ((body,),) = database.execute("SELECT body FROM alert_rule WHERE name = 'near_limit'").fetchall()
    assert (body["when"], body["is_on"], body["quiet"]) == ("value > 40", False, {"from": "22:00", "to": "07:00"})
    page.get_by_role("button", name="新建规则").click()
    sheet.get_by_label("判断依据").select_option("silent_station")
    sheet.get_by_label("规则代号").fill("silent_morning")
    sheet.get_by_label("中文名称").fill("上午无结果")
    sheet.get_by_label("英文名称").fill("Silent in the morning")
    sheet.get_by_label("开始时间").fill("08:00")
    sheet.get_by_label("结束时间").fill("07:00")
    sheet.get_by_role("button", name="保存").click()
    expect(sheet.locator(".entry.is-wrong")).to_contain_text("应为数字")
    look(page, "rule-over-time")
    sheet.get_by_label("持续（分钟）").fill("90")
    sheet.get_by_label("结束时间").fill("12:00")
    sheet.get_by_role("button", name="保存").click()
    expect(page.locator("tr[data-id='silent_morning']")).to_contain_text("上午无结果")


def test_a_limit_is_added_ended_and_a_file_is_looked_at_before_it_is_taken_in(
    server: Served, database: Connection, visitors: Watched, tmp_path: Path
) -> None:
    four_eyes.change(database, "limit_ended", is_on=False, actor="test")
    page = enter(visitors, server, "/system/limits", locale="en-GB")
    page.get_by_role("button", name="New limit").click()
    sheet = page.locator(".sheet")
    expect(field(sheet, "Code")).to_be_focused()
    page.keyboard.type("Nitrite 1")
    for name, text in (("Item (code)", "nitrite"), ("Standard", "GB 2760"), ("From", "2027-01-01")):
        field(sheet, name).fill(text)
    sheet.get_by_label("Limit", exact=True).fill("30")
    sheet.get_by_label("Reason").fill("new edition")
    page.keyboard.press("Enter")
    expect(sheet.locator(".entry.is-wrong")).to_contain_text("This does not have the form that is wanted")
    look(page, "limit")
    field(sheet, "Code").fill("nitrite-1")
    page.keyboard.press("Enter")
    expect(page.locator(".waits")).to_contain_text("Waits for a second person: 1.")

    known = page.locator("tr[data-id='pesticide-inhibition-448']")
    known.get_by_role("button", name="End").click()
    sheet.get_by_label("Ends").fill("2099-01-01")
    sheet.get_by_label("Reason").fill("another edition")
    page.keyboard.press("Enter")
    expect(known).to_contain_text("2099-01-01")

    head = "code,item,standard,violated when value,limit,unit,valid from\n"
    line = "nitrite-2,nitrite,GB 2760,>,{},mg/kg,2027-01-01\n"
    wrong, right = tmp_path / "wrong.csv", tmp_path / "right.csv"
    wrong.write_text(head + line.format("much"))
    right.write_text(head + line.format("20"))
    page.get_by_role("button", name="Take a file in").click()
    sheet.locator("input[type=file]").set_input_files(wrong)
    mistake = sheet.locator(".mistakes tbody tr")
    expect(mistake).to_contain_text("unable to parse")
    expect(mistake.locator("td").first).to_have_text("2")
    expect(sheet.get_by_role("button", name="Take in")).to_be_disabled()
    look(page, "limits-mistakes")
    sheet.locator("input[type=file]").set_input_files(right)
    expect(sheet.locator("[role=status]")).to_contain_text("New: 1 · ending: 0")
    sheet.get_by_label("Reason").fill("the table of the year")
    look(page, "limits-file")
    sheet.get_by_role("button", name="Take in").click()
    expect(page.locator(".waits")).to_contain_text("Waits for a second person: 1.")
    page.get_by_label("Search").fill("pesticide-inhibition-448")
    expect(page.locator(".limits tbody tr")).to_have_count(1)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="XLSX").click()
    assert waiting.value.suggested_filename.startswith("shian-limits-")


def test_a_drill_is_begun_seen_and_ended(server: Served, database: Connection, visitors: Watched) -> None:
    page = enter(visitors, server, "/system/drills", locale="zh-CN")
    page.get_by_role("button", name="开始演练").click()
    sheet = page.locator(".sheet")
    expect(sheet.locator("input").first).to_be_focused()
    page.keyboard.type("十一月演练")
    field(sheet, "检测点").select_option("chaoyang-01")
    look(page, "drill-form")
    sheet.get_by_role("button", name="开始演练").click()
    drill = page.locator("#drill")
    expect(drill).to_contain_text("十一月演练")
    expect(drill).to_contain_text("未通知任何人")
    look(page, "drill")
    drill.get_by_role("button", name="结束演练").click()
    expect(drill.locator(".chip")).to_have_text("结束")
    expect(page.locator("tbody tr")).to_contain_text("结束")
    ((ended,),) = database.execute("SELECT ended_by FROM drill").fetchall()
    assert ended == "chen.jing"
