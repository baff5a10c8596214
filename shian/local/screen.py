"""The output of `shian up` for a person: steps as they are done, the address, and in a terminal a line of figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rich.live import Live
from rich.text import Text

from process.console import Console
from process.language import t

_TAIL = 12


@dataclass(frozen=True, slots=True)
class Figures:
    """The state of the district in a few numbers. None: the database does not answer."""

    stations_online: int
    stations: int
    tests: int
    failed: int
    open_alerts: int


@dataclass(frozen=True, slots=True)
class Places:
    """Places besides the page. `broker` and `pictures`: the addresses for stations, '' where they are not for them;
    `has_rights`: the broker lets each station reach its own topics alone; `screens`: the addresses of the stations' own
    screens by station."""

    broker: str = ""
    pictures: str = ""
    fingerprint: str = ""
    has_rights: bool = True
    screens: Mapping[str, str] = field(default_factory=dict)


class Screen:
    """The screen: plain lines where there is no terminal. `names` are those of processes; their logs lie in `logs`."""

    def __init__(self, console: Console, logs: Path) -> None:
        self._console = console
        self._logs = logs
        self._live: Live | None = None

    def __enter__(self) -> "Screen":
        if self._console.is_terminal:
            self._live = Live(Text(""), console=self._console, refresh_per_second=4, transient=True)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end_live()

    def say(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style=style), soft_wrap=True)
        # In a file or a pipe each line is to be seen when it is said.
        self._console.file.flush()

    def started(self, name: str, pid: int) -> None:
        self.say(t(f"  {name} runs (process {pid})", f"  {name} 已启动（进程 {pid}）"), "dim")

    def died(self, name: str, retry_s: float) -> None:
        self.say(t(f"! {name} died; again in {retry_s:g} s", f"! {name} 已退出，{retry_s:g} 秒后重启"), "bold yellow")
        self.tail(name)

    def killed(self, name: str) -> None:
        self.say(
            t(f"! {name} did not end when asked and was killed", f"! {name} 未响应停止请求，已强制结束"), "bold yellow"
        )
        self.tail(name)

    def failed(self, name: str, why: str, retry_s: float) -> None:
        self.say(
            t(
                f"! {name} did not start: {why}; again in {retry_s:g} s",
                f"! {name} 未能启动：{why}；{retry_s:g} 秒后重试",
            ),
            "bold red",
        )

    def ready(self, page: str, places: Places, *, keys: str) -> None:
        """Show where everything is. `page`: its address, with a secret where one lets somebody in."""
        self.say("")
        self.say(t(f"  The page:  {page}", f"  网页地址：{page}"), "bold green")
        for station, address in places.screens.items():
            self.say(
                t(f"  The screen of {station}:  {address}", f"  检测点 {station} 的工作屏：{address}"), "bold green"
            )
        if places.broker:
            self.say(
                t(
                    f"  Stations:  broker {places.broker}, pictures {places.pictures} (shian station add)",
                    f"  检测点：   消息代理 {places.broker}，图片上传 {places.pictures}（shian station add）",
                )
            )
        if places.broker and places.fingerprint:
            self.say(t(f"             authority {places.fingerprint}", f"             证书机构 {places.fingerprint}"))
        if not places.has_rights:
            self.say(
                t(
                    "  ! The broker iotcore encrypts, but lets every process of this machine write as any station. "
                    "With mosquitto on the PATH each station reaches its own topics alone.",
                    "  ! 消息代理 iotcore 仅加密，不区分检测点：本机任何进程都可冒充检测点。"
                    "安装 mosquitto 后，各检测点只能访问自己的主题。",
                ),
                "yellow",
            )
        self.say(t(f"  Logs:      {self._logs}", f"  日志目录：{self._logs}"), "dim")
        self.say(f"  {keys}", "dim")
        self.say("")

    def show(self, figures: Figures | None) -> None:
        if self._live:
            self._live.update(Text(_sentence(figures), style="cyan"))

    def tail(self, name: str) -> None:
        """Print the end of one log."""
        try:
            lines = (self._logs / f"{name}.log").read_text(errors="replace").splitlines()[-_TAIL:]
        except OSError:
            return
        for line in lines:
            self.say(f"    {line}", "dim")

    def tails(self) -> None:
        """Print the end of every log."""
        for path in sorted(self._logs.glob("*.log")):
            self.say(f"  {path.name}", "bold")
            self.tail(path.stem)

    def ending(self) -> None:
        self._end_live()
        self.say(t("Ending ...", "正在停止……"))

    def _end_live(self) -> None:
        if self._live:
            self._live.stop()
            self._live = None


def _sentence(figures: Figures | None) -> str:
    if figures is None:
        return t("  the database does not answer", "  数据库无响应")
    return t(
        f"  {figures.stations_online}/{figures.stations} stations online · {figures.tests} tests, "
        f"{figures.failed} failed · {figures.open_alerts} open alerts",
        f"  在线检测点 {figures.stations_online}/{figures.stations} · 检测 {figures.tests} 项次，"
        f"初筛不合格 {figures.failed} · 待处置预警 {figures.open_alerts}",
    )
