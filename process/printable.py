"""Text of others before it reaches a terminal or a log: an analyzer, a person or a neighbour may write characters that
clear a screen, hide a line or turn its direction around. Each becomes its escape, `\\x1b`. Pure."""

import unicodedata


def printable(text: str, keep: str = "") -> str:
    """`text` with every character that is neither printable nor a space, nor one of `keep`, as its escape."""
    if text.isprintable():
        return text
    return "".join(
        it if it in keep or it.isprintable() or unicodedata.category(it) == "Zs" else _escape(it) for it in text
    )


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
