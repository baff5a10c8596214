"""The generic profile on numbers as scales write them: a certain number is a value, the rest stays a text."""

import pytest

from firmware_adapters.contract import Reading
from firmware_adapters.line import FAMILY
from wire.terms import Verdict


def read(line: str) -> Reading:
    decoder = FAMILY.decoder(FAMILY.profile("generic"), passive=True)
    outputs = [*decoder.start(0.0), *decoder.receive(line.encode("ascii") + b"\r\n", 0.0), *decoder.stop(1.0)]
    (reading,) = [output for output in outputs if isinstance(output, Reading)]
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
        ("   0.360 kg    G", 0.36, "kg"),
        ("-  1.640 kg    N", -1.64, "kg"),
        ("     N       0.3749 g   ", 0.3749, "g"),
        ("ST,GS    20.7g  ", 20.7, "g"),
        ("ST,NT-    3.1g  ", -3.1, "g"),
        ("  1,94 kg NET", 1.94, "kg"),
        ("\x02+  1.234 kg\x03", 1.234, "kg"),
        ("0", 0.0, ""),
        ("+1.25E-01", 0.125, ""),
        ("1.5e+2 uS", 150.0, "uS"),
        ("000123 g", 123.0, "g"),
    ],
)
def test_a_value(line: str, value: float, unit: str) -> None:
    reading = read(line)
    assert (reading.item, reading.value, reading.unit) == ("value", value, unit)


@pytest.mark.parametrize(
    ("line", "item", "value", "unit"),
    [
        ("GROSS WEIGHT    1138.0", "GROSS WEIGHT", 1138.0, ""),
        ("SET P1(W)       0.0", "SET P1(W)", 0.0, ""),
        ("A    366.0", "A", 366.0, ""),
        ("Temperature: -24.7 degC", "Temperature", -24.7, "degC"),
        ("pH = 4,57", "pH", 4.57, ""),
    ],
)
def test_a_label_is_the_item(line: str, item: str, value: float, unit: str) -> None:
    reading = read(line)
    assert (reading.item, reading.value, reading.unit) == (item, value, unit)


@pytest.mark.parametrize(
    "line", ["   0.360 kg   ?G", "SCALE NO 1", "Date: 2023-11-07", "Time: 06:28AM", "^KJIK000", "0123456"]
)
def test_what_is_unstable_or_no_number_is_text(line: str) -> None:
    reading = read(line)
    assert (reading.item, reading.value, reading.value_text) == ("text", None, line)


@pytest.mark.parametrize("line", ["---.--- g", "-.--- kg", "-- g", "--,-- %"])
def test_dashes_for_digits_are_an_invalid_result(line: str) -> None:
    reading = read(line)
    assert (reading.item, reading.value, reading.verdict) == ("value", None, Verdict.INVALID)
    assert reading.flags == ("not_available",)


@pytest.mark.parametrize("line", ["1,234 g", "12,345", "1,2,3", "US,GS,+ 1.234kg", "--------", "12.5.1 g"])
def test_what_could_be_two_things_is_no_number(line: str) -> None:
    reading = read(line)
    assert (reading.item, reading.value, reading.verdict) == ("text", None, None)


@pytest.mark.parametrize(
    "line",
    [
        "2026/01/05",
        "2026-01-05",
        "10:20:30",
        "05.01.2026",
        "05.01.26",
        "20260105",
        "20260105102030",
        "Date: 2026/01/05",
    ],
)
def test_a_date_is_never_a_value(line: str) -> None:
    reading = read(line)
    assert (reading.item, reading.value, reading.unit) == ("text", None, "")


@pytest.mark.parametrize(
    "unit",
    [
        *("mg/kg", "ug/kg", "mg/L", "mg/100g", "g/100g", "mmol/L", "IU/L", "mS/cm", "CFU/mL", "%", "%RH", "MG/KG"),
        *("g/100 g", "pH", "/HPF"),
    ],
)
def test_a_unit_is_read_whole(unit: str) -> None:
    assert read(f"1.20 {unit}").unit == unit
    assert read(f"NO2: 1.20 {unit}").unit == unit
