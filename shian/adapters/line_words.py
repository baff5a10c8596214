"""Kinds of line that differ in words alone: one pattern with a group for each word that changes (a food, a place, PASS
and FAIL), and one for a value that is a number here and a word there. Pure.

A word before a value is its label, and tells one kind from another; so do a balance's marks, and a word right behind a
value, which may be a unit that nobody knows. `Free acid` is one label: a word of Latin letters before a label stays as
well, but where it is another in nearly every line. All others are texts that the line holds.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from firmware_adapters.line.patterns import compile_pattern
from shian.adapters.line_shapes import MARK, WORDS, Shape

_MANY, _MOSTLY = 4, 0.6
_MOST_TRIED = 64
_DEEP = r"(?:[^()\\]|\\.|\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\))*"
_TOKEN = re.compile(
    rf"(?P<group>\(\?P<(?P<name>\w+)>{_DEEP}\))|(?P<other>\({_DEEP}\))|(?P<blank>\[ \\t\]\{{\d+,\d+\}})"
    r"|(?P<word>[^\W\d_]+)|(?P<cut>[,;]|\\\|)|(?P<mark>\\.|.)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Token:
    """A part of a pattern; `kind` is the group of `_TOKEN` that took it, `value` that of a value."""

    kind: str
    text: str
    name: str = ""


def merged(shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    """Return the shape of each line, with one pattern for all that differ in texts alone."""
    found = dict(shapes)
    for is_phrase in (True, False):
        alike: dict[tuple[str, ...], dict[str, list[str]]] = {}
        for line, shape in found.items():
            if not shape.each:
                key = (*_key(shape.pattern, is_phrase=is_phrase), shape.mass, shape.number, shape.check)
                alike.setdefault(key, {}).setdefault(shape.pattern, []).append(line)
        for patterns in alike.values():
            lines = [line for of_pattern in patterns.values() for line in of_pattern]
            if len(patterns) > 1 and (is_phrase or len(patterns) >= max(_MANY, _MOSTLY * len(lines))):
                made = _with_groups(list(patterns))
                first = found[lines[0]]
                found |= {line: replace(first, pattern=made, sample=line) for line in lines}
    return found


def with_words(shapes: Mapping[str, Shape], lines: Sequence[str]) -> dict[str, Shape]:
    """Return the shapes of lines, those with a word in the place of a value among them: they are of the kind of the
    lines that have a number there."""
    found = dict(shapes)
    spelled = [line for line in lines if WORDS.search(line)]
    kinds = list(
        {shape.pattern: shape for line, shape in shapes.items() if line not in spelled and not shape.each}.items()
    )
    for pattern, shape in kinds[:_MOST_TRIED]:
        words = dict.fromkeys(_written(word[0]) for line in spelled for word in WORDS.finditer(line))
        wide = _compiled(_widened(pattern, list(words))) if words else None
        taken = [line for line in spelled if wide and wide.fullmatch(line)]
        if wide and taken:
            used = dict.fromkeys(_written(word[0]) for line in taken for word in WORDS.finditer(line))
            made = _widened(pattern, list(used))
            found |= {line: replace(one, pattern=made) for line, one in found.items() if one.pattern == pattern}
            found |= {line: replace(shape, pattern=made, sample=line) for line in taken}
            spelled = [line for line in spelled if line not in taken]
    return found


def _written(word: str) -> str:
    return r"-{1,12}(?:[.,]-{1,12})?" if word[0] == "-" else re.escape(word)


def _widened(pattern: str, words: Sequence[str]) -> str:
    """Return a pattern whose values may be one of the words."""
    parts = []
    for token in _tokens(pattern):
        if token.kind == "value":
            head = f"(?P<{token.name}>"
            parts.append(rf"{head}(?:{token.text[len(head) : -1]}|[ \t]{{0,32}}(?:{'|'.join(words)})))")
        else:
            parts.append(token.text)
    return "".join(parts)


def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        compile_pattern(pattern)
        return re.compile(pattern)
    except (ValueError, re.error):  # longer than what RE2 runs
        return None


def _tokens(pattern: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(pattern):
        name = found["name"] or ""
        is_value = name == "value" or name.startswith("value_")
        yield _Token("value" if is_value else found.lastgroup or "", found[0], name)


def _key(pattern: str, *, is_phrase: bool) -> tuple[str, ...]:
    tokens = list(_tokens(pattern))
    free = set(_free(tokens, is_phrase=is_phrase))
    return tuple("" if place in free else token.text for place, token in enumerate(tokens))


def _with_groups(patterns: Sequence[str]) -> str:
    """Return one pattern for those that are equal but for their texts."""
    columns = list(zip(*(list(_tokens(pattern)) for pattern in patterns), strict=True))
    taken = sum(column[0].name.startswith("word_") for column in columns)
    parts = []
    for column in columns:
        if len({token.text for token in column}) == 1:
            parts.append(column[0].text)
        else:
            taken += 1
            parts.append(rf"(?P<word_{taken}>[^ \t,;|]{{1,40}})")
    return "".join(parts)


def _free(tokens: Sequence[_Token], *, is_phrase: bool) -> Iterator[int]:
    """Yield the places of the words that are texts, and no label, mark or unit."""
    is_label = is_kept = False
    kept: set[int] = set()
    for place in range(len(tokens) - 1, -1, -1):
        token = tokens[place]
        match token.kind:
            case "value":
                is_label, is_kept = True, False
            case "group" | "other" | "cut":
                is_label = is_kept = False
            case "word" if is_label or (is_kept and is_phrase and token.text.isascii()):
                kept.add(place)
                # H2O is one word in three parts.
                is_joined = place > 0 and tokens[place - 1].kind in ("word", "mark")
                is_label, is_kept = is_label and is_joined, token.text.isascii()
            case "word":
                is_kept = False
            case _:
                pass
    before = ""
    for place, token in enumerate(tokens):
        if token.kind == "word" and place not in kept and not MARK.fullmatch(token.text) and before != "number":
            yield place
        if token.kind != "blank":
            is_number = token.kind == "value" or (token.name.startswith("number_") and r"\." in token.text)
            before = "number" if is_number else token.kind
