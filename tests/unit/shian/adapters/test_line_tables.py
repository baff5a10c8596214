"""Tables by their titles: what is one, what its columns are called, and what sums its rows up."""

import pytest

from firmware_adapters.line.patterns import compile_pattern
from shian.adapters.line_tables import tables_in

PH = ["No   pH    T(C)", "1   7.01   25.1", "2   4.00   24.8", "3   9.18   -0.5"]


def cells(lines: list[str], line: str) -> dict[str, str]:
    """Return the groups of a line by the pattern of the table in `lines`."""
    shape = next(iter(tables_in(lines).shapes.values()))
    found = compile_pattern(shape.pattern).fullmatch(line)
    return found.groupdict("") if found else {}


def test_titles_name_the_columns_of_blanks() -> None:
    table = tables_in(PH)
    shape = table.shapes[PH[1]]
    assert table.headings == (PH[0],)
    assert (shape.label, shape.unit_said, shape.items, shape.units) == ("pH", "pH", (("t", "t"),), (("t", "C"),))
    assert cells(PH, "4   10.01    -12.5") == {"no": "4", "value": "10.01", "value_t": "-12.5"}
    assert cells(PH, "4   high    -12.5") == {}


@pytest.mark.parametrize(
    "titles",
    ["No   pH", "No  Sample  pH  T(C)", "1   7.00   25.0", "No   ND   T(C)", "No   7.01   T(C)"],
)
def test_titles_that_do_not_stand_above_the_cells_are_none(titles: str) -> None:
    assert not tables_in([titles, *PH[1:]]).shapes


def test_a_line_whose_words_come_again_below_is_a_row_and_no_title() -> None:
    assert not tables_in(["Pb  FOUND  mg/kg", "Pb  0.35  mg/kg", "Pb  0.40  mg/kg", "Pb  0.45  mg/kg"]).shapes


@pytest.mark.parametrize(
    "lines",
    [
        ["RESULTS 10:21", "Pb   0.25 mg/kg", "Cd   1.25 mg/kg", "END OF REPORT"] * 2,
        ["SAMPLE TEST RESULTS", "Pb 0.25 mg/kg", "Cd 1.25 mg/kg", "As 2.25 mg/kg"],
        ["FOOD   SAFETY   OFFICE", "Pb 0.25 mg/kg", "Cd 1.25 mg/kg", "As 2.25 mg/kg"],
        ["Food Safety Office", "1 0.25 A", "2 1.25 B", "3 2.25 C"],
    ],
)
def test_words_of_prose_are_no_titles(lines: list[str]) -> None:
    assert not tables_in(lines + [line.replace(".25", ".75") for line in lines]).shapes


def test_what_sums_the_rows_up_is_no_row() -> None:
    table = tables_in([*PH, "Mean 6.73  16.5", "SD   2.10   9.9"])
    assert table.sums == ("Mean 6.73  16.5", "SD   2.10   9.9")
    assert set(table.shapes) == set(PH[1:])


def test_a_second_row_of_titles_has_the_units() -> None:
    lines = ["Sample,NO3,NO2", ",mg/L,(ug/L)", "A1,12.5,0.3", "A2,11.0,0.4", "A3,10.5,0.5"]
    shape = tables_in(lines).shapes["A1,12.5,0.3"]
    assert (shape.label, shape.unit_said, shape.units) == ("NO3", "mg/L", (("no2", "ug/L"),))


def test_a_separator_within_quotes_is_none() -> None:
    lines = ['"No","Name","Pb (mg/kg)"', '"1","Milk, raw","0.35"', '"2","Milk","0.40"', '"3","Rice, white","0.45"']
    assert cells(lines, '"4","Oil, old","1.50"')["value"] == "1.50"


def test_a_cell_has_a_number_with_its_unit_or_a_word() -> None:
    lines = ["ID;Rate;Note", "A1;8.4%;ok", "A2;ND;ok", "A3;51.7%;bad"]
    assert cells(lines, "A4;12.5%;ok") == {"sample_number": "A4", "value": "12.5", "unit": "%", "note": "ok"}
    assert cells(lines, "A4;ND;ok")["value"] == "ND"
    assert cells(lines, "A4;old;ok") == {}


def test_nothing_but_plain_cells_is_left_to_the_columns() -> None:
    assert not tables_in(["ID,NO3 (mg/L),T (C)", "1,12.5,20.1", "2,11.0,20.2", "3,10.5,20.3"]).shapes
