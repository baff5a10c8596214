"""Texts by which an analyzer or a person may fool a reader at a terminal."""

import unicodedata

# Clears the screen, sets a colour by one C1 byte, turns the direction around, hides a space, rings; and markup of rich.
HOSTILE = "\x1b[2J\x9b31m\u202e\u200b\x07[red]:tiger:[/red]"
MARKUP = "[red]:tiger:[/red]"


def assert_is_harmless(output: str) -> None:
    """Hold that a terminal would show the output and obey nothing of it."""
    obeyed = {
        character: unicodedata.name(character, hex(ord(character)))
        for character in output
        if character != "\n" and not character.isprintable() and unicodedata.category(character) != "Zs"
    }
    assert not obeyed
