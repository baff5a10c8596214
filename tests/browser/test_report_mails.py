"""The panel of monthly reports by mail, at a real mail server."""

import psycopg
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Watched
from tests.contract.test_email import mail_server
from tests.support.server import add_station, serving

pytestmark = pytest.mark.browser


def test_a_report_by_mail_is_asked_for_tried_and_ended_on_the_page(dsn: str, visitors: Watched) -> None:
    with psycopg.connect(dsn, autocommit=True) as database:
        add_station(database, "m1")
    with mail_server() as mailbox:
        email = {"host": "127.0.0.1", "port": mailbox.port, "tls": "none"}
        with serving(dsn, delivery={"channels": {"email": email}}) as server, visitors:
            panel = visitors.page(f"{server.address}/reports", locale="en-US").locator("#monthly-mails")
            panel.locator("summary").click()
            panel.get_by_label("Address").fill("desk@office.example")
            panel.get_by_label("Grouped by").select_option("item")
            panel.get_by_role("button", name="Add").click()
            expect(panel.locator("tbody tr")).to_contain_text("desk@office.example")
            panel.get_by_role("button", name="Test").click()
            expect(panel.get_by_role("status")).to_contain_text("delivered")
            panel.get_by_role("button", name="End").click()
            expect(panel.locator("tbody tr")).to_have_count(0)
    (file,) = mailbox.mails[0].iter_attachments()
    assert (file.get_filename() or "").startswith("shian-report-item-")
