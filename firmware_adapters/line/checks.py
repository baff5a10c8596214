"""Checksums that stand in a line as two hexadecimal digits, upper case, over the bytes before them; `nmea` between $
and * alone."""

from functools import reduce
from operator import xor

from firmware_adapters.line.patterns import Match


def is_sound(check: str, found: Match, charset: str) -> bool:
    """Return True when the group `check` is right; always where the pattern has none."""
    if not check:
        return True
    summed = found.string[: found.start(found.re.groupindex["check"])].encode(charset, "replace")
    if check == "nmea":
        summed = summed.lstrip(b"$!").removesuffix(b"*")
    total = sum(summed) & 0xFF if check == "sum8" else reduce(xor, summed, 0)
    return found["check"] == f"{total:02X}"
