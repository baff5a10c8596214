"""The checksums of frames whose bytes were changed: how each family seals a frame.

A seal is only used where it makes the same bytes of a frame that was not changed; else the frame cannot be sealed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from firmware_adapters.checksums import crc8, crc16_modbus, sum8, xor8
from firmware_adapters.line.grammar import Settings
from firmware_adapters.line.patterns import Pattern
from shian.adapters.tally import Candidate

Seal = Callable[[bytearray], None]


def seals_of(candidate: Candidate) -> Sequence[Seal]:
    """Return the seals that a frame of this family may bear; none: its frames have no check."""
    if candidate.family.name == "line":
        return tuple(_line_seals(candidate))
    return _SEALS.get(candidate.family.name, ())


def skeleton(candidate: Candidate, frame: bytes) -> set[int]:
    """Return the places in a frame that belong to its form and not to its text, so that a text cut by them is found
    whole."""
    if candidate.family.name != "astm" or not _is_astm_frame(frame):
        return set()
    first = {0, 1} if frame[1:2].isdigit() else {0}
    return first | {len(frame) - 3, len(frame) - 2, len(frame) - 1}


def sealed(frame: bytes, changed: bytearray, seals: Sequence[Seal]) -> bool:
    """Seal `changed` as `frame` was. False: none of the seals makes the bytes of `frame`."""
    for seal in seals:
        trial = bytearray(frame)
        seal(trial)
        if trial == frame:
            seal(changed)
            return True
    return False


def _is_astm_frame(frame: bytes | bytearray) -> bool:
    """Return True for an ASTM frame. Messages without frames have no check."""
    return frame[:1] == b"\x02"


def _astm(frame: bytearray) -> None:
    if len(frame) >= 5 and _is_astm_frame(frame):
        digits = b"%02x" if any(byte in b"abcdef" for byte in frame[-2:]) else b"%02X"
        frame[-2:] = digits % sum8(frame[1:-2])


def _before_end(check: Callable[[bytearray], int], first: int) -> Seal:
    """Return the seal of one byte before the end mark, over all bytes from place `first`."""

    def seal(frame: bytearray) -> None:
        if len(frame) >= first + 3:
            frame[-2] = check(frame[first:-2])

    return seal


def _dy3000(frame: bytearray) -> None:
    if len(frame) >= 12:
        frame[10] = xor8(frame[:10])
        frame[11] = xor8(frame[12:])


def _crc16(frame: bytearray) -> None:
    if len(frame) >= 4:
        frame[-2:] = crc16_modbus(frame[:-2]).to_bytes(2, "little")


def _line_seals(candidate: Candidate) -> Iterator[Seal]:
    profile = candidate.profile
    for pattern in profile.settings_as(Settings).lines:
        if pattern.check:
            yield _line_seal(pattern.compiled, sum8 if pattern.check == "sum8" else xor8, profile.charset)


def _line_seal(pattern: Pattern, check: Callable[[bytes], int], charset: str) -> Seal:
    def seal(frame: bytearray) -> None:
        text = bytes(frame).rstrip(b"\r\n").decode(charset, "replace")
        found = pattern.fullmatch(text)
        if found:
            before = text[: found.start(pattern.groupindex["check"])].encode(charset, "replace")
            digits = b"%02X" % check(before)
            frame[len(before) : len(before) + len(digits)] = digits

    return seal


_SEALS: Mapping[str, Sequence[Seal]] = {
    "astm": (_astm,),
    "pesticide": (_before_end(crc8, 1),),
    "dy_gold": (_before_end(sum8, 1), _before_end(crc8, 1)),
    "dy6100": tuple(_before_end(sum8, first) for first in (1, 0, 2)),
    "dy3000": (_dy3000,),
    "dy2620": (_crc16,),
    "modbus_rtu": (_crc16,),
}
