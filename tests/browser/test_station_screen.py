"""The station's own screen by touch, at 1024x600: from the registration of a sample to the handing over of a failed
test, with a virtual analyzer at the end of a line and no centre; and the agent killed in between."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from edge.samples.client import AgentAwayError, AgentClient
from edge.samples.codes import sample_code
from edge.samples.desk import SOCKET
from edge.station_clock import utc_now
from tests.browser.conftest import Watched
from tests.browser.looks import fits, read_aloud
from tests.support.finger import SIZE, Finger
from tests.support.screen_station import Screen, Station, down_document, keep_document, screening
from tests.support.waiting import wait_for
from wire.down import Food, Operator

pytestmark = pytest.mark.browser


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = Station(tmp_path)
    station.start()
    yield station
    station.stop()


@pytest.fixture
def screen(station: Station) -> Iterator[Screen]:
    with screening(station.folder / "data") as screen:
        yield screen


def opened(visitors: Watched, screen: Screen, locale: str) -> Finger:
    page = visitors.page(screen.address, locale=locale, viewport=SIZE, has_touch=True)
    page.locator("#line[data-state=alone]").wait_for()
    return Finger(page)


def register(finger: Finger, food: str, stall: str) -> str:
    """Register by the tiles, and return the number."""
    page = finger.page
    finger.touch(f"[data-choice={food}]")
    expect(page.locator("#number")).to_have_count(0)  # that of the one before
    finger.touch(f"[data-choice={stall}]")
    finger.touch("#register")
    return page.locator("#number").text_content() or ""


def scan(page: Page, code: str, shown: Locator) -> None:
    """Type a code as a scanner does until the page shows what it stands for: one with a pause in the middle is taken
    for a person's typing."""

    def is_shown() -> bool:
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        with suppress(AssertionError):
            expect(shown.first).to_be_visible(timeout=5000)
        return shown.first.is_visible()

    wait_for(is_shown, what=f"what {code} stands for")


def check(page: Page) -> None:
    """Assert that nothing stands out of the screen, and that axe has nothing to say."""
    fits(page)
    read_aloud(page, ("wcag2a", "wcag2aa"))


@pytest.mark.parametrize(("locale", "failed"), [("zh-CN", "初筛不合格"), ("en-GB", "failed (screening)")])
def test_from_the_sample_to_the_handing_over(
    station: Station, screen: Screen, visitors: Watched, locale: str, failed: str
) -> None:
    finger = opened(visitors, screen, locale)
    page = finger.page
    # A usual sample: by the first letters of the food, as people type pinyin, and by the stall.
    finger.touch("[data-place=register]")
    for letter in "JC":
        finger.touch(page.locator(".keys").get_by_text(letter, exact=True))
    finger.touch("[data-choice=韭菜]")
    finger.touch("[data-choice=A-12]")
    finger.touch("#register")
    page.locator("#number").wait_for()
    assert finger.touches < 10
    leek = page.locator("#number").text_content() or ""
    check(page)
    finger.touch("#again")  # as the last one
    expect(page.locator("[data-field-of=food]")).to_contain_text("韭菜")
    finger.touch("#clear")
    spinach = register(finger, "菠菜", "A-13")

    finger.touch("[data-place=run]")
    finger.touch(f"#waiting [data-sample='{leek}']")
    finger.touch(f"#waiting [data-sample='{spinach}']")
    expect(page.locator("[data-channel='2']")).to_have_attribute("data-state", "laid")
    check(page)
    station.measure(88.0)
    station.measure(12.5)
    expect(page.locator("#banner")).to_contain_text(failed)
    expect(page.locator("body")).to_have_attribute("data-ringing", "true")
    expect(page.locator("[data-channel='1']")).to_have_attribute("data-state", "fail")
    expect(page.locator("[data-channel='2']")).to_have_attribute("data-state", "pass")
    check(page)

    finger.touch("#banner-open")
    # The district's own words about a step came down with the document.
    own = "封存并挂牌" if locale == "zh-CN" else "Hold it and tag it"
    expect(page.locator("ol.todo")).to_contain_text(own)
    check(page)
    finger.touch("#seen")
    expect(page.locator("body")).to_have_attribute("data-ringing", "false")
    finger.touch("#retest")
    finger.touch("#hold")
    finger.touch("#to-run")
    finger.touch("#next-run")
    finger.touch("[data-channel='3']")
    finger.touch(f"#waiting [data-sample='{leek}']")
    expect(page.locator("[data-channel='3']")).to_have_attribute("data-state", "laid")
    station.measure(61.0)
    expect(page.locator("body")).to_have_attribute("data-ringing", "true")
    finger.touch("#banner-open")
    expect(page.locator(".case tbody tr")).to_have_count(2)
    finger.touch("#seen")
    finger.touch("#hand-over")
    check(page)
    finger.touch("#hand-press")
    expect(page.locator("#time-left")).to_have_text(re.compile("^(4|3 .*5)"))
    finger.touch(".close")

    finger.touch("[data-place=today]")
    row = page.locator(f"tr[data-number='{leek}']")
    expect(row.locator(".verdict.fail")).to_have_count(2)
    expect(row.locator(".receipt")).to_have_class("receipt waiting")
    check(page)
    for place in ("failed", "tasks", "station"):
        finger.touch(f"[data-place={place}]")
        check(page)


