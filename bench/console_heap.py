"""The console after an hour of events, and after many ways from page to page: heap, nodes and listeners.

python -m bench.console_heap [--events 10800] [--rounds 50]

10,800 results are an hour of 3 a second. They come faster than that here, with readings, and with alerts that are
opened and resolved: this is the hour's events and not its clock. After each third the garbage is collected, and heap,
nodes of the document and listeners are counted; then each page is opened and left so many times. A page that keeps what
was removed has nodes and listeners that grow. The engine compiles nothing here: compiled code is most of
what grows else (0.5 of 0.7 MB after 4,000 results), and is no page's.
"""

import argparse
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from playwright.sync_api import Browser, Page
from uuid_utils.compat import uuid7

from bench.console_page import KB, chromium, district
from tests.support.server import Served, add_alert, alert_item, now, publish, result_item

_PAGES = ("/", "/results", "/alerts")
_AT_ONCE = 30  # results in a message, ten messages a second
_AN_ALERT_EACH = 100
_PARTS = 3
_PATIENCE_S = 120
_WAYS = ("/", "/alerts", "/results", "/cameras", "/probes", "/stations", "/reports")
_EMPTY = "/proposals"  # where it is counted: a page without lists, so that what is left of the others is seen
_NOT_COMPILED = "--js-flags=--jitless"
_KEPT_ROWS = 2000  # by the page of results: the reference is taken with all of them
_Database = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Held:
    """Heap, nodes and listeners of the page after a collection of garbage."""

    heap_mb: float
    nodes: int
    listeners: int

    def __str__(self) -> str:
        return f"{self.heap_mb:.2f} | {self.nodes} | {self.listeners}"


class Fed:
    """Page to which news come."""

    def __init__(self, browser: Browser, address: str, database: _Database) -> None:
        self.page: Page = browser.new_page(locale="zh-CN", viewport={"width": 1366, "height": 768})
        self._database = database
        self._tools = self.page.context.new_cdp_session(self.page)
        self._tools.send("Performance.enable")
        self._newest = ""
        self._sent = 0
        self._open: list[Any] = []
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._heard))
        self.page.goto(address)
        self.page.locator("#link[data-state=live]").wait_for()

    def _heard(self, payload: str | bytes) -> None:
        if isinstance(payload, str) and self._newest and self._newest in payload:
            self._newest = ""

    def feed(self, results: int) -> None:
        """Let so many results come, and wait until the page has drawn them."""
        left = results
        while left > 0:
            items = [self._result() for _ in range(min(_AT_ONCE, left))]
            left -= len(items)
            self._newest = items[-1]["id"]
            publish(self._database, *items, self._reading())
            if self._sent % _AN_ALERT_EACH < _AT_ONCE:
                self._alert()
            self.page.wait_for_timeout(100)
        deadline = time.monotonic() + _PATIENCE_S
        while self._newest:
            assert time.monotonic() < deadline, "the page did not hear the last result"
            self.page.wait_for_timeout(100)
        self.page.wait_for_timeout(3000)  # it is drawn with the next second, and the counts are asked for after two

    def _result(self) -> dict[str, Any]:
        self._sent += 1
        words = {"value": 12.5, "value_text": "12.5", "sample": str(self._sent), "commodity": "韭菜"}
        return result_item(uuid7(), "dongmen", **words)

    def _reading(self) -> dict[str, Any]:
        at = now().isoformat()
        return {
            "kind": "reading", "station": "dongmen", "device": "cold-1", "quantity": "air_temperature", "channel": 1,
            "value": 4.5, "unit": "degC", "recorded_at": at,
        }  # fmt: skip

    def _alert(self) -> None:
        """Open an alert, and resolve the one before."""
        alert = add_alert(self._database, "dongmen")
        publish(self._database, alert_item(alert, "dongmen"))
        while self._open:
            done = self._open.pop()
            self._database.execute("UPDATE alert SET state = 'resolved' WHERE id = %s", [done])
            publish(self._database, alert_item(done, "dongmen", state="resolved"))
        self._open.append(alert)

    def held(self) -> Held:
        """Count what is held after a collection."""
        self.page.evaluate("performance.clearResourceTimings()")  # the browser's own list, of 250 at most
        for _ in range(2):  # what the first one frees may have held more
            self._tools.send("HeapProfiler.collectGarbage")
        told = {one["name"]: float(one["value"]) for one in self._tools.send("Performance.getMetrics")["metrics"]}
        return Held(told["JSHeapUsedSize"] / KB / KB, int(told["Nodes"]), int(told["JSEventListeners"]))

    def walk(self, rounds: int) -> None:
        """Open and leave each page so many times."""
        for way in (*_WAYS * rounds, _EMPTY):
            self.page.locator(f".rail a[href='{way}']").click()
            self.page.wait_for_function("way => location.pathname === way", arg=way)
            self.page.wait_for_timeout(50)  # some are left before their lists have come
        self.page.wait_for_timeout(3000)

    def close(self) -> None:
        self.page.close()


@contextmanager
def fed(browser: Browser, site: Served, place: str, database: _Database) -> Iterator[Fed]:
    page = Fed(browser, site.address + place, database)
    yield page
    page.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--events", type=int, default=10_800, help="results of an hour")
    arguments.add_argument("--rounds", type=int, default=50, help="times that each page is opened")
    wanted = arguments.parse_args()
    with district() as (site, database), chromium(_NOT_COMPILED) as browser:
        print("| page | results so far | heap, MB | nodes | listeners |\n|---|---|---|---|---|")
        for place in _PAGES:
            with fed(browser, site, place, database) as page:
                page.feed(_KEPT_ROWS)
                print(f"| `{place}` | 0 | {page.held()} |", flush=True)
                for part in range(1, _PARTS + 1):
                    page.feed(wanted.events // _PARTS)
                    print(f"| `{place}` | {part * wanted.events // _PARTS} | {page.held()} |", flush=True)
        print("\n| each page opened and left | heap, MB | nodes | listeners |\n|---|---|---|---|")
        with fed(browser, site, "/", database) as page:
            page.walk(5)  # all parts are loaded, all caches of the engine warm
            print(f"| 5 times | {page.held()} |", flush=True)
            for part in range(1, _PARTS):
                page.walk(wanted.rounds // 2)
                print(f"| {5 + part * wanted.rounds // 2} times | {page.held()} |", flush=True)
        print(f"\nload {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
