"""The length of each command (Epson ESC/POS, and the additions of Chinese thermal modules). Without that, arguments and
pictures become text.

A rule gives the size of the whole command from its first bytes: a number of arguments, or a function of the buffer that
answers a size, None while it needs more bytes, or 0 where this is no such command.
"""

from collections.abc import Callable, Mapping

ESC, FS, GS, DLE, DC2 = 0x1B, 0x1C, 0x1D, 0x10, 0x12
MAX_COMMAND = 512 * 1024
_MAX_ROW = 512
_MOST_STOPS = 32
_MAX_BARCODE = 512
_MAX_NUMBER = 5

Rule = int | Callable[[bytearray], int | None]


def _counted(at: int) -> Callable[[bytearray], int | None]:
    """Return a rule for commands whose two bytes at `at`, low first, count the bytes behind them."""

    def size(buffer: bytearray) -> int | None:
        return None if len(buffer) < at + 2 else at + 2 + int.from_bytes(buffer[at : at + 2], "little")

    return size


def _raster(at: int) -> Callable[[bytearray], int | None]:
    """Return a rule for xL xH yL yH at `at`: bytes a row, rows. No paper is wider than 4096 dots."""

    def size(buffer: bytearray) -> int | None:
        if len(buffer) < at + 4:
            return None
        columns, rows = (int.from_bytes(buffer[place : place + 2], "little") for place in (at, at + 2))
        return at + 4 + columns * rows if columns <= _MAX_ROW else MAX_COMMAND + 1

    return size


def _until_nul(at: int, most: int) -> Callable[[bytearray], int | None]:
    def size(buffer: bytearray) -> int | None:
        end = buffer.find(0, at, at + most)
        if end >= 0:
            return end + 1
        return None if len(buffer) < at + most else 0

    return size


def _tab_stops(buffer: bytearray) -> int | None:
    """Measure ESC D: up to 32 columns and NUL. A column that is not beyond the one before it ends the list and is none
    of it."""
    before = 0
    for at in range(2, 2 + _MOST_STOPS):
        if len(buffer) <= at:
            return None
        if buffer[at] <= before:
            return at if buffer[at] else at + 1
        before = buffer[at]
    end = 2 + _MOST_STOPS
    return None if len(buffer) <= end else end if buffer[end] else end + 1


def _bit_image(buffer: bytearray) -> int | None:
    """Measure ESC * m nL nH: columns of 1 or 3 bytes."""
    if len(buffer) < 5:
        return None
    columns = int.from_bytes(buffer[3:5], "little")
    if columns > 8 * _MAX_ROW:
        return MAX_COMMAND + 1
    return 5 + columns * (3 if buffer[2] in (32, 33, 38, 39, 40) else 1)


def _user_characters(buffer: bytearray) -> int | None:
    """Measure ESC & y c1 c2, then for each character x and x * y bytes."""
    if len(buffer) < 5:
        return None
    height, first, last = buffer[2:5]
    at = 5
    for _ in range(last - first + 1):
        if len(buffer) <= at:
            return None
        at += 1 + buffer[at] * height
    return at if last >= first else 0


def _barcode(buffer: bytearray) -> int | None:
    """Measure GS k m: up to NUL (0 to 6), or n and n bytes (65 to 79)."""
    if len(buffer) < 4:
        return None
    kind = buffer[2]
    if kind <= 6:
        return _until_nul(3, _MAX_BARCODE)(buffer)
    return 4 + buffer[3] if 65 <= kind <= 79 else 0


def _down_loaded_image(buffer: bytearray) -> int | None:
    """Measure GS * x y: x * y * 8 bytes."""
    return None if len(buffer) < 4 else 4 + buffer[2] * buffer[3] * 8


def _stored_images(buffer: bytearray) -> int | None:
    """Measure FS q n, then n times xL xH yL yH and x * y * 8 bytes."""
    if len(buffer) < 3:
        return None
    at = 3
    for _ in range(buffer[2]):
        if len(buffer) < at + 4:
            return None
        columns, rows = (int.from_bytes(buffer[place : place + 2], "little") for place in (at, at + 2))
        at += 4 + columns * rows * 8
        if at > MAX_COMMAND:
            return at
    return at


def _large_graphics(buffer: bytearray) -> int | None:
    """Measure GS 8 L p1 p2 p3 p4."""
    if len(buffer) < 7:
        return None
    return 7 + int.from_bytes(buffer[3:7], "little") if buffer[2] == ord("L") else 0


def _cut(buffer: bytearray) -> int | None:
    """Measure GS V m, or GS V m n where it feeds first."""
    if len(buffer) < 3:
        return None
    return 4 if buffer[2] in (65, 66, 97, 98, 103, 104) else 3


