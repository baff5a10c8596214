"""Searches foods and businesses as people type: Chinese, whole syllables of pinyin, first letters, a code, a stall.

The texts are joined once, when the document comes; a search is one pass over them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wire.down import Down, Food


@dataclass(frozen=True, slots=True)
class Index:
    """Texts with what they stand for, those that begin with a search before those that only hold it. Businesses, of
    which a market has thousands, are kept as JSON: a third of the memory."""

    foods: tuple[tuple[str, Food], ...]
    businesses: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, document: Down | None) -> "Index":
        if document is None:
            return cls((), ())
        foods = tuple(
            (_joined(food.name, food.pinyin, food.code, food.name_en, *food.aliases), food) for food in document.foods
        )
        businesses = tuple(
            (
                _joined(one.name, one.stall, one.pinyin, one.code, one.licence),
                one.model_dump_json(exclude_defaults=True),
            )
            for one in document.businesses
        )
        return cls(foods, businesses)

    def find_foods(self, text: str, limit: int) -> list[dict[str, Any]]:
        """Return the foods that a text names, the likeliest first."""
        return [food.model_dump(exclude_defaults=True) for food in _found(self.foods, text, limit)]

    def find_businesses(self, text: str, limit: int) -> list[dict[str, Any]]:
        """Return the businesses that a text names, the likeliest first."""
        return [json.loads(one) for one in _found(self.businesses, text, limit)]


def _joined(*parts: str) -> str:
    return "\n" + "\n".join(part.replace(" ", "\n") for part in parts if part).lower() + "\n"


def _found(texts: Iterable[tuple[str, Any]], text: str, limit: int) -> list[Any]:
    said = text.strip().lower()
    exact, begins, holds = f"\n{said}\n", f"\n{said}", said
    ranks: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
    for joined, one in texts:
        if holds in joined:
            ranks[0 if exact in joined else 1 if begins in joined else 2].append(one)
    return [*ranks[0], *ranks[1], *ranks[2]][:limit]
