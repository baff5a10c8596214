"""Frames of the DY colloidal-gold module: `7E command length data check 7E`.

                     length         check, over command, length and data
    hardware v1, v2  big-endian     sum modulo 256
    hardware v3      little-endian  CRC-8, polynomial 0x31, initial value 0

    host 01 -> 02  version: hardware, model, version       7E 02 00 03 01 10 13 29 7E
    host 11 -> 12  the card was moved in or out            7E 12 00 00 12 7E
    host 13 -> 14  is a card present                       7E 14 00 01 01 16 7E
    host 15 -> 16  a scan of the strip: u16 LE points

Rules
- 7E is head and tail, and occurs inside about half of the frames: found by length, check and tail alone.
- **The variant is chosen after the version reply**: the one by which that reply is good. Until then (a capture that
  began later) a frame is good in either; a frame's shorter reading is tried first. A later version reply chooses again.
- What the host says has the same form, without data, and is passed over.
- A scan has at most 241 points; a length above 600 is a lie, so in most frames only one variant is possible at all.
- Sent are 01, 13 and 15. 11 moves the card: it is not in this code, and neither is any other command.
"""

import re
from typing import Literal

from firmware_adapters.asking import exactly
from firmware_adapters.checksums import crc8, sum8
from firmware_adapters.framing import FOREIGN, Broken, Found, Judgement, Mark, More, Whole

Variant = Literal["v1", "v3"]
VARIANTS: tuple[Variant, ...] = ("v1", "v3")

EDGE = 0x7E
ASK_VERSION, ASK_CARD, ASK_SCAN = 0x01, 0x13, 0x15
VERSION, MOVED, CARD, SCAN = 0x02, 0x12, 0x14, 0x16
_KINDS = {VERSION: "version", MOVED: "moved", CARD: "card", SCAN: "scan"}
_FROM_HOST = (ASK_VERSION, 0x11, ASK_CARD, ASK_SCAN)
_OVERHEAD = 6
_LONGEST_DATA = 600
_HEAD = re.compile(rb"\x7e(?:[\x01\x02\x11-\x16]|\Z)")


def request(command: int, variant: Variant) -> bytes:
    """Return a request. Requests have no data, so both variants have the length 00 00."""
    body = bytes((command, 0, 0))
    return bytes((EDGE, *body, _check(body, variant), EDGE))


def _check(body: bytes | bytearray, variant: Variant) -> int:
    return sum8(body) if variant == "v1" else crc8(body)


def _size(frame: bytes | bytearray, variant: Variant) -> int:
    return _OVERHEAD + int.from_bytes(frame[2:4], "big" if variant == "v1" else "little")


REQUESTS = tuple(
    exactly(f"{name} {variant}", request(command, variant))
    for variant in VARIANTS
    for name, command in (("version", ASK_VERSION), ("card", ASK_CARD), ("scan", ASK_SCAN))
)


class GoldGrammar:
    """Grammar of the module's frames; the rules stand in the module's text. `variant` is the one that the profile
    fixes, if it does."""

    def __init__(self, variant: Variant | None) -> None:
        self._is_fixed = variant is not None
        self.variant: Variant | None = variant

    def skip(self, buffer: bytearray, _offset: int, /) -> int:
        found = _HEAD.search(buffer)
        return found.start() if found else len(buffer)

    def judge(self, buffer: bytearray, _offset: int, /) -> Judgement:
        if len(buffer) < 2:
            return More(is_ours=False)
        if buffer[1] not in _KINDS and buffer[1] not in _FROM_HOST:
            return FOREIGN
        return More(is_ours=len(buffer) > 2) if len(buffer) < 4 else self._judge_length(buffer)

    def _judge_length(self, buffer: bytearray) -> Judgement:
        sizes: dict[Variant, int] = {variant: _size(buffer, variant) for variant in self._possible(buffer[1])}
        most = _OVERHEAD + (_LONGEST_DATA if buffer[1] in _KINDS else 0)
        believed: list[tuple[int, Variant]] = [(size, variant) for variant, size in sizes.items() if size <= most]
        believed.sort()
        if not believed:
            return Broken("length", _OVERHEAD)
        for size, variant in believed:
            if len(buffer) < size:
                return More(size=size)
            if _is_good(buffer, size, variant):
                kind = _KINDS.get(buffer[1])
                return Whole(size, kind) if kind else Mark(size, "host")
        size, variant = believed[0]
        is_summed = _check(buffer[1 : size - 2], variant) == buffer[size - 2]
        return Broken("end_mark" if is_summed else "checksum", size)

    def _possible(self, command: int) -> tuple[Variant, ...]:
        if self.variant is None or (command == VERSION and not self._is_fixed):
            return VARIANTS
        return (self.variant,)

    def took(self, frame: Found) -> None:
        if frame.kind == "version" and not self._is_fixed:
            self.variant = variant_of(frame.data)

    def lost(self, end: int) -> None:
        """Keep the variant."""

    def gave_up(self, offset: int) -> None:
        """Keep the variant."""


def variant_of(frame: bytes) -> Variant | None:
    """Return the variant by which a frame is good; None if it is good by both (its bytes do not tell)."""
    good: list[Variant] = [
        variant for variant in VARIANTS if _size(frame, variant) == len(frame) and _is_good(frame, len(frame), variant)
    ]
    return good[0] if len(good) == 1 else None


def _is_good(frame: bytes | bytearray, size: int, variant: Variant) -> bool:
    return frame[size - 1] == EDGE and _check(frame[1 : size - 2], variant) == frame[size - 2]
