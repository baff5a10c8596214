"""Paper and pictures at the station's screen: the label of a sample, and its photograph."""

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import Watched
from tests.support.edge_station import cable, running, settings_document
from tests.support.screen_station import down_document, keep_document, screening

pytestmark = pytest.mark.browser
LONGEST_MS = 60_000  # of a busy machine


def test_a_sample_with_its_photograph_and_its_label(tmp_path: Path, visitors: Watched) -> None:
    keep_document(tmp_path / "data", down_document("m1"))
    with (
        cable(tmp_path),
        running(settings_document(tmp_path, 1)) as agent,
        screening(tmp_path / "data") as screen,
        visitors,
    ):
        page = visitors.page(screen.address, locale="en-GB", viewport={"width": 1024, "height": 600}, has_touch=True)
        page.set_default_timeout(LONGEST_MS)
        page.locator("[data-choice=韭菜]").tap()
        page.locator("[data-choice=A-12]").tap()
        page.locator("[data-field-of=photo]").tap()
        picture: FilePayload = {"name": "leek.png", "mimeType": "image/png", "buffer": page.screenshot()}
        page.locator("#photo-file").set_input_files(picture)
        page.locator("#photo-taken").wait_for()
        page.locator("#register").tap()
        number = page.locator("#number").text_content() or ""
        (row,) = agent.store.newest(10)
        assert row.kind == "image/jpeg"

        with page.expect_popup() as opened:
            page.get_by_role("button", name="label", exact=True).tap()
        sheet = opened.value
        sheet.wait_for_load_state()  # its style is there: text may come before
        expect(sheet.locator(".said strong")).to_have_text(number)
        box = sheet.locator(".label").bounding_box()
        code = sheet.locator("svg.qr").bounding_box()
        assert box is not None
        assert code is not None
        assert (round(box["width"]), round(box["height"])) == (189, 113), "50 x 30 mm"
        assert code["width"] == code["height"] > 80
