"""Camera events on the page at `/`: pictures and clips that stations brought, in a real browser on a real server."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import cv2
import numpy as np
import psycopg
import pytest
from playwright.sync_api import expect
from uuid_utils.compat import uuid7

from tests.browser import looks
from tests.browser.conftest import Watched
from tests.support.media import Photographer
from tests.support.server import Served, add_alert, alert_item, now, publish, serving

pytestmark = pytest.mark.browser
Connection = psycopg.Connection[Any]


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def station(database: Connection) -> Photographer:
    photographer = Photographer()
    photographer.enrol(database)
    return photographer


@pytest.fixture
def server(dsn: str, station: Photographer, tmp_path: Path) -> Iterator[Served]:
    with serving(dsn, media={"folder": tmp_path / "media"}) as site:
        yield site


def picture(level: int = 120) -> bytes:
    image = np.full((90, 160, 3), level, np.uint8)
    cv2.circle(image, (80, 45), 30, (60, 200, 240), -1)
    return cv2.imencode(".jpg", image)[1].tobytes()


def see(
    database: Connection,
    key: UUID,
    kind: str,
    phase: str = "start",
    *,
    zone: str = "",
    media: str = "",
    at: datetime | None = None,
) -> None:
    """Insert a phase of a camera event, as ingest commits it."""
    event, at = uuid7(), at or now()
    database.execute(
        "INSERT INTO camera_event (event, recorded_at, station, device, key, phase, kind, zone)"
        " VALUES (%s, %s, 'chaoyang-01', 'cam-1', %s, %s, %s, %s)",
        [event, at, key, phase, kind, zone],
    )
    item = {"kind": "camera", "id": str(event), "station": "chaoyang-01", "device": "cam-1", "key": str(key)}
    said = {
        "phase": phase,
        "what": kind,
        "zone": zone,
        "media": [media] if media else [],
        "recorded_at": at.isoformat(),
    }
    publish(database, item | said)


def bring(server: Served, station: Photographer, database: Connection, key: UUID, data: bytes) -> str:
    """Upload `data` for the camera event `key`, as the station does, and return its hash."""
    digest = station.expect(database, data, key)
    place = {"Upload-Offset": "0", "Upload-Length": str(len(data)), "Content-Type": "application/partial-upload"}
    answer = server.client.patch(f"/api/v1/media/{digest}", content=data, headers={**station.ticket(digest), **place})
    assert answer.status_code == 204
    return digest


def test_an_event_appears_gets_its_picture_and_ends(
    server: Served, station: Photographer, database: Connection, visitors: Watched
) -> None:
    page = visitors.page(f"{server.address}/cameras", locale="en-GB")
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    expect(page.locator(".shot")).to_have_count(0)
    key, began = uuid7(), now()
    see(database, key, "motion", zone="sink", at=began)
    shot = page.locator(".shot")
    expect(shot).to_contain_text("motion · sink")
    expect(shot).to_contain_text("under way")
    expect(shot).to_contain_text("no picture")
    digest = bring(server, station, database, key, picture())
    expect(shot.locator("img")).to_have_attribute("src", f"/api/v1/media/{digest}")
    see(database, key, "motion", "end", zone="sink", media=digest, at=began + timedelta(seconds=7))
    expect(shot).to_contain_text("7 s")

    shot.locator("button.thumb").click()
    expect(page.locator(".shot-dialog[open] img")).to_be_visible()
    page.locator(".shot-dialog[open]").get_by_role("button", name="Close").click()
    expect(page.locator(".shot-dialog img")).to_have_count(0)
    page.get_by_role("button", name="中文").click()
    expect(shot).to_contain_text("检测到移动 · 水池")


def test_an_alert_shows_kind_camera_and_picture_of_an_event_beyond_the_list(
    server: Served, station: Photographer, database: Connection, visitors: Watched
) -> None:
    key = uuid7()
    see(database, key, "covered")
    digest = bring(server, station, database, key, picture())
    for _ in range(60):
        see(database, uuid7(), "motion")
    facts = {"kind": "covered", "zone": "", "key": str(key), "evidence": {}}
    words = {"rule": "camera_untrusted", "severity": "warning"}
    camera = {"device": "cam-1", "item": "covered", "sample": "", "commodity": "", "facts": json.dumps(facts)}
    alert = add_alert(database, "chaoyang-01", **words, **camera)
    publish(database, alert_item(alert, "chaoyang-01", **words, subject="cam-1 covered"))
    page = visitors.page(f"{server.address}/alerts?open={alert}", locale="en-GB")
    card = page.locator("#alert-detail")
    expect(card).to_contain_text("A camera cannot be trusted")
    expect(card).to_contain_text("covered · cam-1")
    expect(card.locator("img")).to_have_attribute("src", f"/api/v1/media/{digest}")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("light", {"viewport": {"width": 1440, "height": 900}, "locale": "zh-CN", "color_scheme": "light"}),
        ("dark", {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", "color_scheme": "dark"}),
        ("phone", {"viewport": {"width": 390, "height": 844}, "locale": "en-GB", "color_scheme": "light"}),
    ],
)
def test_the_events_fit_every_screen(
    name: str,
    options: dict[str, Any],
    server: Served,
    station: Photographer,
    database: Connection,
    visitors: Watched,
) -> None:
    for number, kind in enumerate(("covered", "rodent", "unattended", "intrusion", "defocused", "motion")):
        key = uuid7()
        see(database, key, kind, zone="preparation" if number % 2 else "")
        if number < 4:
            bring(server, station, database, key, picture(60 + 30 * number))
    page = visitors.page(f"{server.address}/cameras", **options)
    expect(page.locator(".shot")).to_have_count(6)
    expect(page.locator(".shot img")).to_have_count(4)
    looks.picture(page, f"events-{name}")
    looks.fits(page)


def test_a_camera_that_is_away_for_days_stays_a_trouble_and_one_that_sees_people_is_none(
    server: Served, database: Connection, visitors: Watched
) -> None:
    key = uuid7()
    see(database, key, "offline", at=now() - timedelta(days=3))
    database.execute(
        "INSERT INTO camera_trouble (station, key, device, kind, zone, at, event, evidence)"
        " VALUES ('chaoyang-01', %s, 'cam-1', 'offline', '', %s, %s, '{}')",
        [key, now() - timedelta(days=3), uuid7()],
    )
    for seconds in range(210):  # more than a page of events since
        see(database, uuid7(), "motion", at=now() - timedelta(seconds=seconds))
    page = visitors.page(server.address, locale="en-GB")
    expect(page.locator("#silent li").filter(has_text="cam-1")).to_have_count(1)
    expect(page.locator("#silent")).to_contain_text("Offline")
    expect(page.locator("#cameras_blind dd")).to_have_text(re.compile("^1 /"))
    see(database, key, "offline", "end")
    expect(page.locator("#silent li").filter(has_text="cam-1")).to_have_count(0)
    see(database, uuid7(), "covered")
    expect(page.locator("#silent li").filter(has_text="cam-1")).to_have_count(1)
    see(database, uuid7(), "motion")
    expect(page.locator("#silent li").filter(has_text="cam-1")).to_have_count(1)
