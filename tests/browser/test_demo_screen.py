"""The demo as a visitor meets it at a station: by touch, at 1024x600, from the registration of a sample to its alert at
the centre; and once more with the broker stopped, after which the centre has it all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shian.demo.control import Request, ask
from shian.local.broker import LocalBroker, best_kind
from shian.local.ports import free_port
from tests.browser.conftest import Watched
from tests.support import services
from tests.support.finger import LONGEST_MS, SIZE, Finger
from tests.support.up import Up, up
from tests.support.waiting import wait_for

pytestmark = pytest.mark.browser
STATION = "xihe-market"
DISTRICT = """
area = [{ code = "demo", name = "示范区", name_en = "Demo District" }]
[[item]]
code = "pesticide_inhibition"
unit = "%"
usual = 14.0
spread = 9.0
passes_to = 45.0
fails_from = 52.0
fails_to = 96.0
[[station]]
name = "xihe-market"
title = "西河农贸市场"
title_en = "West River Farmers' Market"
area = "demo"
kind = "market"
latitude = 30.27
longitude = 120.12
[[station.device]]
name = "pesticide-1"
adapter = "pesticide"
profile = "tl-310"
is_operated = true
tests = [{ item = "pesticide_inhibition", commodities = ["韭菜", "菠菜", "芹菜"] }]
"""
ALONE_S = 120.0


class Demo:
    """A demo of one station with a screen, and a broker that can be stopped."""

    def __init__(self, district: Up, broker: LocalBroker) -> None:
        self.district = district
        self.broker = broker
        place = f"The screen of {STATION}:"
        wait_for(lambda: place in district.output.rpartition("\n")[0], what="the place of the screen")
        self.screen = district.output.split(place)[1].split()[0]
        self.fed: dict[str, str] = {}

    def let_one_fail(self) -> None:
        """Order the first sample of the next run to fail."""
        answer = ask(self.district.folder, Request(action="fail", station=STATION))
        assert "next run" in answer.text


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with services.short_folder() as folder, running_broker(folder / "broker") as broker:
        file = folder / "district.toml"
        file.write_text(DISTRICT, "utf-8")
        options = ["--demo", "--district", str(file), "--broker", f"127.0.0.1:{broker.port}"]
        with up(*options) as district:
            district.wait_until_ready()
            yield Demo(district, broker)


@contextmanager
def running_broker(folder: Path) -> Iterator[LocalBroker]:
    if best_kind() != "mosquitto":
        pytest.skip("a broker that is stopped and comes back keeps its sessions: mosquitto")
    broker = LocalBroker(folder, free_port(), "mosquitto")
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def typed(finger: Finger, field: str, text: str) -> None:
    finger.touch(f"[data-field-of={field}]")
    for letter in text:
        finger.touch(finger.page.locator(".keys").get_by_text(letter, exact=True))


def register(finger: Finger, food: str, stall: str, *, supplier: str, lot: str) -> str:
    """Register a sample, and return its number."""
    page = finger.page
    finger.touch(f"[data-choice={food}]")
    finger.touch("[data-field-of=stall]")
    for letter in stall:
        finger.touch(page.locator(".keys").get_by_text(letter, exact=True))
    finger.touch(f"[data-choice={stall}]")
    typed(finger, "supplier", supplier)
    typed(finger, "lot", lot)
    expect(page.locator("#number")).to_have_count(0)  # that of the one before
    finger.touch("#register")
    return page.locator("#number").text_content() or ""


def worked(demo: Demo, finger: Finger, *, stall: str, supplier: str, lot: str) -> str:
    """Register two samples, lay them out, let the tester run them, see the one that fails, test it again by one press;
    return the number of the one that failed."""
    page = finger.page
    leek = register(finger, "韭菜", stall, supplier=supplier, lot=lot)
    spinach = register(finger, "菠菜", "B-3", supplier=supplier, lot="OTHER")
    demo.let_one_fail()
    finger.touch("[data-place=run]")
    expect(page.locator(f"#waiting [data-sample='{spinach}']")).to_have_count(1)
    finger.touch("#fill")
    expect(page.locator("body")).to_have_attribute("data-ringing", "true", timeout=LONGEST_MS)
    expect(page.locator("[data-channel='1']")).to_have_attribute("data-state", "fail", timeout=LONGEST_MS)
    expect(page.locator("[data-channel='2']")).to_have_attribute("data-state", "pass", timeout=LONGEST_MS)
    finger.touch("#banner-open")
    expect(page.locator("[data-sheet=failed]")).to_contain_text(leek)
    expect(page.locator("[data-sheet=failed]")).to_contain_text(lot)
    finger.touch("#seen")
    expect(page.locator("body")).to_have_attribute("data-ringing", "false")
    finger.touch("#retest")
    expect(page.locator(".case tbody tr")).to_have_count(2, timeout=LONGEST_MS)
    expect(page.locator(".case tbody tr").nth(1).locator(".verdict.pass")).to_have_count(1)
    finger.touch(".close")
    finger.touch("#next-run")
    return leek


def at_the_centre(demo: Demo, visitors: Watched, number: str, *named: str) -> None:
    """Assert that the centre has both tests of a sample, and that its alert, as one sees it there, names its goods."""
    district = demo.district
    tests = f"/api/v1/results?sample={number}"
    wait_for(lambda: len(district.get(tests)["items"]) == 2, timeout_s=ALONE_S, what=f"both tests of {number}")
    found = [(row["verdict"], row["linked_by"], row["is_retest"]) for row in district.get(tests)["items"]]
    assert sorted(found) == [("fail", "layout", False), ("pass", "only_one", True)]
    (alert,) = district.get(f"/api/v1/alerts?rule=failed_test&sample={number}")["items"]
    page = visitors.page("about:blank", locale="en-GB", viewport={"width": 1440, "height": 900})
    page.context.add_cookies(
        [{"name": one.name, "value": one.value or "", "url": district.address} for one in district.cookies]
    )
    page.goto(f"{district.address}/#alert={alert['id']}")
    for text in named:
        expect(page.locator("dl.facts dd").get_by_text(text, exact=True)).to_have_count(1, timeout=LONGEST_MS)


def opened(visitors: Watched, demo: Demo, locale: str) -> Finger:
    page: Page = visitors.page(demo.screen, locale=locale, viewport=SIZE, has_touch=True)
    page.set_default_timeout(LONGEST_MS)
    return Finger(page)


def test_a_failed_sample_is_retested_and_its_alert_names_its_goods(demo: Demo, visitors: Watched) -> None:
    finger = opened(visitors, demo, "zh-CN")
    expect(finger.page.locator("#line")).to_have_attribute("data-state", "up", timeout=LONGEST_MS)
    leek = worked(demo, finger, stall="A-12", supplier="BEIHUAN", lot="L7")
    at_the_centre(demo, visitors, leek, "A-12", "BEIHUAN", "L7")


def test_the_same_with_the_broker_stopped_and_the_centre_has_it_all_afterwards(demo: Demo, visitors: Watched) -> None:
    demo.broker.stop()
    finger = opened(visitors, demo, "en-GB")
    expect(finger.page.locator("#line")).to_have_attribute("data-state", "alone", timeout=LONGEST_MS)
    leek = worked(demo, finger, stall="C-7", supplier="HEXI", lot="L8")
    finger.touch("[data-place=today]")
    row = finger.page.locator(f"tr[data-number='{leek}']")
    expect(row.locator(".receipt.waiting")).to_have_count(1)
    demo.broker.start()
    expect(finger.page.locator("#line")).to_have_attribute("data-state", "up", timeout=2 * LONGEST_MS)
    expect(row.locator(".receipt.received")).to_have_count(1)
    at_the_centre(demo, visitors, leek, "C-7", "HEXI", "L8")
