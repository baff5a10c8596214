"""The words of a CEL expression, each with its line and column."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from storage.rules.mistakes import ExpressionError

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|//[^\n]*)
      | (?P<number>\d+\.\d+(?:[eE][+-]?\d+)?|\d+(?:[eE][+-]?\d+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "t": "\t"}


class Token(NamedTuple):
    """Token of an expression. `kind`: number, name, text, sign or end."""

    kind: str
    text: str
    line: int
    column: int

    @property
    def shown(self) -> str:
        return repr(self.text) if self.kind != "end" else "the end"


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens, and one of the kind `end`. Raises ExpressionError."""
    place, line, start = 0, 1, 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        column = place - start + 1
        if found is None:
            sign = text[place]
            raise ExpressionError(f"{sign!r} is not allowed here", f"此处不能使用 {sign!r}", line, column)
        kind = found.lastgroup or ""
        if kind == "text":
            _check_escapes(found[0], line, column)
        if kind != "space":
            yield Token(kind, found[0], line, column)
        line += found[0].count("\n")
        if "\n" in found[0]:
            start = place + found[0].rindex("\n") + 1
        place = found.end()
    yield Token("end", "", line, place - start + 1)


def value_of(token: Token) -> str:
    """Return what a text in quotes says."""
    return _ESCAPE.sub(lambda found: _ESCAPES[found[1]], token.text[1:-1])


def _check_escapes(text: str, line: int, column: int) -> None:
    for found in _ESCAPE.finditer(text):
        if found[1] not in _ESCAPES:
            escape = found[0]
            raise ExpressionError(
                f"{escape} means nothing in a text", f"文本中的 {escape} 没有意义", line, column + found.start()
            )
