"""Text of others before it reaches a terminal or a log: an analyzer, a person or a neighbour may write characters that
clear a screen, hide a line or turn its direction around. Each becomes its escape, `\\x1b`. Pure."""

import unicodedata


def printable(text: str, keep: str = "") -> str:
    """Return `text` with every character that is neither harmless nor one of `keep` as its escape."""
    if text.isprintable():
        return text
    return "".join(
        character if character in keep or is_harmless(character) else _escape(character) for character in text
    )


def is_harmless(character: str) -> bool:
    """Tell whether a terminal shows the character, or a space, and does nothing else."""
    return character.isprintable() or unicodedata.category(character) == "Zs"


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
