"""The screen of a station over a real agent: its server in a thread, its document signed by a centre's key."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.down.kept import FILE
from edge.samples.desk import SOCKET
from edge.screen.app import create_app
from edge.screen.news import News
from edge.screen.run import listen, new_server
from edge.screen.serial_scanner import SerialScanner
from edge.station_clock import utc_now
from firmware_adapters.contract import Specimen
from firmware_adapters.registry import family
from shian.demo.virtual import Rack, VirtualAnalyzer, analyzer_time, impatient_profile
from tests.support.edge_station import running, settings_document
from tests.support.waiting import wait_for
from wire.down import FORMAT, Business, Down, Food, Item, Operator, Procedure, Task, seal
from wire.verdicts import shipped_limits

FOODS = (
    ("jiucai", "韭菜", "Chinese chives", "jiu cai jc"),
    ("bocai", "菠菜", "spinach", "bo cai bc"),
    ("qincai", "芹菜", "celery", "qin cai qc"),
    ("xiaobaicai", "小白菜", "pak choi", "xiao bai cai xbc"),
    ("jiangdou", "豇豆", "cowpea", "jiang dou jd"),
    ("lajiao", "辣椒", "chilli", "la jiao lj"),
    ("fanqie", "番茄", "tomato", "fan qie fq"),
    ("huanggua", "黄瓜", "cucumber", "huang gua hg"),
)
BUSINESSES = (
    ("b1", "东门蔬菜", "A-12", "dong men shu cai dmsc"),
    ("b2", "兴农果蔬", "A-13", "xing nong guo shu xngs"),
    ("b3", "绿源批发", "B-03", "lv yuan pi fa lypf"),
    ("b4", "四季青", "B-07", "si ji qing sjq"),
)
ZONE = ZoneInfo("Asia/Shanghai")
ITEMS = (
    ("pesticide_inhibition", "农药残留（抑制率）", "Pesticide residue (inhibition)"),
    ("nitrite", "亚硝酸盐", "Nitrite"),
)


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen that is served. `address` as a browser opens it."""

    address: str
    server: uvicorn.Server


def down_document(station: str, *, operators: tuple[Operator, ...] = (), version: int = 1) -> Down:
    """Return a document as a centre makes it."""
    today = utc_now().date()
    return Down(
        format=FORMAT,
        station=station,
        version=version,
        made_at=utc_now(),
        limits_version="7",
        limits=tuple(shipped_limits()),
        foods=tuple(Food(code=code, name=zh, name_en=en, pinyin=typed) for code, zh, en, typed in FOODS),
        businesses=tuple(
            Business(code=c, name=name, stall=stall, pinyin=typed) for c, name, stall, typed in BUSINESSES
        ),
        items=tuple(Item(code=code, name=zh, name_en=en) for code, zh, en in ITEMS),
        tasks=(_task("t1", "韭菜", 10, today), _task("t2", "", 20, today)),
        operators=operators,
        procedures=(Procedure(step="hold", text="封存并挂牌", text_en="Hold it and tag it"),),
    )


def _task(code: str, food: str, wanted: int, today: date) -> Task:
    days = {"first_day": today - timedelta(days=1), "last_day": today + timedelta(days=5)}
    return Task(code=code, food=food, item="pesticide_inhibition", wanted=wanted, note="", **days)


def keep_document(folder: Path, document: Down, key: Ed25519PrivateKey | None = None) -> None:
    """Lay a document where the agent keeps the last good one."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_bytes(seal(document, key or Ed25519PrivateKey.generate()))


@contextmanager
def screening(data: Path, *, scanner_port: str = "", **options: Any) -> Iterator[Screen]:
    """Serve the screen over the agent's folder in a thread, on a free port of loopback. `scanner_port`: a scanner on a
    serial line."""
    listener = listen("127.0.0.1", 0)
    news = News(data / SOCKET)
    if scanner_port:
        options["scanner"] = SerialScanner(scanner_port, 9600, news.scanned, news.scanner_changed)
    server = new_server(create_app(data / SOCKET, news, **options), news.leave)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="screen")
    thread.start()
    try:
        wait_for(lambda: server.started, what="the screen's server")
        yield Screen(f"http://127.0.0.1:{listener.getsockname()[1]}", server)
    finally:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()
        listener.close()


class Station:
    """A station with a tester of twelve wells, its agent and its screen."""

    def __init__(self, folder: Path, *, operators: tuple[Operator, ...] = ()) -> None:
        self.folder = folder
        keep_document(folder / "data", down_document("dongmen", operators=operators))
        kind = family("pesticide")
        self._tester = VirtualAnalyzer("tl-310", kind.simulator(kind.profile("tl-310"), Random(1)), folder / "port")
        profile = impatient_profile(kind, "tl-310", 0.3, folder)
        device = {"name": "tl-310", "port": str(folder / "port"), "adapter": "pesticide", "profile": str(profile)}
        self._document = settings_document(folder, 1, "dongmen", device=[device])
        self._rack = Rack()
        self._agent = ExitStack()

    def start(self) -> None:
        self._rack.__enter__()
        self._rack.start([self._tester])
        self.start_agent()

    def start_agent(self) -> None:
        self._agent.enter_context(running(self._document, families=family))

    def stop_agent(self) -> None:
        self._agent.close()

    def measure(self, value: float) -> None:
        """Test the next well: the tester counts them by itself."""
        self._rack.measure(self._tester, Specimen("", "", "pesticide_inhibition", value, analyzer_time(ZONE)))

    def stop(self) -> None:
        self._agent.close()
        self._rack.__exit__(None, None, None)
