"""The pictures of README and handbooks: of the console over a district's last weeks, and of a station's screen.

python -m tests.browser.pictures [FOLDER]
"""

import argparse
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psycopg
from playwright.sync_api import Browser, Page, sync_playwright

from process.terminal import say
from storage.migrate import migrate
from tests.browser.conftest import FLAGS
from tests.support import month, services
from tests.support.screen_station import Station, screening
from tests.support.server import Served, now, serving

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
_DESK, _PHONE = (1366, 768), (390, 844)


class Picture(NamedTuple):
    """One picture: its name, the place in the console, what must be seen before it is taken, and the screen."""

    name: str
    place: str
    shown: str
    size: tuple[int, int] = _DESK


PICTURES = (
    Picture("overview", "/", ".chart svg"),
    Picture("alerts", "/alerts?open={alert}", "#alert-detail"),
    Picture("result", "/results?open={event}", "#result-detail .scale"),
    Picture("reports", "/reports?by=commodity", "#figures tbody tr"),
    Picture("stations", "/stations", "#stations tbody tr"),
    Picture("phone", "/alerts", ".rows .scroll .line", _PHONE),
)
LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}


def take(site: Served, browser: Browser, folder: Path, places: dict[str, str]) -> None:
    """Take all pictures in both languages, NAME.LANGUAGE.png."""
    for language, locale in LANGUAGES.items():
        for picture in PICTURES:
            width, height = picture.size
            context = browser.new_context(locale=locale, viewport={"width": width, "height": height})
            page = context.new_page()
            page.goto(site.address + picture.place.format_map(places))
            _settle(page, picture)
            page.screenshot(path=folder / f"{picture.name}.{language}.png")
            context.close()


def _settle(page: Page, picture: Picture) -> None:
    """Wait until the page is live and shows what the picture is of."""
    page.locator("#link[data-state=live]").wait_for()
    page.locator(picture.shown).first.wait_for()
    page.wait_for_load_state("networkidle")


def places_of(database: psycopg.Connection[tuple[object, ...]]) -> dict[str, str]:
    """Return the newest failed test and its alert."""
    row = database.execute("SELECT id, event FROM alert ORDER BY opened_at DESC LIMIT 1").fetchone()
    assert row is not None, "the month has failed tests"
    return {"alert": str(row[0]), "event": str(row[1])}


def take_screen(browser: Browser, folder: Path) -> None:
    """Take the pictures of the station's own screen, with a virtual tester, in both languages."""
    for language, locale in LANGUAGES.items():
        with TemporaryDirectory() as place:
            station = Station(Path(place))
            station.start()
            try:
                with screening(station.folder / "data") as screen:
                    _take_screen(browser, station, screen.address, locale, folder / f"screen-{{}}.{language}.png")
            finally:
                station.stop()


def _take_screen(browser: Browser, station: Station, address: str, locale: str, file: Path) -> None:
    context = browser.new_context(locale=locale, viewport={"width": 1024, "height": 600}, has_touch=True)
    page = context.new_page()
    page.goto(address)
    for food, stall in (("韭菜", "A-12"), ("菠菜", "A-13"), ("芹菜", "B-03")):
        for choice in (food, stall):
            page.locator(f"[data-choice={choice}]").tap()
        page.locator("#register").tap()
        page.locator("#number").wait_for()
    page.locator("[data-choice=豇豆]").tap()
    page.screenshot(path=str(file).format("register"))
    page.locator("[data-place=run]").first.tap()
    page.locator("#fill").tap()
    for value in (12.5, 88.0):
        station.measure(value)
    page.locator("#plate [data-state=fail]").wait_for()
    page.locator("#banner").wait_for()
    page.screenshot(path=str(file).format("run"))
    page.locator("#banner-open").tap()
    page.locator("#seen").tap()
    page.locator("#retest").tap()
    page.locator("#to-run").wait_for()
    page.screenshot(path=str(file).format("failed"))
    context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with services.postgres() as server, services.database(server) as dsn:
        migrate(dsn, roles=services.ROLES)
        with psycopg.connect(dsn, autocommit=True) as database:
            month.fill(database, now())
            places = places_of(database)
        with serving(dsn) as site, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            take(site, browser, folder, places)
            take_screen(browser, folder)
            browser.close()
    say(str(folder))


if __name__ == "__main__":
    main()
