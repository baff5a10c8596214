"""`shian up`: runs everything on one machine. Ctrl-C ends it all, in order, and leaves no process behind."""

import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import FrameType
from typing import Annotated

import typer

from process.console import Console
from process.language import t
from process.terminal import say
from shian.broker_choice import broker_address
from shian.database_choice import DataOption
from shian.demo.alerts import DemoAlerts
from shian.demo.cameras import DemoCameras
from shian.demo.control import Answer, Listener, Request
from shian.demo.district import read
from shian.demo.running import Demo
from shian.demo.virtual import Rack
from shian.failures import CannotError
from shian.local import leftovers
from shian.local.children import Supervisor
from shian.local.figures import FiguresReader
from shian.local.folders import chosen_data, claim
from shian.local.keyboard import Keyboard
from shian.local.screen import Places, Screen
from shian.local.stack import Choices, InterruptedStartError, Stack, prepare

_TICK_S = 0.1
_LONG_S = 30.0


def up(
    data: DataOption = None,
    dsn: Annotated[str | None, typer.Option(help=t("use this PostgreSQL", "使用已有的 PostgreSQL"))] = None,
    dsn_file: Annotated[
        Path | None,
        typer.Option(
            help=t("file with that DSN, so that ps does not show it", "存放数据库地址的文件，避免在 ps 中显示")
        ),
    ] = None,
    broker: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help=t("use this MQTT 5 broker", "使用已有的 MQTT 5 代理"))
    ] = None,
    *,
    listen: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help=t(
                "let stations and people of the network in, by TLS: an address or a name of this machine",
                "允许网络上的检测点和用户以 TLS 访问：本机的地址或主机名",
            ),
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help=t("of the page; 8000 or the next free one", "网页端口；默认 8000 或其后的空闲端口")
        ),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help=t("a district with virtual analyzers", "带虚拟检测仪的示范区"))
    ] = False,
    rate: Annotated[
        float, typer.Option(min=0.01, max=50, help=t("demo: samples a second", "示范区：每秒样品数"))
    ] = 3.0,
    seed: Annotated[int, typer.Option(help=t("demo: of its samples", "示范区：随机种子"))] = 1,
    district: Annotated[
        Path | None,
        typer.Option(
            help=t("demo: a file in place of the shipped district.toml", "示范区：代替自带 district.toml 的文件")
        ),
    ] = None,
) -> None:
    """Run everything on this machine: PostgreSQL, broker, ingest, server."""
    if dsn and dsn_file:
        raise CannotError(t("give --dsn or --dsn-file, not both", "--dsn 与 --dsn-file 只能给一个"))
    if dsn_file:
        dsn = _read(dsn_file)
    choices = Choices(dsn, broker_address(broker) if broker else None, port, demo, listen)
    folder = chosen_data(data, is_demo=demo)
    with claim(folder), _interruption() as interruption:
        _Run(folder, choices, interruption, rate, seed, district).run()


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").split("\n", 1)[0].strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise CannotError(f"{path}: {exc}") from exc


@dataclass(slots=True)
class _Interruption:
    """A flag that SIGINT and SIGTERM set; `handle` becomes readable then."""

    handle: int
    is_set: bool = False

    def get(self) -> bool:
        return self.is_set


