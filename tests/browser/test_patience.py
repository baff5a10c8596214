"""Patience with pages that are about to change."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect

from tests.browser.patience import patient

pytestmark = pytest.mark.browser
# Two rows of which one goes when the page has been asked a few times.
SOON_ONE = """
<p>one<input></p><p>two</p>
<script>
  let left = 20;
  const gone = () => (left-- ? requestAnimationFrame(gone) : document.querySelector("p:last-of-type").remove());
  requestAnimationFrame(gone);
</script>
"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    yield page
    page.close()


def has(rows: Locator, text: str) -> None:
    expect(rows).to_contain_text(text)


def has_not(rows: Locator, text: str) -> None:
    expect(rows).not_to_contain_text(text)


@pytest.mark.parametrize(
    "ask",
    [
        lambda rows: has(rows, "one"),
        lambda rows: has_not(rows, "two"),
        lambda rows: rows.click(),
        lambda rows: rows.inner_text(),
    ],
)
def test_two_rows_of_which_one_goes_are_asked_again(page: Page, ask: Callable[[Locator], object]) -> None:
    page.set_content(SOON_ONE)
    ask(page.locator("p"))
    assert page.locator("p").count() == 1


def test_two_rows_that_stay_fail_the_test(page: Page) -> None:
    page.set_content("<p>one</p><p>two</p>")
    with patient(300):
        with pytest.raises((AssertionError, Error), match="strict mode violation"):
            expect(page.locator("p")).to_contain_text("one")
        with pytest.raises(Error, match="strict mode violation"):
            page.locator("p").click()
