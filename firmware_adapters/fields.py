"""Fields of fixed records and of labelled text: padded names, values with their bounds and words, roles.

Conventions (those of the ASTM family): a bound such as `<0.05` is not a number; a value that is not available has no
number and the verdict `invalid`; zero is a number like any other.
"""

import codecs
import math
import re
from dataclasses import dataclass

from firmware_adapters.profile import ItemMap, Profile
from wire.terms import Role, Verdict

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_NO_NUMBER = re.compile(r"[-—.\s]*[-—][-—.\s]*|(?i:nan|na|n/a)", re.ASCII)
# Behind digits these say that more belongs to them: 1,010 and 3~5 and 1.2×10^3 and 1/8 are not 1, 3, 1.2 and 1.
_GOES_ON = re.compile(r"[\d.．,，:：+\-~～^*×]|/\s*\d|[xX]\s*10")
# A letter that took the place of a digit or a point: 1x25 is not 1. 5 m3 is 5.
_DAMAGED = re.compile(r"[A-Za-z]\d")
_HALF_WIDTH = str.maketrans({code + 0xFEE0: code for code in range(0x21, 0x7F)})
_BELOW = ("<", "≤", "＜")
_ABOVE = (">", "≥", "＞")
_ROLES = {
    "对照": Role.CONTROL,
    "质控": Role.CONTROL,
    "阴性对照": Role.CONTROL,
    "阳性对照": Role.CONTROL,
    "ck": Role.CONTROL,
    "control": Role.CONTROL,
    "空白": Role.BLANK,
    "空白对照": Role.BLANK,
    "blank": Role.BLANK,
}
# What a control or a blank stands in: 对照管, 空白孔, 质控样品.
_VESSELS = "孔管样品组液"


@dataclass(frozen=True, slots=True)
class Value:
    """Value of a field. `text` is as the device wrote it; `number` and `unit` as far as it carries them."""

    number: float | None
    text: str
    unit: str = ""
    flags: tuple[str, ...] = ()

    @property
    def is_available(self) -> bool:
        return "not_available" not in self.flags


def padded_text(data: bytes, charset: str) -> tuple[str, tuple[str, ...]]:
    """Read a name of fixed width, padded with NUL, spaces or erased flash (FF). Never raises.

    A name that is longer than its field may be cut within its last hanzi: the part of it that is there is dropped, flag
    `cut_name`. Bytes that are no text are replaced, flag `bad_name`.
    """
    trimmed = data.lstrip(b"\0 ").split(b"\0", 1)[0].rstrip(b"\xff")
    flags: tuple[str, ...] = ()
    decoder = codecs.getincrementaldecoder(charset)()
    try:
        text = decoder.decode(trimmed)
        flags = ("cut_name",) if decoder.getstate()[0] else ()
    except UnicodeDecodeError:
        flags = ("bad_name",)
        text = trimmed.decode(charset, "replace")
    return "".join(char for char in text.strip() if char.isprintable()), flags


def number_of(text: str) -> float | None:
    """Parse a finite decimal number in ASCII digits, with no text beside it."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def read_value(text: str, profile: Profile, scale: float = 1.0) -> Value:
    """Read `12.5`, `12.5 mg/kg`, `<0.05`, `-.---`, `无效`, a word of the verdict, or nothing.

    A value is not available where the profile lists its text as `not_available` or maps it to the verdict invalid, and
    where dashes stand for digits.
    """
    text = text.strip()
    word = text.casefold()
    if not text:
        return Value(None, "", flags=("no_value",))
    is_word = any(word == name.casefold() for name in profile.not_available)
    if is_word or profile.verdicts.get(text) is Verdict.INVALID or _NO_NUMBER.fullmatch(text):
        return Value(None, text, flags=("not_available",))
    if text.startswith(_BELOW):
        return Value(None, text, flags=("below_range",))
    if text.startswith(_ABOVE):
        return Value(None, text, flags=("above_range",))
    found = _NUMBER.match(text)
    rest = text[found.end() :].strip() if found else ""
    if not found or _GOES_ON.match(rest) or _DAMAGED.match(text, found.end()):
        return Value(None, text)
    number = number_of(found[0])
    return Value(number * scale, text, unit_of(rest)) if number is not None else Value(None, text)


def unit_of(text: str) -> str:
    """Return a unit in half-width signs: GB2312 testers write ％ and ｍｇ／ｋｇ as well."""
    return text.strip().translate(_HALF_WIDTH)


def verdict_of(word: str, value: Value, profile: Profile) -> tuple[Verdict | None, tuple[str, ...]]:
    """Return the device's own verdict, from its word or code, and flags. A value that is not available is invalid
    whatever the device says."""
    if not value.is_available:
        return Verdict.INVALID, ()
    found = profile.verdicts.get(word.strip())
    return found, ("unknown_verdict",) if word.strip() and found is None else ()


def item_of(profile: Profile, key: str, fallback: ItemMap) -> ItemMap:
    """Return the item to which the profile maps the device's code or name; else `fallback`."""
    return profile.items.get(key) or profile.items.get(key.strip()) or fallback


def role_of(*words: str) -> Role:
    """Return the role of a well. Control and blank wells have it in their sample's number or name."""
    for word in words:
        role = _ROLES.get(word.strip().casefold().rstrip("0123456789 -_#").rstrip(_VESSELS))
        if role:
            return role
    return Role.SAMPLE


def joined(*flags: tuple[str, ...]) -> tuple[str, ...]:
    """Return all flags, each once, in order."""
    return tuple(dict.fromkeys(flag for some in flags for flag in some))
