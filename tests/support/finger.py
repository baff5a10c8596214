"""A finger on a touch screen of 1024x600."""

from playwright.sync_api import Locator, Page

SIZE = {"width": 1024, "height": 600}
LONGEST_MS = 60_000  # of a busy machine


class Finger:
    """A finger on the page. It counts its touches, and finds no target too small."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.touches = 0
        page.set_default_timeout(LONGEST_MS)

    def touch(self, target: str | Locator) -> None:
        one = self.page.locator(target).first if isinstance(target, str) else target
        one.wait_for()
        box = one.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 47.5, f"{target}: {box}"
        one.tap()
        self.touches += 1
