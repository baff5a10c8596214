"""Debian's Chromium, driven by playwright. Whatever the console or the content policy complains of fails the test."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

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
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Watched:
    """Contexts of the browser whose pages are watched for complaints."""

    def __init__(self, browser: Browser) -> None:
        self.complaints: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def page(self, address: str, **options: object) -> Page:
        """Open a page of a new visitor."""
        context = self._browser.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(30_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda message: self.complaints.append(message.text) if message.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "requestfailed",
            lambda request: self.complaints.append(f"failed: {request.url}") if self.is_foreign(request.url) else None,
        )
        page.goto(address)
        return page

    @staticmethod
    def is_foreign(url: str) -> bool:
        return "127.0.0.1" not in url

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def visitors(chromium: Browser) -> Iterator[Watched]:
    watched = Watched(chromium)
    yield watched
    watched.close()
    assert watched.complaints == []