@contextmanager
def _interruption() -> Iterator[_Interruption]:
    # A flag, not an exception: nothing may be cut between the start of a process and the note that it runs.
    read, write = os.pipe()
    os.set_blocking(write, False)
    interruption = _Interruption(read)

    def stop(_number: int, _frame: FrameType | None) -> None:
        interruption.is_set = True

    before = [(number, signal.signal(number, stop)) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    before_fd = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    try:
        yield interruption
    finally:
        signal.set_wakeup_fd(before_fd)
        for number, handler in before:
            signal.signal(number, handler)
        os.close(read)
        os.close(write)


@dataclass(slots=True)
class _Run:
    folder: Path
    choices: Choices
    interruption: _Interruption
    rate: float
    seed: int
    district: Path | None

    def run(self) -> None:
        layout = prepare(self.folder)
        for name in leftovers.end_leftovers(layout.processes):
            say(t(f"ended {name}, left by an earlier run", f"已停止上次运行遗留的 {name}"))
        # `outlasting`: the parts that the processes still talk to while they end.
        with ExitStack() as outlasting, ExitStack() as closing:
            screen = closing.enter_context(Screen(Console(), self.folder / "logs"))
            supervisor = Supervisor(layout.processes, screen)
            closing.callback(supervisor.stop)
            closing.callback(screen.ending)
            stack = Stack(layout, self.choices, supervisor, screen, self.interruption.get)
            closing.callback(stack.stop_early)
            try:
                demo = self._start(stack, outlasting)
                self._serve(stack, demo, closing)
            except InterruptedStartError:
                return

    def _start(self, stack: Stack, outlasting: ExitStack) -> Demo | None:
        screen = stack.screen
        screen.say(t(f"Starting; data in {self.folder}", f"正在启动；数据目录 {self.folder}"))
        stack.start_ground()
        demo = None
        if self.choices.is_demo:
            rack = outlasting.enter_context(Rack())
            chosen = read(self.district)
            cameras = outlasting.enter_context(DemoCameras(chosen, stack, self.district))
            demo = Demo(chosen, stack, rack, cameras, Random(self.seed), self.rate)  # noqa: S311  a demo
            demo.prepare()
            outlasting.enter_context(DemoAlerts(stack))
        # Ingest before the agents: what they say before it listens would wait for its second sending.
        stack.start_ingest()
        if demo:
            demo.start_first_agents()
        stack.start_server()
        return demo

    def _serve(self, stack: Stack, demo: Demo | None, closing: ExitStack) -> None:
        keyboard = closing.enter_context(Keyboard())
        listener = closing.enter_context(Listener(self.folder))
        figures = closing.enter_context(FiguresReader(stack.dsn))
        screens = {name: f"http://{address}" for name, address in demo.screens.items()} if demo else {}
        arrival = _Arrival(stack, _help(keyboard.handle is not None, demo is not None), screens)
        while not self.interruption.is_set:
            waited = [
                handle
                for handle in (keyboard.handle, listener.fileno(), self.interruption.handle)
                if handle is not None
            ]
            ready, _, _ = select.select(waited, [], [], _TICK_S)
            now = time.monotonic()
            if keyboard.handle in ready and self._press(keyboard.read(), stack, demo, now):
                return
            if listener.fileno() in ready:
                listener.serve(lambda request: _obey(request, demo, time.monotonic()))
            stack.supervisor.tick(now)
            stack.tick(now)
            if demo:
                demo.tick(now)
            if arrival.tick(now):
                stack.screen.show(figures.latest)
                if demo:
                    demo.go_on(now)

    def _press(self, keys: str, stack: Stack, demo: Demo | None, now: float) -> bool:
        """Act on the keys. Returns True if the person wants to end it."""
        actions: dict[str, Callable[[], object]] = {"l": stack.screen.tails}
        actions["h"] = actions["?"] = lambda: stack.screen.say("  " + _help(True, demo is not None))
        if demo:
            actions["o"] = lambda: stack.screen.say(f"  {stack.invitation()}", "bold green")
            actions["f"] = lambda: stack.screen.say("  " + demo.provoke(None, now).text, "bold")
        for key in keys.lower():
            if key == "q":
                return True
            actions.get(key, lambda: None)()
        return False


@dataclass(slots=True)
class _Arrival:
    """A notice when the page can be opened, or that it takes long."""

    stack: Stack
    keys: str
    screens: Mapping[str, str]
    is_there: bool = False
    _complain_at: float | None = None

    def tick(self, now: float) -> bool:
        """Tell whether the page is there."""
        if self._complain_at is None:
            self._complain_at = now + _LONG_S
        if not self.is_there and self.stack.is_ready():
            self.is_there = True
            self.stack.screen.ready(self.stack.invitation(), _places(self.stack, self.screens), keys=self.keys)
        elif not self.is_there and now > self._complain_at:
            self._complain_at = float("inf")
            self.stack.screen.say(t("! the server does not answer yet", "! 服务器尚未响应"), "bold yellow")
            self.stack.screen.tail("server")
        return self.is_there


def _places(stack: Stack, screens: Mapping[str, str]) -> Places:
    host, port = stack.broker
    return Places(
        screens=screens,
        broker="" if stack.choices.is_demo else f"{host}:{port}",
        pictures=stack.address,
        fingerprint=stack.fingerprint,
        has_rights=stack.has_rights,
    )


def _obey(request: Request, demo: Demo | None, now: float) -> Answer:
    if demo is None:
        return Answer(
            False, t("this is no demo: start it with `shian up --demo`", "当前不是示范区：请用 shian up --demo 启动")
        )
    return demo.provoke(request.station, now)


def _help(has_keys: bool, is_demo: bool) -> str:
    if not has_keys:
        return t("Ctrl-C or SIGTERM ends it", "按 Ctrl-C 或发送 SIGTERM 停止") + (
            t("; a failed test: shian demo fail", "；制造不合格样品：shian demo fail") if is_demo else ""
        )
    demo = t("f: a failed test   o: another link to the page   ", "f：制造一个不合格样品   o：新的网页链接   ")
    fail = demo if is_demo else ""
    return fail + t("l: logs   h: help   q: quit", "l：日志   h：帮助   q：退出")
