"""The words of a noun: what one of it is called, and the columns of its file. `words.toml` in the noun's folder."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from server.problems import Kind, ProblemError
from wire.words import Term, Terms, terms


@dataclass(frozen=True, slots=True)
class Noun:
    """The words of one noun. `one`: what a single one of it is called."""

    one: Term
    columns: Terms

    def not_found(self) -> ProblemError:
        """Return the problem of an address that names none of it."""
        english, chinese = f"There is no such {self.one.en}.", f"没有这个{self.one.zh}。"
        return ProblemError(Kind(404, "not-found", english, chinese))


@cache
def words_of(noun: str) -> Noun:
    """Read the words of the noun with this folder."""
    table = tomllib.loads((files("server.records") / noun / "words.toml").read_text("utf-8"))
    return Noun(terms({"one": table["one"]})["one"], terms(table.get("columns", {})))
