"""The station's own screen: how fast it is under a finger, how fast a failed test sounds, and what it costs in memory.

    ./dev bench screen              # or: python -m bench.screen [--rounds 40] [--rows 20000]

Agent and screen are processes of their own, as at a station, with the centre away; the page is Debian's Chromium. The
station's document has 5,000 businesses and 3,000 foods. The reference beside the times is one round trip of the same
run: page, screen, agent's socket and back.

- from a scan to the filled form: from the Enter of a wedge scanner to the frame in which the form has the lot;
- to the sound: from the last byte of a failed test on the line to the first stroke of the bell in the page (both clocks
  are this machine's, in milliseconds);
- search: two letters of pinyin, Chinese, a stall, from the page and back;
- memory: VmRSS, and the highest since the start, of the screen's and of the agent's process;
- rows of another program's file, by `shian edge import`, 50 in a transaction.
"""

import argparse
import csv
import os
import re
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page

from bench.console_page import chromium
from bench.edge import memory, until
from bench.tables import name
from edge.samples.desk import SOCKET
from edge.samples.importing import read_profile
from shian.local.layout import Table, write_settings
from shian.local.ports import free_port
from shian.tables.pins import hashed
from shian.tables.sheets import spelled
from tests.support import processes
from tests.support.edge_station import EdgeProcess, settings_document
from tests.support.line_family import line
from tests.support.ptys import Cable
from tests.support.screen_station import ITEMS, keep_document
from wire.down import FORMAT, Business, Down, Food, Item, Operator
from wire.verdicts import shipped_limits

FOODS, BUSINESSES = 3_000, 5_000
PIN = "4839"
GTIN = "06901234567892"
SEARCHED = ("dm", "东", "shucai", "a-4999", "nothing")
WATCH = Path(__file__).with_name("screen_watch.js")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--rows", type=int, default=20_000)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="shian-bench-")))
        print(f"load {os.getloadavg()[0]:.1f}, {BUSINESSES} businesses, {FOODS} foods, the centre is away")
        keep_document(folder / "data", document())
        cord = Cable(folder / "port")
        stack.callback(cord.unplug)
        edge, config = agent(folder)
        stack.callback(edge.stop)
        until((folder / "data" / SOCKET).exists)
        time.sleep(2)
        alone = memory(edge.pid, "VmRSS")
        screen = processes.shian("screen", folder, ["edge", "screen", "--config", config])
        screen.start()
        stack.callback(screen.stop)
        address = f"http://{listen_of(screen.log)}"
        said = [f"{memory(screen.pid, 'VmRSS'):.1f} at its start"]
        browser = stack.enter_context(chromium())
        page = browser.new_page(viewport={"width": 1024, "height": 600})
        page.add_init_script(path=WATCH)
        page.goto(f"{address}/?kiosk")
        page.locator("[data-field-of=lot]").wait_for()
        page.locator("body").click(position={"x": 1, "y": 1})  # a headless browser has no flag of a kiosk
        until(lambda: page.evaluate("(pin) => window.signIn(pin)", PIN) == 200)
        page.reload()
        page.locator("[data-field-of=lot]").wait_for()
        page.locator("body").click(position={"x": 1, "y": 1})
        for _ in range(10):
            page.evaluate("(pin) => window.signIn(pin)", PIN)
        said.append(f"{memory(screen.pid, 'VmRSS'):.1f} after ten sign-ins by PIN")
        board = browser.new_page(viewport={"width": 1920, "height": 1080})
        board.goto(f"{address}/board/")
        board.wait_for_load_state("load")
        said.append(f"{memory(screen.pid, 'VmRSS'):.1f} with the board open")

        empty = page.evaluate("window.asked('hello', {}, 50)")
        scans = [scanned(page, number) for number in range(options.rounds)]
        searches = [
            took
            for kind in ("foods", "businesses")
            for text in SEARCHED
            for took in page.evaluate(f"window.asked('{kind}', {{ text: '{text}', limit: 12 }}, 10)")
        ]
        sounds = [sounded(page, cord, number) for number in range(options.rounds)]
        tell("round trip (reference)", empty, empty)
        tell("from a scan to the filled form", scans, empty)
        tell("search", searches, empty)
        tell("from the last byte to the sound", sounds, empty)
        said.append(f"{memory(screen.pid, 'VmRSS'):.1f} at the end, {memory(screen.pid, 'VmHWM'):.1f} the highest")
        print(f"memory of the screen, MiB:  {'; '.join(said)}")
        worked = memory(edge.pid, "VmRSS")
        page.close()
        board.close()
        rows_s = imported(folder, config, options.rows)
        print(f"{options.rows} rows of results imported in {rows_s:.1f} s ({options.rows / rows_s:.0f} rows/s)")
        highest = memory(edge.pid, "VmHWM")
        print(f"memory of the agent, MiB:  {alone:.1f} alone; {worked:.1f} with the screen; {highest:.1f} the highest")


