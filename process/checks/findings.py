"""A mistake of the settings, or a note about them."""

from dataclasses import dataclass

from process.named_files import Key


@dataclass(frozen=True, slots=True)
class Finding:
    """Finding at a key. `is_fault` False: a note; the process runs all the same, and as was meant."""

    key: Key
    text: str
    is_fault: bool = True


def note(key: Key, text: str) -> Finding:
    return Finding(key, text, is_fault=False)
