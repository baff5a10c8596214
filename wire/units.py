"""Units as devices write them, their one code, and the conversion from one to another. Pure.

The table is units.toml: a unit is one of its words, or two with a stroke between them (`mg/kg`, `mg/100g`, `CFU/mL`),
which may be written `mg / kg`, `ｍｇ／ｋｇ`, `㎎/㎏`, `mg·kg⁻¹` or `mg kg-1`.
Two units can be compared when both have the same dimensions above and below the stroke. A conversion is exact: it goes
over fractions, so that 4100 ug/kg is 4.1 mg/kg and not a little more, which a limit of "above 4.1" would notice.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from fractions import Fraction
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

# mg·kg⁻¹, mg kg-1, mg.kg^-1: the same as mg/kg. The marks are those of Unicode that look like a point of a product.
_PRODUCTS = "·⋅∙•・."
_INVERSE = re.compile(rf"([^/{_PRODUCTS}]+?)[ {_PRODUCTS}]{{1,2}}([^/\s\d{_PRODUCTS}^]+)\^?[-−]1")
_LOGARITHM = re.compile(r"(?:log|lg|Log|LOG)(?:10)?(?: ?\(([^()]+)\)| ?(CFU.*|cfu.*))")
_COMPOUND = re.compile(r"([^/\d]*[^/\s\d])\s?/\s?([1-9]\d{0,3})?\s?([^/\s\d]+[23]?)")
_FULL_WIDTH = str.maketrans({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
# Behind a number a single letter is more often a mark of the device than a unit, and a time is seldom the value.
TEMPERATURE_LETTERS = frozenset(("C", "F"))  # of a temperature; in T/C they are none
_SELDOM_A_UNIT = frozenset(("t", "L", "l", "U", "S", "m", "V", "A", "W", "s", "min", "h", "K", "OD", "ABS", "EU"))


class Atom(NamedTuple):
    """A word of the table. A value in it, times `factor` and plus `offset`, is a value in the first of `dimension`."""

    code: str
    dimension: str
    factor: Fraction
    offset: Fraction = Fraction(0)


class Unit(NamedTuple):
    """A unit that is known. `dimension` is what another must have to be compared with it."""

    code: str
    dimension: tuple[str, ...]
    factor: Fraction
    offset: Fraction = Fraction(0)


@cache
def atoms() -> Mapping[str, Atom]:
    """Return the words of the table by each of their spellings. Raises ValueError for one that is there twice."""
    found: dict[str, Atom] = {}
    plain: dict[str, Atom] = {}
    for dimension, table in tomllib.loads((files("wire") / "units.toml").read_text("utf-8")).items():
        for code, row in table.items():
            atom = Atom(code, dimension, Fraction(row["is"]), Fraction(row.get("plus", "0")))
            for spelling in (code, *row.get("also", ())):
                if spelling in found:
                    raise ValueError(f"units.toml: {spelling!r} is there twice")
                found[spelling] = atom
                plain.setdefault(_plain(spelling), atom)
    return plain | found


def _plain(text: str) -> str:
    """Return a unit without ways to write it: full-width letters, ㎎, ℃, superscripts, U+00B5 for U+03BC."""
    text = unicodedata.normalize("NFKC", text.strip())
    logarithm = _LOGARITHM.fullmatch(text)
    return f"log {logarithm[1] or logarithm[2]}" if logarithm else text


@cache
def _by_any_case() -> Mapping[str, Atom]:
    """Return the words by their spelling in lower case, where that is no other's too (mS and MS, mPa and MPa are)."""
    of: dict[str, set[Atom]] = {}
    for spelling, atom in atoms().items():
        of.setdefault(spelling.casefold(), set()).add(atom)
    return {spelling: next(iter(found)) for spelling, found in of.items() if len(found) == 1 and len(spelling) > 1}


def _atom(text: str) -> Atom | None:
    return atoms().get(text) or _by_any_case().get(text.casefold())


@lru_cache(maxsize=4096)
def unit_of(text: str) -> Unit | None:
    """Return the unit that `text` is a spelling of, or None for one that is not in the table."""
    text = _plain(text)
    if atom := _atom(text):
        return Unit(atom.code, (atom.dimension,), atom.factor, atom.offset)
    if inverse := _INVERSE.fullmatch(text):
        text = f"{inverse[1]}/{inverse[2]}"
    found = _COMPOUND.fullmatch(text)
    above, below = (_atom(found[1]), _atom(found[3])) if found else (None, None)
    if (
        found is None
        or {found[1], found[3]} & TEMPERATURE_LETTERS
        or above is None
        or below is None
        or above.offset
        or below.offset
    ):
        return None
    count = found[2] or ""
    factor = above.factor / (int(count or 1) * below.factor)
    return Unit(f"{above.code}/{count}{below.code}", (above.dimension, below.dimension), factor)


def code_of(text: str) -> str:
    """Return the one code of a unit however it is written (`ug/kg` for µg/kg), or `text` itself where it is unknown."""
    known = unit_of(text)
    return known.code if known else text.strip()


def converted(value: float, unit: str, into: str) -> float | None:
    """Return `value` of one unit in another, or None where they cannot be compared. The same text is the same unit,
    known or not."""
    if unit == into:
        return value
    one, other = unit_of(unit), unit_of(into)
    if one is None or other is None or one.dimension != other.dimension:
        return None
    if one.code == other.code:
        return value
    exact = (Fraction(repr(float(value))) * one.factor + one.offset - other.offset) / other.factor
    return float(exact)


def may_compare(unit: str, other: str) -> bool:
    """Return True when a value of one unit can be held against one of the other."""
    return converted(0.0, unit, other) is not None


@cache
def pattern() -> str:
    """Return a pattern for the units that may stand behind a number, whole ones before their parts: `mg/kg` is never
    cut to `mg`."""
    spelled = set(atoms())
    spelled |= {word.translate(_FULL_WIDTH) for word in spelled if word.isascii() and word.isalpha()}
    words = sorted(spelled, key=len, reverse=True)
    alone = "|".join(re.escape(word) for word in words if unicodedata.normalize("NFKC", word) not in _SELDOM_A_UNIT)
    words = [word for word in words if word not in TEMPERATURE_LETTERS]
    any_word = "|".join(map(re.escape, words))
    upper = "|".join(sorted({re.escape(word.upper()) for word in words if word.isascii()}, key=len, reverse=True))
    stroke, below = " ?[/／] ?", "(?:[1-9][0-9]{0,3} ?)?"
    inverse = rf"[ {_PRODUCTS}]{{1,2}}(?:{any_word})(?:⁻¹|\^?[-−]1)"
    log = rf"(?:log|lg|Log|LOG)(?:10)? ?\((?:CFU|cfu)/{below}(?:g|mL|ml)\)"
    whole = f"(?:{any_word}){stroke}{below}(?:{any_word})|(?:{upper})/{below}(?:{upper})"
    return f"(?:{whole}|(?:{any_word}){inverse}|{log}|{alone})"
