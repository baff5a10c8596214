"""The command line, which has every command by name."""

import sys
import traceback
from importlib.metadata import version
from typing import Annotated

import typer

from process.language import t
from process.settings import SettingsError
from process.terminal import complain, say
from shian.failures import CannotError
from shian.lazy import Lazy, lazy_app

_COMMANDS = {
    "up": Lazy(
        "shian.up:up", t("Run everything on this machine; --demo adds a district", "在本机运行全部；--demo 加示范区")
    ),
    "demo": Lazy("shian.demo.command:app", t("Steer a running demo district", "操控正在运行的示范区")),
    "decode": Lazy("shian.decode:decode", t("Decode a captured byte stream", "解码抓取的字节流"), "edge"),
    "replay": Lazy("shian.replay:replay", t("Play a capture at a link", "向链路回放抓取的数据"), "edge"),
    "adapters": Lazy(
        "shian.adapters.cli:app", t("Find out about analyzers, and add one", "检测仪适配：查看、抓取、新增"), "edge"
    ),
    "alerts": Lazy("shian.alerts.cli:app", t("Alerts explained", "预警说明与通知记录"), "server"),
    "rules": Lazy("shian.rules.cli:app", t("Rules of alerts", "预警规则"), "server"),
    "thresholds": Lazy("shian.rules.thresholds:app", t("Thresholds of the system's rules", "系统规则的阈值"), "server"),
    "verify": Lazy("shian.verify:verify", t("Walk every chain in the database", "核对数据库中的每条链"), "ingest"),
    "proof": Lazy("shian.proof.cli:app", t("The centre's key, and an export as proof", "中心密钥与举证导出"), "ingest"),
    "rebuild": Lazy(
        "shian.rebuild:rebuild", t("Make typed rows again from the ledger", "由事件账重建明细与统计"), "ingest"
    ),
    "retire": Lazy("shian.rebuild:retire", t("Take typed rows away by age", "按期清理明细"), "ingest"),
    "doctor": Lazy("shian.doctor:doctor", t("Check this machine and its surroundings", "检查本机及其环境")),
    "migrate": Lazy("shian.migrate:migrate", t("Bring the database up to date", "升级数据库结构"), "ingest"),
    "station": Lazy("shian.station.cli:app", t("Enrol, list and change stations", "登记、列出和变更检测点"), "ingest"),
    "area": Lazy("shian.area:app", t("Areas that stations lie in", "区域管理"), "ingest"),
    "limits": Lazy("shian.tables.cli:limits", t("The limit table", "限量表"), "ingest"),
    "readings": Lazy("shian.tables.readings:app", t("Limits of probes", "探头限值"), "ingest"),
    "foods": Lazy("shian.tables.cli:foods", t("Foods and their names", "食品目录"), "ingest"),
    "businesses": Lazy("shian.tables.cli:businesses", t("Stalls and vendors", "经营户与摊位"), "ingest"),
    "tasks": Lazy("shian.tables.cli:tasks", t("Sampling tasks", "抽检任务"), "ingest"),
    "operators": Lazy("shian.tables.cli:operators", t("Operators of the stations", "检测员"), "ingest"),
    "person": Lazy(
        "shian.person:app", t("What is held of a person; forget an account", "个人信息导出与清除"), "ingest"
    ),
    "four-eyes": Lazy(
        "shian.four_eyes:four_eyes", t("Which deeds need a second account", "哪些操作须由第二账号复核"), "ingest"
    ),
    "ca": Lazy("shian.ca:app", t("Certificates of a district", "本区域的证书机构"), "ingest"),
    "broker": Lazy("shian.broker.cli:app", t("Files of a broker", "消息代理的配置文件"), "ingest"),
    "account": Lazy("shian.account:app", t("Accounts of people and screens", "账号管理"), "server"),
    "edge": Lazy("edge.cli:app", t("The agent at a station", "检测点代理程序"), "edge"),
    "ingest": Lazy("ingest.cli:app", t("From the broker to the database", "从消息代理到数据库"), "ingest"),
    "server": Lazy("server.cli:app", t("API, live page and alerts", "接口、实时页面与预警"), "server"),
}


def _print_version(is_asked: bool) -> None:
    if is_asked:
        say(f"shian {version('shian')}")
        raise typer.Exit


def _root(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help=t("Print the version", "显示版本")),
    ] = False,
) -> None: ...


def build() -> typer.Typer:
    app = lazy_app(
        _COMMANDS,
        about=t(
            "Rapid food-test results from the analyzer's serial line to the monitoring centre.",
            "食安：食品快检结果从检测仪串口直达监管中心。",
        ),
    )
    app.callback()(_root)
    return app


def main() -> None:
    """Run the entry point `shian`. Exit codes: 0 well, 1 the command found something wrong, 2 it could not do its
    work."""
    try:
        build()()
    except (CannotError, SettingsError) as exc:
        complain(str(exc))
        sys.exit(2)
    except Exception:  # noqa: BLE001 - a fault of ours, whose message may hold a device's text
        say(*traceback.format_exc().rstrip().split("\n"), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
