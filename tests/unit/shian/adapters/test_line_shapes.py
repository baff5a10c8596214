"""Patterns from lines: a value keeps its sign, half a number is none, and a cut line proposes nothing."""

import re

import pytest

from firmware_adapters.line.patterns import compile_pattern
from shian.adapters.line_columns import columns_of
from shian.adapters.line_shapes import lines_of, shape_of, shapes_of


def value_in(sample: str, line: str) -> str | None:
    """Read `line` by the pattern made of `sample`, and return the value."""
    shape = shape_of(sample)
    assert shape is not None
    found = re.fullmatch(shape.pattern, line)
    return found["value"].replace(" ", "") if found else None


@pytest.mark.parametrize(
    ("sample", "line", "value"),
    [
        ("-  1.640 kg    N", "-  1.640 kg    N", "-1.640"),
        ("-  1.640 kg    N", "   0.360 kg    N", "0.360"),
        ("   0.360 kg    G", "- 12.360 kg    G", "-12.360"),
        ("ST,NT-    3.1g  ", "ST,NT-    3.1g  ", "-3.1"),
        ("ST,GS    20.7g  ", "ST,GS 10020.7g  ", "10020.7"),
        ("+007.12/3 G S", "-008.12/0 G S", "-008.12"),
        ("T= 24.7 C", "T=-24.7 C", "-24.7"),
        ("range 1 - 5 g", "range 1 - 5 g", "5"),
        ("12,5 g", "0,125 g", "0,125"),
        ("W12.5g T1.5", "W0.5g T9.5", "0.5"),
        ("TPM12.5% OK", "TPM9.0% OK", "9.0"),
        ("含量为0.35mg/kg，合格", "含量为12.5mg/kg，合格", "12.5"),
        ("Cow 0001  SCC: 254", "Cow 0002  SCC: 1250", "1250"),
        ("+1.25E-01", "-3.5e+02", "-3.5e+02"),
        ("1.5 EUR", "2.5 EUR", "2.5"),
        ("GROSS WEIGHT    1138.0", "GROSS WEIGHT      21.5", "21.5"),
    ],
)
def test_the_value_is_read_with_its_sign(sample: str, line: str, value: str) -> None:
    assert value_in(sample, line) == value


@pytest.mark.parametrize(
    ("sample", "further"),
    [
        ("251.3 g -1.1 g", ["-1.1"]),
        ("251.3 g  +1.1 g", ["+1.1"]),
        ("25.1 C (2.0-8.0 C)", []),
        ("25.1 C, 2.0 C - 8.0 C", []),
        ("5.1 mg/L  58.3 %T", ["58.3"]),
        ("NO3: 12.5 mg/L  Abs2: 0.115", ["0.115"]),
        ("12.5 mg/L  Factor: 1.052", []),
        ("F3.45 S8.61 P3.15", ["8.61", "3.15"]),
    ],
)
def test_further_values_have_their_signs_and_a_range_is_none(sample: str, further: list[str]) -> None:
    shape = shape_of(sample)
    assert shape is not None
    found = re.fullmatch(shape.pattern, sample)
    assert found is not None
    assert [text.strip() for name, text in found.groupdict().items() if name.startswith("value_")] == further


@pytest.mark.parametrize(
    "line",
    ["0.35 g - 25.1 g", "000120260305112133000012P", "0002202603051221330001529F", "MA35 OK"],
)
def test_what_may_be_several_things_proposes_nothing(line: str) -> None:
    assert shape_of(line) is None


@pytest.mark.parametrize(
    ("sample", "line"),
    [
        ("   0.360 kg    G", "60 kg    G"),
        ("   0.360 kg    G", ".360 kg    G"),
        ("   0.360 kg    G", "0.360 kg    G"),
        ("4.57pH 24.7 C", "57pH 24.7 C"),
        ("12.5 g", "12 g"),
    ],
)
def test_half_a_line_is_no_value(sample: str, line: str) -> None:
    assert value_in(sample, line) is None


@pytest.mark.parametrize(
    "line", ["^KJIK000", "1,234 g", "V12.5.1", "2023-11-07", "20. 02. 2023", "ABC-123", "0123456", "no number"]
)
def test_what_is_no_number_proposes_nothing(line: str) -> None:
    assert shape_of(line) is None


def test_the_rest_of_a_line_at_the_beginning_is_no_kind() -> None:
    lines = lines_of(b".360 kg    G\r\n" + b"   0.360 kg    G\r\n" * 6 + b"   0.2")
    assert [shape.lines for shape in shapes_of(lines_as_text(lines))] == [5]
    lines = lines_of(b"\x00\x7f\x7f     0.0 kg\r\n" + b"     0.0 kg\r\n" * 5)
    assert len(shapes_of(lines_as_text(lines))) == 1


