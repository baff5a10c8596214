"""One table of units: spellings, conversion, and a pattern that never cuts a unit."""

import re
from itertools import product

import pytest

from wire.units import atoms, code_of, converted, may_compare, pattern, unit_of

OF_THE_TRADE = (
    *("mg/kg", "ug/kg", "µg/kg", "μg/kg", "mg/L", "mg/100g", "g/100g", "mmol/L", "IU/L", "mS/cm", "µS/cm", "CFU/mL"),
    *("ng/mL", "MG/KG", "g/100 g", "µg/100g", "cfu/g", "MPN/100mL", "%", "%RH", "°C", "℃", "ppm", "pH", "RLU", "kg"),
    *(
        "mg / kg",
        "mg/ kg",
        "ｍｇ／ｋｇ",
        "mg·kg⁻¹",
        "mg kg-1",
        "mg.kg^-1",
        "㎎/㎏",
        "μS·cm⁻¹",
        "log CFU/g",
        "lg CFU/mL",
    ),
    *(
        "log(CFU/g)",
        "log10 CFU/g",
        "CFU/25g",
        "RLU/100cm2",
        "CFU/cm²",
        "%TPM",
        "‰",
        "meq/kg",
        "mgKOH/g",
        "degF",
        "°Brix",
    ),
    *("mmol·L⁻¹", "dS/m", "mg/m³", "g/100 mL", "NTU", "PSU"),
)


@pytest.mark.parametrize("unit", OF_THE_TRADE)
@pytest.mark.parametrize("behind", ["", " G", "\r", "  ", ",OK"])
def test_a_unit_is_found_whole(unit: str, behind: str) -> None:
    found = re.match(pattern(), unit + behind)
    assert found is not None
    assert found[0] == unit
    assert unit_of(unit) is not None


@pytest.mark.parametrize(
    ("written", "code"),
    [
        *(("µg/kg", "ug/kg"), ("μg/kg", "ug/kg"), ("ug/kg", "ug/kg"), ("mcg/kg", "ug/kg"), ("mg／kg", "mg/kg")),
        *(("MG/KG", "mg/kg"), ("mg/l", "mg/L"), ("g/100 g", "g/100g"), ("℃", "degC"), ("°C", "degC"), ("％", "%")),
        *(
            ("mg / kg", "mg/kg"),
            ("ｍｇ／ｋｇ", "mg/kg"),
            ("mg·kg⁻¹", "mg/kg"),
            ("mg kg-1", "mg/kg"),
            ("㎎/㎏", "mg/kg"),
        ),
        *(("mg.kg^-1", "mg/kg"), ("μg·L⁻¹", "ug/L"), ("log10 CFU/g", "log CFU/g"), ("lg(CFU/g)", "log CFU/g")),
        *(("CFU/cm²", "CFU/cm2"), ("% TPM", "%TPM"), ("1/s", "1/s"), ("m-1", "m-1"), ("kg-1", "kg-1")),
        *(("cfu/ml", "CFU/mL"), ("furlong", "furlong"), ("", "")),
    ],
)
def test_however_a_unit_is_written_it_has_one_code(written: str, code: str) -> None:
    assert code_of(written) == code


@pytest.mark.parametrize(
    ("value", "unit", "into", "right"),
    [
        *((4100.0, "ug/kg", "mg/kg", 4.1), (4100.0, "µg/kg", "mg/kg", 4.1), (0.3, "g/100g", "mg/kg", 3000.0)),
        *((0.1, "mg/100g", "mg/kg", 1.0), (1.0, "ng/mL", "ug/L", 1.0), (1.0, "mg/dL", "mg/L", 10.0)),
        *((1.4, "mS/cm", "uS/cm", 1400.0), (212.0, "degF", "degC", 100.0), (20.0, "CFU/mL", "CFU/100mL", 2000.0)),
        *(
            (0.5, "mg·kg⁻¹", "ug/kg", 500.0),
            (24.5, "%TPM", "%", 24.5),
            (35.0, "‰", "%", 3.5),
            (2.0, "CFU/25g", "CFU/100g", 8.0),
        ),
        *((7.0, "furlong", "furlong", 7.0), (5.0, "mg/kg", "mg/kg", 5.0), (1.0, "mL", "L", 0.001)),
    ],
)
def test_a_conversion_is_exact(value: float, unit: str, into: str, right: float) -> None:
    assert converted(value, unit, into) == right


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("mg/kg", "mg/L"), ("%", "g/100g"), ("ppm", "mg/kg"), ("mg", "mg/kg"), ("", "mg/kg"), ("IU/L", "U/L")),
        *(
            ("furlong", "mg/kg"),
            ("CFU/g", "CFU/mL"),
            ("log CFU/g", "CFU/g"),
            ("RLU/cm2", "RLU"),
            ("CFU/mL", "MPN/mL"),
            ("pH", "%"),
        ),
    ],
)
def test_what_cannot_be_compared(one: str, other: str) -> None:
    assert converted(1.0, one, other) is None
    assert not may_compare(other, one)


def test_there_and_back_again() -> None:
    for one, other in product({atom.code for atom in atoms().values()}, repeat=2):
        there = converted(12.5, one, other)
        assert there is None or converted(there, other, one) == pytest.approx(12.5)


def test_a_letter_alone_is_a_temperature_and_in_a_ratio_it_is_none() -> None:
    assert (code_of("C"), code_of("F"), code_of("`C")) == ("degC", "degF", "degC")
    assert unit_of("T/C") is None
    assert re.fullmatch(pattern(), "T/C") is None
    assert code_of("kg/hL") == "kg/hL"
