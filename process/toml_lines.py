"""The line of a key in a TOML text: tomllib tells the values and forgets the lines. Pure text in, a line number out.

The one module of this package that adapters may import too (docs/decisions.md): it imports nothing of ours."""

import re
from collections.abc import Iterator, Sequence

_PART = r"""(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"(\[\[?)\s*({_DOTTED})\s*\]")
_KEY = re.compile(rf"({_DOTTED})\s*=")
_SYNTAX = re.compile(r"at line (\d+)")
# A key of so many parts takes tomllib minutes: its time grows with their square.
_MANY_PARTS = re.compile(r"""(?<![\w"'-])(?:[\w"'-]{1,64}[ \t]*\.[ \t]*){64}""")
# More digits than Python reads, and more levels than it parses.
_HOPELESS = re.compile(r"[0-9_]{4000,}|(?:[\[{]\s*(?:[\w-]+\s*=\s*)?){100,}")

Path = Sequence[str | int]


def line_of(text: str, path: Path) -> int | None:
    """Return the line, from 1, of the last key of `path` that is written in `text`; None when not one of them is."""
    best: int | None = None
    for number, here in _keys(text):
        if list(path[: len(here)]) == here:
            best = number
    return best


def line_of_syntax_error(message: str) -> int | None:
    """Return the line that tomllib names in the message of a TOMLDecodeError."""
    found = _SYNTAX.search(message)
    return int(found[1]) if found else None


def line_of_many_parts(text: str) -> int | None:
    """Return the line of a key with more parts than anybody writes, or None."""
    return _line_at(text, _MANY_PARTS.search(text))


def line_of_hopeless(text: str) -> int | None:
    """Return the line where a number is too long or a nesting too deep to be read: tomllib names none for them."""
    return _line_at(text, _HOPELESS.search(text))


def _line_at(text: str, found: re.Match[str] | None) -> int | None:
    return text.count("\n", 0, found.start()) + 1 if found else None


def _keys(text: str) -> Iterator[tuple[int, list[str | int]]]:
    """Yield every line that names a key or a table, with its path; positions in arrays of tables count from 0."""
    table: list[str | int] = []
    counts: dict[tuple[str | int, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if header := _HEADER.match(stripped):
            table = _table(_names(header[2]), header[1] == "[[", counts)
            yield number, table
        elif key := _KEY.match(stripped):
            yield number, [*table, *_names(key[1])]


def _table(names: Sequence[str], is_array: bool, counts: dict[tuple[str | int, ...], int]) -> list[str | int]:
    """Return the path of a header; below an array of tables it belongs to the newest of them."""
    path: list[str | int] = []
    for name in names[:-1]:
        path.append(name)
        if tuple(path) in counts:
            path.append(counts[tuple(path)])
    path.append(names[-1])
    if is_array:
        counts[tuple(path)] = counts.get(tuple(path), -1) + 1
        path.append(counts[tuple(path)])
    return path


def _names(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(_PART, dotted)]
