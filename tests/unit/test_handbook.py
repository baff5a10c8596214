"""The commands that README and docs tell people to type: each is there, with the options that are named."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from shian import __main__ as entry

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted(ROOT.glob("README*.md")), ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^( *)```(?:sh|bash)?\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
# Where a command ends for the shell; what is behind it is another one's.
_ENDS = {"|", "&&", "||", ";", "&", ">", "<", "#"}


def typed(page: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the words of each `shian ...` in the page's blocks, and its line."""
    text = page.read_text("utf-8")
    for block in _BLOCK.finditer(text):
        first = text[: block.start(2)].count("\n") + 1
        for number, line in enumerate(block[2].replace("\\\n", "  ").splitlines(), start=first):
            for command in re.finditer(r"(?:^|[;&|(])\s*(?:\S*/)?shian (?=[a-z])", line):
                try:
                    words = shlex.split(line[command.end() :].replace("`", " "), comments=True)
                except ValueError:
                    words = line[command.end() :].split()
                ends = [place for place, word in enumerate(words) if word in _ENDS or word.startswith((">", "2>"))]
                yield number, words[: min(ends, default=len(words))]


@cache
def loaded(word: str) -> Any:
    return entry._COMMANDS[word].load()


def fault(words: list[str]) -> str:
    """Return why the command would not be understood; '' when it would."""
    if words[0] not in entry._COMMANDS:
        return f"no command {words[0]!r}"
    command, rest = loaded(words[0]), words[1:]
    while rest and hasattr(command, "commands") and not rest[0].startswith("-"):
        if rest[0] not in command.commands:
            return f"no command {rest[0]!r} below {words[0]!r}"
        _, command, rest = command.resolve_command(None, rest)  # a lazy one is loaded by that
    known = {opt for param in command.params for opt in (*param.opts, *param.secondary_opts)} | {"--help"}
    options = [word.split("=", 1)[0] for word in rest if re.match(r"--?[a-z]", word)]
    return next((f"no option {option}" for option in options if option not in known), "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_the_handbook_is_understood(page: Path) -> None:
    wrong = [
        f"{page.name}:{line}: shian {' '.join(words)}: {why}" for line, words in typed(page) if (why := fault(words))
    ]
    assert wrong == []


def test_the_readme_is_read() -> None:
    found = [words for _, words in typed(ROOT / "README.md")]
    assert ["up"] in found
    assert any(words[:2] == ["station", "add"] for words in found)
    assert fault(["station", "ad"]) == "no command 'ad' below 'station'"
    assert fault(["station", "add", "m1", "--titel", "x"]) == "no option --titel"
