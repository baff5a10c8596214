"""The words of the field in both languages, for whatever shows a code to people."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Term(NamedTuple):
    """A word in both languages."""

    en: str
    zh: str

    def text(self, *, chinese: bool) -> str:
        """Return the word in one language."""
        return self.zh if chinese else self.en


Terms = Mapping[str, Term]


def terms(table: Mapping[str, Any]) -> Terms:
    """Read a table of terms, `code = { en = "...", zh = "..." }`, in its order.

    Raises KeyError where a language is missing.
    """
    return {code: Term(term["en"], term["zh"]) for code, term in table.items()}


def word(words: Terms, code: str, *, chinese: bool) -> str:
    """Return the word for `code`, or the code itself where there is none."""
    term = words.get(code)
    return code if term is None else term.text(chinese=chinese)