def _counter(buffer: bytearray) -> int | None:
    """Measure GS C 0 n m, GS C 1 and six bytes, GS C 2 nL nH, GS C ; and five numbers with a semicolon each."""
    if len(buffer) < 3:
        return None
    if buffer[2] != ord(";"):
        return {0x30: 5, 0: 5, 0x31: 9, 1: 9, 0x32: 5, 2: 5}.get(buffer[2], 0)
    at = 3
    for _ in range(5):
        digits = 0
        while at < len(buffer) and buffer[at : at + 1].isdigit() and digits < _MAX_NUMBER:
            at, digits = at + 1, digits + 1
        if at == len(buffer):
            return None
        if buffer[at] != ord(";"):
            return 0
        at += 1
    return at


def _windows_bitmap(buffer: bytearray) -> int | None:
    """Measure GS D m fn a kc1 kc2 b c, then a BMP file, which says its own size."""
    if len(buffer) < 15:
        return None
    return 9 + int.from_bytes(buffer[11:15], "little") if buffer[9:11] == b"BM" else 0


def _user_memory(buffer: bytearray) -> int | None:
    """Measure FS g 1 m a1 a2 a3 a4 nL nH and n bytes to write; FS g 2 asks for as many."""
    if len(buffer) < 3:
        return None
    if buffer[2] == ord("1"):
        return _counted(8)(buffer)
    return 10 if buffer[2] == ord("2") else 0


def _check_paper(buffer: bytearray) -> int | None:
    """Measure FS a 0 n, FS a 1, FS a 2."""
    return None if len(buffer) < 3 else 4 if buffer[2] == ord("0") else 3


def _rows(buffer: bytearray) -> int | None:
    """Measure DC2 * r n: rows, bytes a row."""
    return None if len(buffer) < 4 else 4 + buffer[2] * buffer[3]


def _full_width(buffer: bytearray) -> int | None:
    """Measure DC2 V nL nH: rows of 48 bytes."""
    return None if len(buffer) < 4 else 4 + 48 * int.from_bytes(buffer[2:4], "little")


def _real_time(buffer: bytearray) -> int | None:
    """Measure DLE EOT n (and a for ink, the stamp and the cutter), DLE ENQ n, DLE DC4 fn and the bytes that it
    needs."""
    if len(buffer) < 2:
        return None
    if buffer[1] not in (0x04, 0x14):
        return 3 if buffer[1] == 0x05 else 0
    if len(buffer) < 3:
        return None
    if buffer[1] == 0x04:
        return 4 if buffer[2] in (7, 8, 18) else 3
    return {3: 8, 7: 4, 8: 10}.get(buffer[2], 5)


_ESC: dict[str, Rule] = {
    **dict.fromkeys("2@LSimqv<", 0),
    **dict.fromkeys(" !%-3=?89CEFGJKMNQRTUVadelrtu{", 1),
    **dict.fromkeys("$\\Bcf", 2),
    **dict.fromkeys("p7", 3),
    "\x0c": 0,
    "W": 8,
    "D": _tab_stops,
    "*": _bit_image,
    "&": _user_characters,
    "(": _counted(3),
    "Z": _counted(5),
}
_GS: dict[str, Rule] = {
    **dict.fromkeys(":c", 0),
    **dict.fromkeys("!/BEHITZabfhjrw", 1),
    **dict.fromkeys("$&LPW\\", 2),
    **dict.fromkeys("^z", 3),
    "g": 4,
    "(": _counted(3),
    "*": _down_loaded_image,
    "8": _large_graphics,
    "C": _counter,
    "D": _windows_bitmap,
    "Q": _raster(4),
    "V": _cut,
    "k": _barcode,
    "v": _raster(4),
}
_FS: dict[str, Rule] = {
    **dict.fromkeys("&.Lbc", 0),
    **dict.fromkeys("!-CWr", 1),
    **dict.fromkeys("S?p", 2),
    "2": 74,
    "(": _counted(3),
    "a": _check_paper,
    "g": _user_memory,
    "q": _stored_images,
}
_DC2: dict[str, Rule] = {"#": 1, "T": 0, "*": _rows, "V": _full_width, "v": _full_width}


def rules_with(more: Mapping[str, int]) -> Mapping[bytes, Rule]:
    """Return all commands by their first two bytes; `more` are a profile's own: `{"1B57": 1}` is ESC W with one
    argument."""
    tables = ((ESC, _ESC), (GS, _GS), (FS, _FS), (DC2, _DC2))
    rules: dict[bytes, Rule] = {
        bytes((lead, ord(letter))): rule for lead, table in tables for letter, rule in table.items()
    }
    return {**rules, **{bytes.fromhex(name): count for name, count in more.items()}}


def command_size(buffer: bytearray, rules: Mapping[bytes, Rule]) -> int | None:
    """Return the bytes of the command at the head of the buffer; None while that is not known, 0 where it is none."""
    if buffer[0] == DLE:
        return _real_time(buffer)
    if len(buffer) < 2:
        return None
    rule = rules.get(bytes(buffer[:2]))
    if rule is None:
        return 0
    return 2 + rule if isinstance(rule, int) else rule(buffer)
