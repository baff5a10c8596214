"""The generic profile on numbers as scales write them: what is certain is a value, the rest stays a text."""

import pytest

from firmware_adapters.contract import Reading
from firmware_adapters.line import FAMILY
from wire.terms import Verdict


def read(line: str) -> Reading:
    decoder = FAMILY.decoder(FAMILY.profile("generic"), passive=True)
    outputs = [*decoder.start(0.0), *decoder.receive(line.encode("ascii") + b"\r\n", 0.0), *decoder.stop(1.0)]
    (reading,) = [it for it in outputs if isinstance(it, Reading)]
    return reading


@pytest.mark.parametrize(
    ("line", "value", "unit"),
    [
        ("ST,GS,+ 1.234kg", 1.234, "kg"),
        ("ST,NT,-  0.50 g", -0.5, "g"),
        ("ST,+00123.4  g", 123.4, "g"),
        ("12,5 g", 12.5, "g"),
        ("- 0,125 kg", -0.125, "kg"),
        ("1,2345", 1.2345, ""),
        ("+ 12.5 g", 12.5, "g"),
    ],
)
def test_a_value(line: str, value: float, unit: str) -> None:
    reading = read(line)
    assert (reading.item, reading.value, reading.unit) == ("value", value, unit)


@pytest.mark.parametrize("line", ["---.--- g", "-.--- kg", "-- g", "--,-- %"])
def test_dashes_for_digits_are_an_invalid_result(line: str) -> None:
    reading = read(line)
    assert (reading.item, reading.value, reading.verdict) == ("value", None, Verdict.INVALID)
    assert reading.flags == ("not_available",)


@pytest.mark.parametrize("line", ["1,234 g", "12,345", "1,2,3", "US,GS,+ 1.234kg", "--------", "12.5.1 g"])
def test_what_could_be_two_things_is_no_number(line: str) -> None:
    reading = read(line)
    assert (reading.item, reading.value, reading.verdict) == ("text", None, None)