def lines_as_text(lines: list[bytes]) -> list[str]:
    return [line.decode("ascii") for line in lines]


@pytest.mark.parametrize(
    ("line", "item"),
    [
        ("GROSS WEIGHT    1138.0", "gross_weight"),
        ("SET P1(W)       0.0", "set_p1_w"),
        ("pH: 7.01", "ph"),
        ("ST,GS    20.7g", ""),
        ("     N       0.3749 g", ""),
        ("0     23.0", ""),
        ("S D     129.07 g", ""),
    ],
)
def test_the_label_names_the_item(line: str, item: str) -> None:
    shape = shape_of(line)
    assert shape is not None
    assert shape.item == item


def test_a_decimal_comma_does_not_cut_columns() -> None:
    columns = columns_of(["2023-11-07;17:19:26;24,7;55,1", "2023-11-07;17:19:36;-0,8;55,0"])
    assert columns is not None
    assert (columns.separator, columns.names, columns.has_comma) == (
        ";",
        ("date", "time", "value", "column_4"),
        True,
    )


@pytest.mark.parametrize(
    "unit",
    [
        "mg/kg",
        "ug/kg",
        "µg/kg",
        "μg/kg",
        "mg/L",
        "mg/100g",
        "g/100g",
        "mmol/L",
        "IU/L",
        "mS/cm",
        "CFU/mL",
        "MG/KG",
        "%RH",
    ],
)
def test_a_unit_is_never_cut(unit: str) -> None:
    shape = shape_of(f"NO2  1.20 {unit}")
    assert shape is not None
    found = re.fullmatch(shape.pattern, f"NO2  1.20 {unit}")
    assert found is not None
    assert (found["value"], found["unit"]) == ("1.20", unit)


def test_a_unit_that_nobody_knows_is_not_cut_either() -> None:
    shape = shape_of("NO2  1.20 mg/furlong")
    assert shape is not None
    assert shape.unit == ""


@pytest.mark.parametrize(
    "line",
    [
        "NO2  1.00 mg/L             ",
        "NO2" + " " * 40 + "1.00" + " " * 30 + "mg/L",
        "A" + " " * 13 + "B 1.00 g",
        "total 1234567890123456 g",
        "abs 0.1234567891234 Abs",
        "2026-01-05 10:20:30   W   1.5 g   ",
        "09.03.26 10:22 MS 001.0 000006.0 g",
        "x\x03 1.5 g \x03",
        " 5 g",
    ],
)
def test_a_pattern_takes_the_line_that_it_was_made_of(line: str) -> None:
    shape = shape_of(line)
    assert shape is not None
    assert compile_pattern(shape.pattern).fullmatch(line)


@pytest.mark.parametrize(
    ("line", "date", "time", "value"),
    [
        ("2026-01-05 10:20:30 W 1.5 g", "2026-01-05", "10:20:30", "1.5"),
        ("W 1.5 g 05/01/2026 10:20", "05/01/2026", "10:20", "1.5"),
        ("05.01.26 nitrite 7", "05.01.26", None, "7"),
        ("5-Jan-2026 1.5 g", "5-Jan-2026", None, "1.5"),
        ("2026年1月5日 1.5 g", "2026年1月5日", None, "1.5"),
        ("20260105102030 1.5 g", "20260105102030", None, "1.5"),
    ],
)
def test_a_date_is_a_field_and_never_the_value(line: str, date: str, time: str | None, value: str) -> None:
    shape = shape_of(line)
    assert shape is not None
    found = re.fullmatch(shape.pattern, line)
    assert found is not None
    groups = found.groupdict()
    assert (groups["date"], groups.get("time"), groups["value"]) == (date, time, value)


@pytest.mark.parametrize("line", ["2023/11/07", "10:20:30", "05.01.26 10:20", "Date: 5-Jan-2026", "20260105"])
def test_a_date_alone_proposes_nothing(line: str) -> None:
    assert shape_of(line) is None


def test_the_same_words_in_every_line_are_no_heading() -> None:
    columns = columns_of(["MSH|a|b|"] * 5)
    assert columns is not None
    assert columns.headings == ()
    assert "value" not in columns.names


def test_the_unit_of_a_number_does_not_name_the_next_one() -> None:
    shape = shape_of("4.57pH 24.7 X")
    assert shape is not None
    assert (shape.unit, shape.items) == ("pH", ())
