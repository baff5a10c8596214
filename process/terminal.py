"""The one way to a terminal for lines and JSON; process/console.py is the one for tables and colours.

An analyzer, a person or a neighbour may have written a part of any text. Whatever could clear a screen, hide a line or
turn its direction around leaves as its escape: `\\x1b` in a line, `\\u001b` in JSON (the same document for a program).
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import typer

from process.printable import is_harmless, printable


def say(*lines: str, err: bool = False) -> None:
    """Print each line on standard output, or on standard error; a line break within a line is its escape."""
    for line in lines or ("",):
        typer.echo(printable(line), err=err)


def complain(text: str) -> None:
    """Print an error in red on standard error. Its line breaks stay: faults of a file come one a line."""
    typer.secho(printable(text, "\n"), err=True, fg=typer.colors.RED)


def say_over(text: str) -> None:
    """Print a progress line on standard error over the one before; `say(err=True)` ends it."""
    typer.echo("\r" + printable(text), nl=False, err=True)


def ask(what: str, proposed: str | None = None) -> str:
    """Ask for a line; Enter alone takes what is proposed."""
    shown = "" if proposed is None else f" [{printable(proposed)}]"
    return str(typer.prompt(printable(what) + shown, default=proposed, show_default=False))


def ask_secret(what: str) -> str:
    """Ask twice for what nobody may read over a shoulder."""
    return str(typer.prompt(printable(what), hide_input=True, confirmation_prompt=True))


def confirm(what: str) -> bool:
    """Ask for yes or no; Enter alone is yes."""
    return typer.confirm(printable(what), default=True)


def write_json(
    document: Any, *, indent: int | None = None, default: Callable[[Any], Any] | None = None, flush: bool = True
) -> None:
    """Write one JSON document and a line break on standard output, in UTF-8 whatever the locale."""
    sys.stdout.buffer.write(json_text(document, indent=indent, default=default).encode() + b"\n")
    if flush:
        sys.stdout.flush()


def json_text(document: Any, *, indent: int | None = None, default: Callable[[Any], Any] | None = None) -> str:
    """Return the document as JSON: Chinese as it is, every character that is not printable as `\\uXXXX`."""
    text = json.dumps(document, ensure_ascii=False, indent=indent, default=default)
    if text.isprintable():
        return text
    # A line break stands between two members, never within a string.
    return "".join(
        character if character == "\n" or is_harmless(character) else _json_escape(character) for character in text
    )


def _json_escape(character: str) -> str:
    # By hand below U+10000: the json module leaves DEL as it is.
    return f"\\u{ord(character):04x}" if ord(character) <= 0xFFFF else json.dumps(character)[1:-1]
