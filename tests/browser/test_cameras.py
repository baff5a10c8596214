"""The wall of cameras and the enlarged one in a real browser: a real server, broker and live worker."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page, expect

from shian.local.broker import LocalBroker
from tests.browser.conftest import Watched
from tests.support.live_station import DrawnCamera, live_station, rolling
from tests.support.server import Served, add_station, now, publish, serving
from tests.support.video import stream
from tests.support.waiting import wait_for

pytestmark = pytest.mark.browser
Connection = psycopg.Connection[Any]


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        add_station(connection, "m1", title_en="First market")
        connection.execute(
            "INSERT INTO device (station, name, adapter, state) VALUES ('m1', 'kitchen', 'camera', 'online')"
        )
        yield connection


@pytest.fixture
def server(dsn: str, database: Connection, broker: LocalBroker) -> Iterator[Served]:
    with serving(dsn, broker={"port": broker.port}) as site:
        yield site


def plays(page: Page) -> bool:
    """Return True when the video has shown pictures and goes on."""
    return bool(
        page.evaluate(
            "(() => { const it = document.getElementById('camera-video');"
            " return it.videoWidth === 640 && it.currentTime > 1; })()"
        )
    )


def test_a_tile_lives_is_enlarged_as_video_and_stops_when_nobody_looks(
    server: Served, database: Connection, broker: LocalBroker, visitors: Watched
) -> None:
    camera = DrawnCamera(video=stream(seconds=4, group=25, size=(640, 360)))
    with live_station(broker.port, camera) as station, rolling(camera):
        page = visitors.page(f"{server.address}/cameras", locale="en-GB")
        tile = page.locator(".tile")
        expect(tile).to_have_count(1)
        expect(tile).to_contain_text("First market · kitchen")
        expect(tile.locator("img")).to_have_js_property("naturalWidth", 640)
        assert station.count("viewed", mode="video") == 0
        tile.click()
        expect(page.locator("#camera-video")).to_have_js_property("videoWidth", 640)
        wait_for(lambda: plays(page), what="the video")
        expect(page.locator("#camera-age")).to_have_text("Live")
        page.locator("#camera-close").click()
        wait_for(lambda: not camera.taps, what="the end of the video")
        wait_for(lambda: station.count("viewed", mode="preview") == 1, what="the wall again")
    expect(page.locator(".tile.is-old")).to_have_count(1)
    expect(tile.locator(".old")).to_contain_text("old")


def test_where_video_is_not_allowed_the_enlarged_camera_shows_pictures(
    server: Served, broker: LocalBroker, visitors: Watched
) -> None:
    camera = DrawnCamera()
    with live_station(broker.port, camera, modes=frozenset(("preview",))), rolling(camera):
        page = visitors.page(f"{server.address}/cameras", locale="zh-CN")
        page.locator(".tile").click()
        expect(page.locator("#camera-note")).to_contain_text("该点位仅提供打码画面")
        expect(page.locator("#camera-picture")).to_have_js_property("naturalWidth", 640)


def test_trouble_of_a_camera_is_on_its_tile_until_it_ends(
    server: Served, database: Connection, visitors: Watched
) -> None:
    page = visitors.page(f"{server.address}/cameras", locale="en-GB")
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    item: dict[str, Any] = {
        "kind": "camera",
        "id": "0194b2c0-0000-7000-8000-000000000001",
        "station": "m1",
        "device": "kitchen",
    }
    item |= {"key": "0194b2c0-0000-7000-8000-000000000002", "what": "covered", "zone": "", "media": []}
    publish(database, item | {"phase": "start", "recorded_at": now().isoformat()})
    expect(page.locator(".tile .chip")).to_have_text("covered")
    publish(database, item | {"phase": "end", "recorded_at": now().isoformat()})
    expect(page.locator(".tile .chip")).to_have_count(0)
    publish(
        database, {"kind": "device", "station": "m1", "device": "kitchen", "state": "offline", "at": now().isoformat()}
    )
    expect(page.locator(".tile .chip")).to_have_text("offline")


@pytest.fixture
def server_alone(dsn: str, database: Connection) -> Iterator[Served]:
    with serving(dsn) as site:
        yield site


def test_without_a_broker_the_wall_says_so(server_alone: Served, visitors: Watched) -> None:
    page = visitors.page(f"{server_alone.address}/cameras", locale="en-GB")
    expect(page.locator(".tile .empty")).to_have_text("The live view is switched off")
