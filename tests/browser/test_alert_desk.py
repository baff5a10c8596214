"""The drawer of an alert in a real browser: opened by the link of a message, until when, by whom, undo, files, late."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Route, expect
from uuid_utils.compat import uuid7

from server.addresses import link_of
from tests.browser.conftest import Watched
from tests.support.media import JPEG
from tests.support.server import Served, add_alert, add_result, add_station, alert_item, now, publish, serving

pytestmark = pytest.mark.browser
Connection = psycopg.Connection[Any]


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        add_station(connection, "chaoyang-01")
        yield connection


@pytest.fixture
def server(dsn: str, database: Connection, tmp_path: Path) -> Iterator[Served]:
    with serving(dsn, media={"folder": tmp_path / "media"}, delivery={"is_enabled": False}) as site:
        yield site


def test_a_link_opens_the_alert_which_takes_all_its_steps(
    server: Served, database: Connection, visitors: Watched
) -> None:
    made_at = now() - timedelta(hours=3)
    event = add_result(database, "chaoyang-01", verdict="fail", decided_verdict="fail", recorded_at=made_at)
    alert = add_alert(database, "chaoyang-01", event=event, caused_at=made_at, stall="A-12")
    page = visitors.page(link_of(server.address, alert), locale="en-GB")
    detail = page.locator("#alert-detail")
    expect(detail.locator("#late")).to_contain_text("3 h late")
    expect(detail.locator("#todo")).to_contain_text("Repeat the test of this sample")
    detail.get_by_role("button", name="Acknowledge").click()
    page.locator("#step-until").select_option("8")
    page.locator("#step-ok").click()
    expect(detail.locator("#until")).to_be_visible()
    detail.locator("#undo").click()
    expect(detail.locator(".chip").last).to_have_text("Open")
    detail.get_by_role("button", name="Deal with it").click()
    page.locator("#step-ok").click()
    expect(detail.locator("#assignee")).to_contain_text("local")
    page.locator("#attach").set_input_files({"name": "shelf.jpg", "mimeType": "image/jpeg", "buffer": JPEG})
    expect(detail.get_by_role("link", name="shelf.jpg")).to_be_visible()
    detail.get_by_role("button", name="Resolve").click()
    page.locator("#step-ok").click()
    detail.get_by_role("button", name="Close").click()
    page.locator("#step-ok").click()
    expect(detail.locator(".chip").last).to_have_text("Closed")
    steps = database.execute("SELECT action FROM alert_step ORDER BY position").fetchall()
    wanted = ["opened", "acknowledged", "undone", "started", "attached", "resolved", "closed"]
    assert [action for (action,) in steps] == wanted


def test_a_link_of_an_older_version_opens_the_alert_too(
    server: Served, database: Connection, visitors: Watched
) -> None:
    alert = add_alert(database, "chaoyang-01")
    page = visitors.page(f"{server.address}/#alert={alert}", locale="en-GB")
    expect(page.locator("#alert-detail")).to_contain_text("Failed rapid test")


def test_an_alert_whose_row_could_not_be_read_is_shown_when_it_can(
    server: Served, database: Connection, visitors: Watched
) -> None:
    visitors.forgive("status of 503")
    page = visitors.page(f"{server.address}/alerts", locale="en-GB")
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    refused: list[str] = []

    def refuse(route: Route) -> None:
        if len(refused) < 2:
            refused.append(route.request.url)
            route.fulfill(status=503, json={"detail": "the database is away"})
        else:
            route.continue_()

    alert = uuid7()
    page.route(f"**/api/v1/alerts/{alert}", refuse)
    add_alert(database, "chaoyang-01", id=alert, commodity="豇豆")
    publish(database, alert_item(alert, "chaoyang-01"))
    expect(page.locator(".rows .alert", has_text="豇豆")).to_have_count(1)
    assert len(refused) == 2
