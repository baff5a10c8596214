"""Regular expressions out of profiles. Python's matcher cannot be interrupted, and a profile is written by a user, so
what could run for ever is refused when the profile is read, and a line is short (`max_length`).

Refused
- a repeat of a group that holds a repeat or an alternative, `(\\d+)*` or `(a|ab)*`: exponential;
- more than three unbounded repeats of "anything" (`.`, `\\S`, `\\D`, `\\W`), or more than three unbounded repeats side
  by side: they would cost more than the third power of the length.

What is left can still be slow on purpose (`[\\w,]+,[\\w,]+,...`), not by accident. A negated class up to the separator,
`[^,]*,`, is never slow.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

_TOKEN = re.compile(
    r"""
      (?P<escape>\\.)
    | (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])
    | (?P<open>\((?:\?(?:P<\w+>|P=\w+|[:=!>]|<[=!]|[aiLmsux-]+:?))?)
    | (?P<close>\))
    | (?P<repeat>[*+?]|\{\d*(?:,\d*)?\})[?+]?
    | (?P<bar>\|)
    | (?P<anchor>[\^$])
    | (?P<any>\.)
    | (?P<literal>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_WILD = frozenset((".", r"\S", r"\D", r"\W"))
_MOST_WILD = 3
_MOST_IN_A_ROW = 3
_MOST_BOUNDED = 8


@dataclass(slots=True)
class _Group:
    """What an open group holds so far."""

    has_repeat: bool = False
    has_choice: bool = False


@dataclass(slots=True)
class _Scan:
    groups: list[_Group] = field(default_factory=lambda: [_Group()])
    wild: int = 0
    in_a_row: int = 0
    last: str = ""
    closed: _Group | None = None

    def take(self, kind: str, text: str) -> None:
        """Raises ValueError."""
        if kind == "repeat":
            self._repeat(text)
            return
        if kind not in ("anchor", "open", "close"):
            self.in_a_row = self.in_a_row if self.last == "repeat" else 0
        self.closed = None
        if kind == "open":
            self.groups.append(_Group())
        elif kind == "close" and len(self.groups) > 1:
            self.closed = self.groups.pop()
            self.groups[-1].has_repeat |= self.closed.has_repeat
        elif kind == "bar":
            self.groups[-1].has_choice = True
        self.last = text

    def _repeat(self, text: str) -> None:
        if text == "?":
            self.groups[-1].has_repeat |= self.closed is None
            return
        is_unbounded = text in ("*", "+") or text.endswith(",}")
        most = 0 if is_unbounded else int(text.strip("{}").split(",")[-1])
        inner = self.closed
        if inner and (inner.has_repeat or inner.has_choice) and (is_unbounded or most > _MOST_BOUNDED):
            raise ValueError("a repeat of a group that holds a repeat or an alternative may never end: simplify it")
        self.groups[-1].has_repeat = True
        if is_unbounded:
            self._count()
        self.last = "repeat"

    def _count(self) -> None:
        self.wild += self.last in _WILD
        self.in_a_row += 1
        if self.wild > _MOST_WILD:
            raise ValueError(f"more than {_MOST_WILD} unbounded repeats of anything: name what a field may not contain")
        if self.in_a_row > _MOST_IN_A_ROW:
            raise ValueError(f"more than {_MOST_IN_A_ROW} unbounded repeats side by side: put something between them")


@lru_cache(maxsize=1024)
def compile_pattern(text: str) -> re.Pattern[str]:
    """Raises ValueError for what is no regular expression and for what might never end."""
    try:
        compiled = re.compile(text)
    except (re.error, RecursionError, OverflowError) as exc:
        raise ValueError(f"not a regular expression: {exc}") from exc
    scan = _Scan()
    for token in _TOKEN.finditer(text):
        scan.take(token.lastgroup or "literal", token.group("repeat") or token.group())
    return compiled
