"""The command line. A command's module is imported when the command is called, so that `shian decode` starts without
the web server, and an installation without an extra says which one is missing."""

import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from process.language import t
from process.settings import SettingsError
from shian.failures import CannotError


@dataclass(frozen=True, slots=True)
class Lazy:
    """Where a command lives: `module:attribute`, a Typer or a plain function; `extra` is what its imports need."""

    place: str
    help: str
    extra: str = "all"

    def load(self) -> Any:
        """The command as typer built it. Raises CannotError when a package is not installed."""
        module, _, attribute = self.place.partition(":")
        try:
            found = getattr(import_module(module), attribute)
        except ModuleNotFoundError as exc:
            if exc.name is None or exc.name.split(".")[0] in _OURS:
                raise
            raise CannotError(
                t(
                    f"this command needs {exc.name}: pip install 'shian[{self.extra}]'",
                    f"此命令需要 {exc.name}：请运行 pip install 'shian[{self.extra}]'",
                )
            ) from exc
        if isinstance(found, typer.Typer):
            return typer.main.get_command(found)
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(help=self.help)(found)
        return typer.main.get_command(alone)


_OURS = {"wire", "process", "firmware_adapters", "edge", "storage", "ingest", "server", "shian"}
_COMMANDS = {
    "up": Lazy(
        "shian.up:up", t("Run everything on this machine; --demo adds a district", "在本机运行全部；--demo 加示范区")
    ),
    "demo": Lazy("shian.demo_command:app", t("Steer a running demo district", "操控正在运行的示范区")),
    "decode": Lazy("shian.decode:decode", t("Decode a captured byte stream", "解码抓取的字节流"), "edge"),
    "replay": Lazy("shian.replay:replay", t("Play a capture at a link", "向链路回放抓取的数据"), "edge"),
    "verify": Lazy("shian.verify:verify", t("Walk every chain in the database", "核对数据库中的每条链"), "ingest"),
    "doctor": Lazy("shian.doctor:doctor", t("Check this machine and its surroundings", "检查本机及其环境")),
    "migrate": Lazy("shian.migrate:migrate", t("Bring the database up to date", "升级数据库结构"), "ingest"),
    "station": Lazy("shian.station:app", t("Enrol and list stations", "登记和列出检测站"), "ingest"),
    "edge": Lazy("edge.cli:app", t("The agent at a station", "检测站代理程序"), "edge"),
    "ingest": Lazy("ingest.cli:app", t("From the broker to the database", "从消息代理到数据库"), "ingest"),
    "server": Lazy("server.cli:app", t("API, live page and alerts", "接口、实时页面与告警"), "server"),
}


class LazyGroup(TyperGroup):
    """Its commands are placeholders with a name and a help line until one is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] in _COMMANDS:
            self.commands[args[0]] = _COMMANDS[args[0]].load()
        return super().resolve_command(ctx, args)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"shian {version('shian')}")
        raise typer.Exit


def _root(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help=t("Print the version", "显示版本")),
    ] = False,
) -> None: ...


def build() -> typer.Typer:
    app = typer.Typer(
        cls=LazyGroup,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        help=t(
            "Rapid food-test results from the analyzer's serial line to the monitoring centre.",
            "食安：食品快检结果从检测仪串口直达监管中心。",
        ),
    )
    app.callback()(_root)
    for name, command in _COMMANDS.items():
        app.command(name, help=command.help)(_placeholder)
    return app


def _placeholder() -> None:
    """Never called: LazyGroup exchanges it for the real command."""


def main() -> None:
    """The entry point `shian`. Exit codes: 0 well, 1 the command found something wrong, 2 it could not do its work."""
    try:
        build()()
    except (CannotError, SettingsError) as exc:
        typer.secho(str(exc), err=True, fg=typer.colors.RED)
        sys.exit(2)


if __name__ == "__main__":
    main()
