"""The types of the facts that a rule may ask for."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Optional

from wire.kinds.envelope import MAX_FLAGS
from wire.words import Term

LONGEST_LIST = MAX_FLAGS * 2  # flags of the device and of the centre


@dataclass(frozen=True, slots=True)
class Type:
    """Type of a part of an expression. `among`: the only texts that it can be; `may_lack`: it is null at times; `of`:
    a list of these."""

    name: Literal["bool", "int", "double", "text", "null", "list"]
    may_lack: bool = False
    among: frozenset[str] = frozenset()
    of: Optional["Type"] = None

    @classmethod
    def listed(cls, of: "Type") -> "Type":
        """Return the type of a list."""
        return cls("list", of=of)

    @property
    def is_number(self) -> bool:
        return self.name in {"int", "double"}

    @property
    def is_whole(self) -> bool:
        return self.name == "int"

    @property
    def is_text(self) -> bool:
        return self.name == "text"

    @property
    def words(self) -> Term:
        """Return the type as people read it."""
        return _WORDS[self.name]


_WORDS = {
    "bool": Term("true or false", "真假值"),
    "int": Term("a whole number", "整数"),
    "double": Term("a number", "数值"),
    "text": Term("a text", "文本"),
    "null": Term("null", "空值 null"),
    "list": Term("a list", "列表"),
}

BOOL, INT, DOUBLE, TEXT, NULL = Type("bool"), Type("int"), Type("double"), Type("text"), Type("null")
DOUBLE_OR_NULL = Type("double", may_lack=True)
FLAGS = Type.listed(TEXT)


def one_of(words: Iterable[str]) -> Type:
    """Return the type of a text that is one of `words`; an empty one is always possible."""
    return Type("text", among=frozenset({"", *map(str, words)}))


def joined(one: Type, other: Type) -> Type | None:
    """Return the type that holds both; None: they do not go together."""
    if one.is_number and other.is_number:
        return one if one.name == other.name else DOUBLE
    if one.name == other.name:
        return one if one.of is None or other.of is None or joined(one.of, other.of) else None
    if one.name == "null" or other.name == "null":
        known = other if one.name == "null" else one
        return known if known.may_lack else None
    return None