def document() -> Down:
    return Down(
        format=FORMAT,
        station="m1",
        version=1,
        made_at=datetime.now(UTC),
        limits_version="1",
        limits=tuple(shipped_limits()),
        foods=tuple(Food(code=f"f{n}", name=name(n), pinyin=spelled(name(n))) for n in range(FOODS)),
        businesses=tuple(
            Business(code=f"b{n}", name=name(n), stall=f"A-{n}", pinyin=spelled(name(n))) for n in range(BUSINESSES)
        ),
        items=tuple(Item(code=code, name=zh, name_en=en) for code, zh, en in ITEMS),
        operators=(Operator(code="o1", name="检测员一", pin=hashed(PIN)),),
    )


def agent(folder: Path) -> tuple[EdgeProcess, Path]:
    """Start the agent; return it and the settings of the screen."""
    edge = EdgeProcess(folder, settings_document(folder, free_port()) | {"uplink": {}, "log_level": "warning"})
    edge.start()
    config = folder / "screen.toml"
    screen: Table = {"listen": f"127.0.0.1:{free_port()}", "board": {"allowed_by": "bench, for a measurement"}}
    write_settings(config, {"station": "m1", "data": str(folder / "data")}, {"screen": screen}, {})
    return edge, config


def listen_of(log: Path) -> str:
    """Return where the screen listens, once it does."""
    until(lambda: "screen_listens" in log.read_text("utf-8"), 60)
    return re.search(r"http://([\d.:]+)", log.read_text("utf-8"))[1]  # type: ignore[index]


def scanned(page: Page, number: int) -> float:
    """Return the milliseconds in which a code of goods fills the form."""
    lot = "LOT" + "".join(chr(ord("A") + int(digit)) for digit in f"{number:04d}")
    waiting = page.evaluate_handle("(lot) => { window.waiting = window.filled(lot); return null; }", lot)
    waiting.dispose()
    page.keyboard.type(f"01{GTIN}10{lot}")
    page.keyboard.press("Enter")
    return float(page.evaluate("window.waiting"))


def sounded(page: Page, cord: Cable, number: int) -> float:
    """Return the milliseconds from the last byte of a failed test to the bell."""
    page.evaluate("() => { window.struck.length = 0; }")
    record = line(f"{number:06d}", "88.0", at=f"{datetime.now(UTC):%Y%m%d%H%M%S}")
    cord.write(record[:-1])
    time.sleep(0.05)
    sent = time.time() * 1000
    cord.write(record[-1:])
    page.locator("body[data-ringing=true]").wait_for(state="attached", timeout=60_000)
    struck = float(page.evaluate("() => window.stroke()"))
    page.evaluate("() => window.see()")
    page.locator("body[data-ringing=false]").wait_for(state="attached", timeout=60_000)
    return struck - sent


def imported(folder: Path, config: Path, count: int) -> float:
    """Return the seconds in which `shian edge import` brings a file of results to the agent."""
    path = folder / "results.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(read_profile("example").columns.values())
        for number in range(count):
            test = ("农药残留", "12.5", "%", "合格", "GB/T 5009.199-2003", "2026-11-01 08:00:00")
            writer.writerow((number, "", "韭菜", f"A-{number % BUSINESSES}", name(number), *test, "o1", "LZ-1"))
    began = time.perf_counter()
    done = processes.run("edge", "import", path, "--profile", "example", "--config", config, timeout_s=600)
    assert done.returncode == 0, done.stderr
    return time.perf_counter() - began


def tell(what: str, took: Sequence[float], reference: Sequence[float]) -> None:
    """Print median, p95 and their ratio to the reference, in milliseconds."""
    ordered = sorted(took)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    median = statistics.median(ordered)
    ratio = median / statistics.median(reference)
    print(f"{what:34} median {median:6.1f} ms   p95 {p95:6.1f} ms   ratio {ratio:5.1f}   of {len(ordered)}")


if __name__ == "__main__":
    main()