def test_the_agent_goes_in_the_middle_and_nothing_typed_is_lost(
    station: Station, screen: Screen, visitors: Watched
) -> None:
    visitors.forgive("503")  # the agent is away
    finger = opened(visitors, screen, "zh-CN")
    page = finger.page
    finger.touch("[data-choice=芹菜]")
    finger.touch("[data-choice=B-03]")
    station.stop_agent()
    page.locator("#away").wait_for()
    expect(page.locator("#register")).to_be_disabled()
    page.reload()  # the screen itself is started again, too
    expect(page.locator("[data-field-of=food]")).to_contain_text("芹菜")
    station.start_agent()
    expect(page.locator("#away")).to_have_count(0)
    finger.touch("#register")
    number = page.locator("#number").text_content() or ""
    # A label that is read in the middle of anything opens its sample; a stranger's code is said to be one.
    with AgentClient(station.folder / "data" / SOCKET) as agent:
        key = agent.ask("sample", sample=number)["key"]
    scan(page, sample_code(number, UUID(key)), page.locator("[data-sheet=sample]").get_by_text(number))
    finger.touch(".close")
    scan(page, "SHIAN-B.b2", page.locator("[data-field-of=stall]").get_by_text("A-13"))


def test_what_the_agent_was_too_busy_to_answer_is_asked_for_again(
    station: Station, screen: Screen, visitors: Watched
) -> None:
    visitors.forgive("status of 503")
    finger = opened(visitors, screen, "zh-CN")
    page = finger.page
    register(finger, "菠菜", "A-13")
    finger.touch("[data-place=run]")
    finger.touch("#waiting [data-sample]")
    expect(page.locator("[data-channel='1']")).to_have_attribute("data-state", "laid")
    refused: list[str] = []

    def refuse(route: Route) -> None:
        if len(refused) < 8:
            refused.append(route.request.url)
            route.fulfill(status=503, json={})
        else:
            route.continue_()

    page.route("**/api/ask/cases", refuse)
    station.measure(88.0)
    expect(page.locator("#banner")).to_contain_text("初筛不合格")
    assert len(refused) == 8


def test_what_comes_down_fills_the_form_that_is_open(station: Station, screen: Screen, visitors: Watched) -> None:
    visitors.forgive("503")  # the agent is away
    page = opened(visitors, screen, "zh-CN").page
    page.locator("[data-choice=韭菜]").wait_for()
    station.stop_agent()
    page.locator("#away").wait_for()
    document = down_document("dongmen", version=2)
    newer = Food(code="jiaobai", name="茭白", name_en="water bamboo", pinyin="jiao bai jb")
    keep_document(station.folder / "data", document.model_copy(update={"foods": (*document.foods, newer)}))
    station.start_agent()
    page.locator("[data-choice=茭白]").wait_for()


def test_whoever_is_not_signed_in_is_asked_for_the_pin_and_goes_on_where_he_was(
    tmp_path: Path, visitors: Watched
) -> None:
    visitors.forgive("401")  # asked for the PIN
    pin = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),)).hash("4711")
    station = Station(tmp_path, operators=(Operator(code="o1", name="检测员一", pin=pin),))
    station.start()
    try:
        with (
            AgentClient(station.folder / "data" / SOCKET) as agent,
            screening(station.folder / "data") as screen,
            visitors,
        ):
            wait_for(lambda: asked(agent), what="the desk")
            sample = agent.ask("register", request=uuid4(), commodity="韭菜", stall="A-12")["number"]
            card = {"item": "nitrite", "verdict": "fail", "who": "w", "sample": sample}
            result = agent.ask("type_result", request=uuid4(), **card)["id"]
            agent.ask("handle", request=uuid4(), result=result, step="seen")
            # Handed over five hours ago: the time for an objection is over, and that rings as well.
            told = utc_now() - timedelta(hours=5)
            agent.ask("handle", request=uuid4(), result=result, step="handed_over", to="A-12", done_at=told)
            finger = opened(visitors, screen, "zh-CN")
            page = finger.page
            page.locator("#banner.over").wait_for()
            finger.touch("#banner-open")
            finger.touch("#objection-over")
            finger.touch("[data-operator=o1]")
            check(page)
            for digit in "4711":
                finger.touch(page.locator(".pad").get_by_text(digit, exact=True))
            finger.touch("#sign-in")
            expect(page.locator("#who")).to_have_text("检测员一")
            finger.touch("#objection-over")
            expect(page.locator("#banner")).to_have_count(0)
            expect(page.locator("[data-sheet=failed]")).to_contain_text("检测员一")
            finger.touch(".close")
            finger.touch("#who")
            finger.touch("#lock")
            expect(page.locator("#who")).to_have_text("登录")
    finally:
        station.stop()


def asked(agent: AgentClient) -> bool:
    try:
        return bool(agent.ask("hello"))
    except AgentAwayError:
        return False
