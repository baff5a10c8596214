"""Debian's Chromium, driven by playwright. Whatever the console or the content policy complains of fails the test."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.patience import LONGEST_MS, patient

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start Chromium for one module. Not for the session: playwright keeps an event loop running in this thread, and
    other tests want their own."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no chromium on the PATH")
    with patient(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Watched:
    """Contexts of the browser whose pages are watched for complaints. A test with a server of its own enters it after
    the server: a page that outlives its server complains."""

    def __init__(self, browser: Browser) -> None:
        self._complaints: list[str] = []
        # Of a page that is left, or loses its server, while it connects.
        self._forgiven = ["WebSocket is closed before the connection is established"]
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def forgive(self, words: str) -> None:
        """Take no notice of complaints with these words, whenever they come: what the test asks for on purpose."""
        self._forgiven.append(words)

    @property
    def complaints(self) -> list[str]:
        """Return what was complained of and is not forgiven."""
        return [one for one in self._complaints if not any(words in one for words in self._forgiven)]

    def page(self, address: str, **options: object) -> Page:
        """Open a page of a new visitor."""
        context = self._browser.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(LONGEST_MS)
        self._contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda message: self._complaints.append(message.text) if message.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: self._complaints.append(str(error)))
        page.on(
            "requestfailed",
            lambda request: self._complaints.append(f"failed: {request.url}") if self.is_foreign(request.url) else None,
        )
        page.goto(address)
        return page

    @staticmethod
    def is_foreign(url: str) -> bool:
        return "127.0.0.1" not in url

    def __enter__(self) -> "Watched":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        while self._contexts:
            self._contexts.pop().close()


@pytest.fixture
def visitors(chromium: Browser) -> Iterator[Watched]:
    watched = Watched(chromium)
    yield watched
    watched.close()
    assert watched.complaints == []
