"""What commands change about the text behind them: its charset and its size."""

from dataclasses import dataclass

# fmt: off
_CODE_PAGES = {
    0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 13: "cp857", 14: "cp737", 15: "iso8859_7",
    16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858", 33: "cp775", 34: "cp855", 35: "cp861", 36: "cp862",
    37: "cp864", 38: "cp869", 39: "iso8859_2", 40: "iso8859_15", 45: "cp1250", 46: "cp1251", 47: "cp1253",
    48: "cp1254", 49: "cp1255", 50: "cp1256", 51: "cp1257", 52: "cp1258",
}
# fmt: on
_CHINESE_SETS = {0: "gb18030", 1: "utf-8", 3: "big5"}


@dataclass(slots=True)
class Style:
    """`apply` each command. `charset` is the one of the text behind it: said by the printer's data or by the profile,
    never guessed."""

    fallback: str
    starts_chinese: bool
    _is_chinese: bool = False
    _page: str = ""
    _chinese_set: str = "gb18030"
    _large: frozenset[bytes] = frozenset()

    def __post_init__(self) -> None:
        self.reset()

    @property
    def charset(self) -> str:
        return self._chinese_set if self._is_chinese else self._page or self.fallback

    @property
    def is_large(self) -> bool:
        return bool(self._large)

    def reset(self) -> None:
        """ESC @, or the printer was switched on."""
        self._is_chinese = self.starts_chinese
        self._page = ""
        self._chinese_set = "gb18030"
        self._large = frozenset()

    def apply(self, command: bytes) -> None:
        name, last = command[:2], command[-1]
        match name:
            case b"\x1b@":
                self.reset()
            case b"\x1c&":
                self._is_chinese = True
            case b"\x1c.":
                self._is_chinese = False
            case b"\x1b9":
                self._chinese_set = _CHINESE_SETS.get(last, self._chinese_set)
                self._is_chinese = True
            case b"\x1bt":
                self._page = _CODE_PAGES.get(last, "")
            case b"\x1b!":
                self._enlarge(name, bool(last & 0x30))
            case b"\x1d!":
                self._enlarge(name, bool(last & 0x77))
            case b"\x1c!":
                self._enlarge(name, bool(last & 0x0C))
            case b"\x1cW":
                self._enlarge(name, bool(last & 1))
            case _:
                pass

    def _enlarge(self, name: bytes, is_large: bool) -> None:
        self._large = self._large | {name} if is_large else self._large - {name}
