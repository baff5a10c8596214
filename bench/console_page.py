"""The console in headless Chromium: what a first visit fetches, and what the page of results costs while news come.

python -m bench.console_page [--seconds 60]

Processor time is that of the page's process, as Chromium counts it; the reference is the same page of the same run
while nothing comes. The heap is looked at after a collection of garbage, once the page holds all rows that it keeps.
"""

import argparse
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright
from uuid_utils.compat import uuid7

from storage.migrate import migrate
from tests.browser.conftest import FLAGS
from tests.support import month, services
from tests.support.server import Served, now, publish, result_item, serving

KB = 1000
# Compressed bytes of a first visit, at most, without pictures and answers of the API.
LIMITS_KB = {"/alerts": 220, "/results": 220, "/stations": 220, "/": 450}
RATES = (3, 50)
_A_SECOND = 10  # batches in which news come, a second
_FILL_S = 50  # until the page holds the 2,000 rows that it keeps, at 50 a second


def ratio(measured: float, reference: float) -> str:
    """Return how many times the reference was measured."""
    return f"{measured / reference:.1f}" if reference else "-"


@dataclass(frozen=True, slots=True)
class Cost:
    """Share of a core, heap in MB after a collection, and by how much the newest row was late at most."""

    busy: float
    heap_mb: float
    late_s: float


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
        yield browser
        browser.close()


def first_visit(browser: Browser, address: str) -> tuple[int, float]:
    """Return the compressed bytes of the console's own files, and when the first content was painted, in ms."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 768})
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    fetched: dict[str, str] = {}
    sizes: list[int] = []
    network.on("Network.responseReceived", lambda told: fetched.update({told["requestId"]: told["response"]["url"]}))

    def finished(told: dict[str, object]) -> None:
        if "/api/" not in fetched.get(str(told["requestId"]), "/api/"):
            sizes.append(int(str(told["encodedDataLength"]).partition(".")[0]))

    network.on("Network.loadingFinished", finished)
    page.goto(address)
    page.locator("#link[data-state=live]").wait_for()
    page.wait_for_load_state("networkidle")
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    context.close()
    return sum(sizes), float(painted)


class Watched:
    """Page of results that is being measured while news come."""

    def __init__(self, page: Page, database: psycopg.Connection[tuple[object, ...]]) -> None:
        self._page = page
        self._database = database
        self._tools: CDPSession = page.context.new_cdp_session(page)
        self._tools.send("Performance.enable")
        self._number = 0

    def _metric(self, name: str) -> float:
        return next(
            float(one["value"]) for one in self._tools.send("Performance.getMetrics")["metrics"] if one["name"] == name
        )

    def heap_mb(self) -> float:
        self._tools.send("HeapProfiler.collectGarbage")
        return self._metric("JSHeapUsedSize") / KB / KB

    def during(self, seconds: float, rate: int) -> Cost:
        """Let so many results a second come for so long."""
        sent: dict[str, float] = {}
        busy, began, late = self._metric("ProcessTime"), time.perf_counter(), 0.0
        turn = 0
        while (passed := time.perf_counter() - began) < seconds:
            due = int(passed * rate) - len(sent)
            for _ in range(due):
                self._send(sent)
            turn += 1
            if rate and turn % _A_SECOND == 0:
                late = max(late, self._late(sent))
            time.sleep(1 / _A_SECOND)
        took = time.perf_counter() - began
        return Cost((self._metric("ProcessTime") - busy) / took, self.heap_mb(), late)

    def _send(self, sent: dict[str, float]) -> None:
        self._number += 1
        event = uuid7()
        words = {"value": 12.5, "value_text": "12.5", "sample": str(self._number), "commodity": "韭菜"}
        publish(self._database, result_item(event, "dongmen", **words))
        sent[str(event)] = time.perf_counter()

    def _late(self, sent: dict[str, float]) -> float:
        """Return the age of the oldest result that the page does not show above its first row."""
        shown = self._page.evaluate("document.querySelector('.rows .scroll .line')?.dataset.id")
        waiting = [at for key, at in sent.items() if at > sent.get(shown, 0.0)]
        return time.perf_counter() - min(waiting) if waiting else 0.0


@contextmanager
def district() -> Iterator[tuple[Served, psycopg.Connection[tuple[object, ...]]]]:
    """Serve a district with a month of results."""
    with services.postgres() as server, services.database(server) as dsn:
        migrate(dsn, roles=services.ROLES)
        with psycopg.connect(dsn, autocommit=True) as database:
            month.fill(database, now())
            with serving(dsn, limits={"requests_burst": 1_000_000}) as site:
                yield site, database


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seconds", type=float, default=60, help="of each measurement")
    seconds = arguments.parse_args().seconds
    with district() as (site, database), chromium() as browser:
        print("| first visit | kB, compressed | limit | first content, ms |\n|---|---|---|---|")
        for place, limit in LIMITS_KB.items():
            size, painted = first_visit(browser, site.address + place)
            print(f"| {place} | {size / KB:.0f} | {limit} | {painted:.0f} |", flush=True)
        page = browser.new_page(locale="zh-CN", viewport={"width": 1366, "height": 768})
        page.goto(f"{site.address}/results")
        page.locator("#link[data-state=live]").wait_for()
        watched = Watched(page, database)
        watched.during(_FILL_S, RATES[-1])
        idle = watched.during(seconds, 0)
        print("| results a second | of a core | of idle | heap, MB | late by, s, at most |\n|---|---|---|---|---|")
        print(f"| 0 | {idle.busy:.2%} | 1.0 | {idle.heap_mb:.1f} | - |", flush=True)
        for rate in RATES:
            cost = watched.during(seconds, rate)
            print(
                f"| {rate} | {cost.busy:.2%} | {ratio(cost.busy, idle.busy)} | {cost.heap_mb:.1f} | {cost.late_s:.1f} |"
            )
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
