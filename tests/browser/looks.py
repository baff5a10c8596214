"""The demands on every page, whatever it shows: its width, and what axe finds."""

import json
import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

import hatch_build
from tests.support.waiting import wait_for

AXE = hatch_build.MODULES / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
# Where pictures go for whoever wants to look at them.
LOOK = os.environ.get("SHIAN_LOOK")
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def picture(page: Page, name: str) -> None:
    """Take a picture, where somebody asked for pictures: no test looks at them."""
    if LOOK:
        page.screenshot(path=Path(LOOK) / f"{name}.png")


def fits(page: Page) -> None:
    """Assert that the page comes to be as wide as its screen."""
    wait_for(lambda: page.evaluate(_WIDER) == 0, what=f"a page as wide as the screen at {page.url}")


def read_aloud(page: Page, rules: tuple[str, ...] = RULES) -> None:
    """Assert that axe comes to have nothing to say of the page: what is being loaded may still move or fade in."""
    if not AXE.exists():
        return
    page.evaluate(AXE.read_text("utf-8"))
    said: list[Any] = []

    def is_sound() -> bool:
        found = page.evaluate(f"axe.run({{ runOnly: {json.dumps(rules)} }}).then(({{ violations }}) => violations)")
        said[:] = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
        return not said

    try:
        wait_for(is_sound)
    except AssertionError:
        raise AssertionError(f"axe says of {page.url}: {said}") from None
