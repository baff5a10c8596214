"""The effect of commands on the text behind them: its charset, its signs, its size, and where it stands."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field

from firmware_adapters.escpos.charsets import CHINESE_SETS, EAST_ASIAN, NATIONAL_SIGNS

_UTF_8 = (2, 0x32)
_SHIFT_JIS = (1, 0x31)
_NO_SIGNS: Mapping[int, str] = {}


@dataclass(slots=True)
class Style:
    """Style of the text that follows; `apply` each command. `charset` is the one of that text: said by the printer's
    data or by the profile, never guessed. `pages` gives the charset of each ESC t n. FS & selects the printer's own
    two-byte charset: the profile's, where that is one, else GB18030."""

    fallback: str
    starts_chinese: bool
    pages: Mapping[int, str]
    is_in_page: bool = False
    is_page_unknown: bool = False
    signs: Mapping[int, str] = field(default_factory=dict)
    _is_chinese: bool = False
    _is_utf_8: bool = False
    _page: str = ""
    _chinese_set: str = ""
    _large: frozenset[bytes] = frozenset()

    def __post_init__(self) -> None:
        self.reset()

    @property
    def charset(self) -> str:
        if self._is_utf_8:
            return "utf-8"
        return self._chinese_set if self._is_chinese else self._page or self.fallback

    @property
    def _own_set(self) -> str:
        return self.fallback if codecs.lookup(self.fallback).name in EAST_ASIAN else "gb18030"

    @property
    def is_doubtful(self) -> bool:
        """Return True when signs beyond ASCII are of a code page that nobody here knows."""
        return self.is_page_unknown and not self._is_utf_8 and not self._is_chinese

    @property
    def is_large(self) -> bool:
        return bool(self._large)

    def reset(self) -> None:
        """Reset: ESC @ came, or the printer was switched on."""
        self.is_in_page = self.is_page_unknown = self._is_utf_8 = False
        self.signs = _NO_SIGNS
        self._is_chinese = self.starts_chinese
        self._page = ""
        self._chinese_set = self._own_set
        self._large = frozenset()

    def apply(self, command: bytes) -> None:
        name, last = command[:2], command[-1]
        match name:
            case b"\x1b@":
                self.reset()
            case b"\x1bL":
                self.is_in_page = True
            case b"\x1bS" | b"\x0c":
                self.is_in_page = False
            case b"\x1b!":
                self._enlarge(name, bool(last & 0x30))
            case b"\x1d!":
                self._enlarge(name, bool(last & 0x77))
            case b"\x1c!":
                self._enlarge(name, bool(last & 0x0C))
            case b"\x1cW":
                self._enlarge(name, bool(last & 1))
            case _:
                self._select(command, last)

    def _select(self, command: bytes, last: int) -> None:
        """Follow a command that selects characters."""
        match command[:2]:
            case b"\x1c&":
                self._is_chinese = True
            case b"\x1c.":
                self._is_chinese = False
            case b"\x1b9":
                self._chinese_set = CHINESE_SETS.get(last, self._chinese_set)
                self._is_chinese = True
            case b"\x1cC" if last in _SHIFT_JIS:
                self._chinese_set = "cp932"
                self._is_chinese = True
            case b"\x1c(" if command[2:-1] == b"C\x02\x000":
                self._is_utf_8 = last in _UTF_8
            case b"\x1bt":
                self._page = self.pages.get(last, "")
                self.is_page_unknown = not self._page
            case b"\x1bR":
                self.signs = NATIONAL_SIGNS.get(last, _NO_SIGNS)
            case _:
                pass

    def _enlarge(self, name: bytes, is_large: bool) -> None:
        self._large = self._large | {name} if is_large else self._large - {name}
