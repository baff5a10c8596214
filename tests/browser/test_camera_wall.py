"""The views of cameras in a real browser: sets on the wall, a day of events, health, zones and masks."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import pytest
from playwright.sync_api import Page, expect
from psycopg.types.json import Jsonb
from uuid_utils.compat import uuid7

from process.connections import DISTRICT_ZONE
from tests.browser.conftest import Watched
from tests.browser.looks import fits, picture, read_aloud
from tests.browser.test_camera_events import bring
from tests.browser.test_camera_events import picture as photograph
from tests.support.media import Photographer
from tests.support.server import Served, now, serving
from tests.support.waiting import wait_for

pytestmark = pytest.mark.browser
Connection = psycopg.Connection[Any]
STATION = "chaoyang-01"
BOX = [[0.1, 0.1], [0.4, 0.1], [0.4, 0.5], [0.1, 0.5]]


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def station(database: Connection) -> Photographer:
    photographer = Photographer()
    photographer.enrol(database)
    database.execute("UPDATE station SET title = '朝阳农贸市场', title_en = 'Chaoyang market'")
    for camera in ("cam-1", "cam-2", "cam-3"):
        database.execute(
            "INSERT INTO device (station, name, adapter, state, state_at) VALUES (%s, %s, 'camera', 'online', %s)"
            " ON CONFLICT (station, name) DO UPDATE SET adapter = 'camera', state_at = excluded.state_at",
            [STATION, camera, now() - timedelta(days=20)],
        )
    return photographer


@pytest.fixture
def server(dsn: str, station: Photographer, tmp_path: Path) -> Iterator[Served]:
    with serving(dsn, media={"folder": tmp_path / "media"}) as site:
        yield site


def see(database: Connection, kind: str, ago: timedelta, lasts: timedelta, camera: str = "cam-1") -> UUID:
    """Insert a camera event that is over."""
    key, at = uuid7(), now() - ago
    for phase, moment in (("start", at), ("end", at + lasts)):
        database.execute(
            "INSERT INTO camera_event (event, recorded_at, station, device, key, phase, kind, zone)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, '')",
            [uuid7(), moment, STATION, camera, key, phase, kind],
        )
    return key


def marks(database: Connection) -> list[str]:
    rows = database.execute("SELECT verdict FROM camera_review WHERE verdict <> '' ORDER BY verdict").fetchall()
    return [row[0] for row in rows]


def open_at(server: Served, visitors: Watched, address: str, **options: Any) -> Page:
    page = visitors.page(f"{server.address}/cameras?{address}", **{"locale": "en-GB", **options})
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    return page


def test_a_day_is_marked_from_the_keyboard_and_taken_back(
    server: Served, station: Photographer, database: Connection, visitors: Watched
) -> None:
    keys = [see(database, "rodent", timedelta(seconds=40 + n), timedelta(seconds=20)) for n in range(3)]
    see(database, "covered", timedelta(seconds=30), timedelta(seconds=9), "cam-2")
    digest = bring(server, station, database, keys[0], photograph())
    # Days are the district's. Midnight may have passed since.
    day = (now() - timedelta(seconds=45)).astimezone(ZoneInfo(DISTRICT_ZONE)).date()
    page = open_at(server, visitors, f"view=events&kind=rodent&day={day}")
    lines = page.locator(".rows .scroll .line")
    expect(lines).to_have_count(3)
    expect(page.locator(".strip rect")).to_have_count(3)
    # All of them are false alarms; the last one was not.
    for key in ("a", "f"):
        page.keyboard.press(key)
    expect(page.locator("#review-told")).to_have_text("3 marked as false alarm")
    expect(page.locator(".strip rect.is-false")).to_have_count(3)
    page.keyboard.press("z")
    expect(page.locator("#review-told")).to_have_text("Taken back: 3")
    assert marks(database) == []
    page.locator(f'.line[data-id="{keys[0]}"]').click()
    expect(page.locator("#event-detail img")).to_have_attribute("src", f"/api/v1/media/{digest}")
    page.keyboard.press("r")
    expect(page.locator("#event-detail [aria-pressed=true]")).to_have_text("Real")
    wait_for(lambda: marks(database) == ["real"], what="the mark")
    # Everything that is seen has an address.
    page.locator("#event-review").select_option("none")
    expect(lines).to_have_count(2)
    page.reload()
    expect(lines).to_have_count(2)
    page.goto(f"{server.address}/cameras?view=counts")
    expect(page.locator("#camera-counts tbody tr").first).to_contain_text("cam-1")


def test_a_set_is_made_shown_and_kept_in_the_address(server: Served, database: Connection, visitors: Watched) -> None:
    page = open_at(server, visitors, "")
    expect(page.locator(".tile")).to_have_count(3)
    page.locator("#new-set").click()
    page.get_by_label("Title of the set").fill("早市")
    for camera in ("cam-3", "cam-1"):
        page.get_by_role("checkbox", name=camera).check()
    page.get_by_role("checkbox", name="Share with everybody").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".tile")).to_have_count(2)
    expect(page.locator(".tile").first).to_contain_text("cam-3")
    page.reload()
    expect(page.locator(".tile")).to_have_count(2)
    page.get_by_role("button", name="Change the set").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".tile")).to_have_count(3)


def test_a_mask_is_drawn_with_the_mouse_moved_by_keys_and_sent(
    server: Served, station: Photographer, database: Connection, visitors: Watched
) -> None:
    bring(server, station, database, see(database, "motion", timedelta(minutes=5), timedelta(seconds=9)), photograph())
    told = {"name": "cam-1", "zones": [{"name": "sink", "polygon": BOX}], "needed": ["sink"]}
    database.execute(
        "INSERT INTO station_status (station, received_at, said_at, state, body) VALUES (%s, now(), '', 'online', %s)",
        [STATION, Jsonb({"cameras": [told]})],
    )
    page = open_at(server, visitors, f"view=layouts&camera={STATION}/cam-1")
    drawing = page.locator(".drawing")
    expect(drawing.locator("img")).to_have_js_property("naturalWidth", 160)
    expect(drawing.locator("img")).to_be_visible()
    expect(drawing.locator("polygon.zone")).to_have_count(1)
    page.get_by_role("button", name="New mask").click()
    box = drawing.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.8)
    page.mouse.up()
    expect(drawing.locator(".corner:not(.more)")).to_have_count(4)
    page.get_by_label("Corner 1:").focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.locator("#send-layout").click()
    expect(page.locator("#layout")).to_contain_text("sent, not confirmed yet")
    ((version, layout),) = database.execute("SELECT version, layout FROM camera_layout").fetchall()
    ((mask,), zones) = (layout["masks"], layout["zones"])
    assert zones is None
    assert mask[0] == pytest.approx([0.45, 0.5], abs=0.01)
    assert mask[2] == pytest.approx([0.75, 0.8], abs=0.01)
    body = Jsonb({"cameras": [told | {"layout": version}]})
    database.execute("UPDATE station_status SET body = %s", [body])
    expect(page.locator("#layout .chip")).to_have_text("in force")
    database.execute(
        "UPDATE station_status SET body = %s", [Jsonb({"cameras": [told | {"refused": version, "refusal": "broken"}]})]
    )
    page.reload()
    expect(page.locator("#layout .chip")).to_have_text("refused · a shape is broken")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("light", {"viewport": {"width": 1366, "height": 768}, "locale": "zh-CN", "color_scheme": "light"}),
        ("dark", {"viewport": {"width": 1920, "height": 1080}, "locale": "en-GB", "color_scheme": "dark"}),
        ("phone", {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN", "color_scheme": "light"}),
    ],
)
def test_every_view_of_cameras_fits_and_is_accessible(
    name: str,
    options: dict[str, Any],
    server: Served,
    station: Photographer,
    database: Connection,
    visitors: Watched,
) -> None:
    kinds = ("rodent", "motion", "covered", "intrusion", "offline", "dark", "person", "phone")
    keys = [
        see(
            database,
            kinds[n % 8],
            timedelta(hours=9 * n % 200, minutes=n),
            timedelta(minutes=20 * (n % 5) + 1),
            f"cam-{n % 3 + 1}",
        )
        for n in range(48)
    ]
    first = see(database, "rodent", timedelta(seconds=30), timedelta(seconds=20))
    for key in (first, keys[3]):
        bring(server, station, database, key, photograph())
    database.execute(
        "INSERT INTO camera_review (station, key, verdict, actor)"
        " SELECT station, key, 'false', 'local' FROM camera_event WHERE phase = 'start' AND kind = 'motion'"
    )
    database.execute(
        "INSERT INTO camera_layout (station, camera, version, layout, author) VALUES (%s, 'cam-1', 9, %s, 'local')",
        [
            STATION,
            Jsonb({"zones": [{"name": "sink", "polygon": BOX}], "masks": [[[0.6, 0.5], [0.9, 0.5], [0.9, 0.9]]]}),
        ],
    )
    views = ("", f"view=events&open={first}", "view=counts", "view=health", f"view=layouts&camera={STATION}/cam-1")
    page = visitors.page(server.address, **options)
    shows = (".tile", "#event-detail", "#camera-counts", "#camera-health", ".drawing")
    for number, (view, show) in enumerate(zip(views, shows, strict=True)):
        page.goto(f"{server.address}/cameras?{view}")
        expect(page.locator("#link")).to_have_attribute("data-state", "live")
        expect(page.locator(show).first).to_be_visible()
        if number == 4:
            page.locator(".shapes button").last.click()
        picture(page, f"cameras-{name}-{number}")
        fits(page)
        read_aloud(page)
