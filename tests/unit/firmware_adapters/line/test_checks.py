"""Checksums within a line: over which of its bytes each is."""

import pytest

from firmware_adapters.line.checks import is_sound
from firmware_adapters.line.patterns import compile_pattern


@pytest.mark.parametrize(
    ("check", "line", "is_right"),
    [
        ("sum8", "1.5gFB", True),
        ("xor8", "1.5g4D", True),
        ("nmea", "$DO,5.12,mg/L*7A", True),
        ("nmea", "$DO,5.13,mg/L*7A", False),
        ("xor8", "$DO,5.12,mg/L*7A", False),
    ],
)
def test_a_checksum_is_over_its_own_bytes(check: str, line: str, is_right: bool) -> None:
    found = compile_pattern(r".*(?P<check>[0-9A-F]{2})").fullmatch(line)
    assert found is not None
    assert is_sound(check, found, "ascii") is is_right
