"""Asking somebody at a terminal; with --yes the proposal is taken, and a question without one must be answered on the
command line."""

from collections.abc import Sequence
from dataclasses import dataclass

from process import terminal
from process.language import t
from shian.failures import CannotError


@dataclass(frozen=True, slots=True)
class Dialog:
    is_silent: bool

    def say(self, text: str) -> None:
        terminal.say(*text.split("\n"))

    def warn(self, text: str) -> None:
        terminal.complain(text)

    def ask(self, what: str, proposed: str) -> str:
        if self.is_silent:
            return proposed
        return terminal.ask(what, proposed)

    def agree(self, what: str) -> bool:
        return self.is_silent or terminal.confirm(what)

    def choose(self, what: str, possible: Sequence[str], option: str) -> str:
        """Ask for a choice. None is ever proposed, because a wrong one would look right. Raises CannotError with
        --yes."""
        if self.is_silent:
            names = ", ".join(possible)
            raise CannotError(t(f"{what}? {option} with one of: {names}", f"{what}？请用 {option} 指定：{names}"))
        while True:
            said = terminal.ask(what)
            if said in possible:
                return said
            terminal.say(", ".join(possible))
