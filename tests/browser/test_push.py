"""Web Push from the form to the notification, in a real browser. Its push service is a receiver of this test, which
decrypts as the browser would: the services of the browsers' makers cannot be reached from here."""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import http_ece
import psycopg
import pytest
from playwright.sync_api import CDPSession, Page, expect

from server.delivery.channels.web_push import key
from tests.browser.conftest import Watched
from tests.contract.test_web_push import AUTH, BROWSER, subscription
from tests.support.server import add_alert, add_delivery, add_station, serving
from tests.support.waiting import wait_for
from tests.support.webhooks import Answer, Receiver, receiving

pytestmark = pytest.mark.browser
PUBLIC = "http://shian.example"
# The browser's own push service is replaced; permission, worker and notifications are the browser's.
STAND_IN = """
PushManager.prototype.subscribe = async (wanted) => {
  window.asked = wanted;
  return { toJSON: () => (%s) };
};
"""
IS_ACTIVE = """async () => {
  const known = await navigator.serviceWorker.getRegistration("/static/push.js");
  return known?.active?.state === "activated";
}"""
SHOWN = """async () => {
  const known = await navigator.serviceWorker.getRegistration("/static/push.js");
  return (await known.getNotifications()).map(({ title, body, lang, data }) => ({ title, body, lang, data }));
}"""

# As the browser says that a notification was clicked; without a person's hand it then gives no page the focus.
CLICKED = """async () => {
  const [notification] = await self.registration.getNotifications();
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
}"""


def decrypted(service: Receiver) -> str:
    wait_for(lambda: bool(service.received), timeout_s=60, what="a push")
    body = service.received[-1].body
    return str(http_ece.decrypt(body, private_key=BROWSER, auth_secret=AUTH, version="aes128gcm").decode())


def pushed(page: Page, data: str) -> list[dict[str, Any]]:
    """Give a message to the service worker, as the browser does; return the notifications that are shown then."""
    session: CDPSession = page.context.new_cdp_session(page)
    known: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda said: known.extend(one["registrationId"] for one in said["registrations"]),
    )
    session.send("ServiceWorker.enable")
    wait_for(lambda: page.evaluate(IS_ACTIVE) and bool(known), timeout_s=60, what="the worker")
    origin = page.evaluate("location.origin")
    message = {"origin": origin, "registrationId": known[-1], "data": data}

    def shown() -> list[dict[str, Any]]:
        # As a push service does: a worker slow to start may have missed it. By its tag it is shown once.
        session.send("ServiceWorker.deliverPushMessage", message)
        with suppress(AssertionError):
            wait_for(lambda: bool(page.evaluate(SHOWN)), timeout_s=5)
        notifications: list[dict[str, Any]] = page.evaluate(SHOWN)
        return notifications

    return wait_for(shown, timeout_s=120, what="a notification")


def test_a_browser_subscribes_gets_its_test_message_and_is_told_when_it_is_gone(
    dsn: str, tmp_path: Path, visitors: Watched
) -> None:
    answers = [Answer(201)]
    delivery = {
        "allow_private_addresses": True,
        "ports": [],
        "channels": {"web_push": {"key_file": tmp_path / "push.pem"}},
    }
    key.make_missing(tmp_path / "push.pem")
    with (
        receiving(lambda _: answers[-1]) as service,
        serving(dsn, public_url=PUBLIC, delivery=delivery) as server,
        visitors,
    ):
        page = visitors.page(f"{server.address}/system/subscriptions", locale="en-GB", permissions=["notifications"])
        page.evaluate(STAND_IN % subscription(service.address))
        page.get_by_role("button", name="New subscription").click()
        page.get_by_label("Subscriber", exact=True).fill("my browser")
        page.locator(".sheet select").first.select_option("web_push")
        page.get_by_role("button", name="Save").click()
        row = page.locator("tr[data-id]", has_text="my browser")
        expect(row).to_contain_text("127.0.0.1")
        assert len(page.evaluate("window.asked.applicationServerKey")) == 87

        row.get_by_role("button", name="Test").click()
        data = decrypted(service)
        (shown,) = pushed(page, data)
        code = re.search(r"\d{6}", shown["title"])
        assert code
        assert (shown["lang"], shown["title"]) == ("en", f"Test message, code {code[0]}")
        assert shown["data"]["opens"] == json.loads(data)["answer"]
        page.get_by_label("Code in the message").fill(code[0])
        page.get_by_role("button", name="Confirm").click()
        expect(row).to_contain_text("works")

        answers.append(Answer(410))
        identity = row.get_attribute("data-id")
        with psycopg.connect(dsn, autocommit=True) as database:
            add_station(database, "m1")
            add_delivery(database, add_alert(database, "m1"), UUID(identity))
            asked = "SELECT ended_for FROM subscription"
            wait_for(lambda: database.execute(asked).fetchone() == ("gone",), timeout_s=60, what="the end")
        page.reload()
        expect(page.locator(".notice[role=alert]")).to_contain_text("nobody is at this address any more")


def test_a_click_on_a_notification_leads_the_open_page_to_its_alert(dsn: str, visitors: Watched) -> None:
    with psycopg.connect(dsn, autocommit=True) as database:
        add_station(database, "m1")
        alert = add_alert(database, "m1")
    with serving(dsn) as server, visitors:
        page = visitors.page(server.address, locale="zh-CN", permissions=["notifications"])
        page.evaluate("navigator.serviceWorker.register('/static/push.js')")
        texts = [{"language": language, "title": language, "body": "b", "button": "b"} for language in ("en", "zh")]
        said = {"id": "1", "alert": str(alert), "is_test": False, "is_urgent": True, "answer": "", "texts": texts}
        (shown,) = pushed(page, json.dumps(said))
        assert (shown["lang"], shown["data"]["opens"]) == ("zh", f"/alerts?open={alert}")
        (worker,) = wait_for(lambda: page.context.service_workers, what="the worker")
        worker.evaluate(CLICKED)
        expect(page).to_have_url(re.compile(rf"/alerts\?open={alert}"))
