"""Groups of commands whose modules are imported when a command is called, so that `shian decode` starts without the web
server, and an installation without an extra says which one is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from process.language import t
from shian.failures import CannotError

_OURS = {"wire", "process", "authority", "firmware_adapters", "edge", "storage", "ingest", "server", "shian"}


@dataclass(frozen=True, slots=True)
class Lazy:
    """A command by its place, `module:attribute`, a Typer or a plain function; `extra` has the packages that it
    imports."""

    place: str
    help: str
    extra: str = "all"

    def load(self) -> Any:
        """Return the command as typer built it. Raises CannotError when a package is not installed."""
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


def lazy_app(commands: Mapping[str, Lazy], *, about: str) -> typer.Typer:
    """Build a group of `commands` by name; `about` is its help text."""

    class LazyGroup(TyperGroup):
        """A group whose commands are placeholders with a name and a help line until one is called."""

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            if args and args[0] in commands:
                self.commands[args[0]] = commands[args[0]].load()
            return super().resolve_command(ctx, args)

    app = typer.Typer(
        cls=LazyGroup,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        help=about,
    )
    app.callback()(_no_options)  # with a callback a group of one command is still a group
    for name, command in commands.items():
        app.command(name, help=command.help)(_placeholder)
    return app


def _no_options() -> None: ...


def _placeholder() -> None:
    """Stand for a command until LazyGroup exchanges it for the real one. Never called."""
