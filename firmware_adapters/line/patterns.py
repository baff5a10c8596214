"""Patterns out of profiles, run by RE2: the time of a match grows with the line, whatever the pattern is, and the
memory of a pattern is bounded. Python's own matcher cannot be interrupted and holds the interpreter's lock, so one line
against one bad pattern would stop every port of the agent.

RE2 has no look-around, no back-references and no verbose mode; its `\\d`, `\\w` and `\\s` are ASCII (`\\pL` is any
letter, `\\p{Han}` a hanzi). A pattern that it cannot run is refused when the profile is read, by file, line and key.
https://github.com/google/re2/wiki/Syntax
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

import re2

_NAME = re.compile(r"\(\?P?<(\w+)>")
# RE2 takes a repeat above its bound of 1,000 for a literal where the number does not fit into an int.
_HUGE = re.compile(r"\{\d*,?\d{5,}")
_MOST_MEMORY = 1 << 20


class Match(Protocol):
    """The part of a match that is used."""

    @property
    def string(self) -> str: ...
    def __getitem__(self, group: int | str, /) -> str | None: ...
    @property
    def re(self) -> "Pattern": ...
    def groupdict(self, default: str, /) -> dict[str, str]: ...
    def start(self, group: int, /) -> int: ...
    def end(self) -> int: ...


class Pattern(Protocol):
    """A compiled pattern. `groupindex`: the numbers of its named groups, in no order."""

    @property
    def groupindex(self) -> Mapping[str, int]: ...
    def fullmatch(self, text: str, /) -> Match | None: ...
    def match(self, text: str, /) -> Match | None: ...
    def search(self, text: str, /) -> Match | None: ...


@lru_cache(maxsize=1024)
def compile_pattern(text: str) -> Pattern:
    """Compile a pattern. Raises ValueError for one that RE2 cannot run."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MOST_MEMORY
    try:
        compiled: Pattern = re2.compile(text, options)
    except re2.error as exc:
        reason = exc.args[0].decode("utf-8", "replace") if isinstance(exc.args[0], bytes) else str(exc)
        raise ValueError(f"not a pattern that RE2 can run: {reason}") from exc
    if _HUGE.search(text):
        raise ValueError("not a pattern that RE2 can run: a repeat of more than 1000")
    if len(_NAME.findall(text)) > len(compiled.groupindex):
        raise ValueError("not a pattern that RE2 can run: two groups of one name")
    return compiled
