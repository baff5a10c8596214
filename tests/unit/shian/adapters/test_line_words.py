"""Lines that differ in words alone are one kind of line, but where a word tells what was measured."""

import re

import pytest

from shian.adapters.line_kinds import Kinds


def kinds_of(*lines: str) -> int:
    kinds = Kinds(lines)
    return len({shape.pattern for line in lines if (shape := kinds(line))})


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        (("001 菠菜 抑制率 8.4%", "002 黄瓜 抑制率 9.1%", "003 菠菜 抑制率 7.0%", "004 黄瓜 抑制率 6.5%"), 1),
        (("1,apple,8.50 mg/kg,OK", "2,pear,12.60 mg/kg,NG", "3,apple,8.10 mg/kg,OK"), 1),
        (("RLU 12 PASS", "RLU 300 FAIL"), 2),  # a word behind a number without a unit may be its unit
        (("Pb 0.35 mg/kg", "Cd 0.10 mg/kg"), 2),
        (("Free acid 1.25 %", "Total acid 3.25 %", "Free acid 1.50 %", "Total acid 3.00 %"), 2),
        (("   1.25 kg  G", "   1.25 kg  N"), 2),
        (("ST,GS,+1.25 kg", "ST,NT,+1.25 kg"), 2),
        (("CH1 OL m/s", "CH1 1.25 m/s"), 1),
        (("T1: 4.0C T2: --.-C", "T1: 4.1C T2: 5.0C"), 1),
    ],
)
def test_a_text_is_a_group_and_a_label_is_none(lines: tuple[str, ...], count: int) -> None:
    assert kinds_of(*lines) == count


def test_a_heading_names_the_texts_and_the_unit_of_the_lines_below() -> None:
    kinds = Kinds(["通道,样品名称,抑制率%,判定", "1,菠菜,8.5,合格", "2,黄瓜,51.8,不合格"])
    shape = kinds("2,黄瓜,51.8,不合格")
    assert shape is not None
    assert "(?P<commodity>" in shape.pattern
    assert shape.unit_before == "%"


@pytest.mark.parametrize(
    ("line", "value", "unit"),
    [
        ("SITE 04;LOW 10;HIGH 30;RLU 1034", "1034", "RLU"),
        ("pH  4.01  ATC 25.0C", "4.01", "pH"),
        ("68.0F (20.0C)", "68.0", ""),
        ("Protein......12.5 %", "12.5", ""),
        ("Board,12 RLU", "12", ""),
    ],
)
def test_the_value_and_a_unit_before_it(line: str, value: str, unit: str) -> None:
    shape = Kinds([line])(line)
    assert shape is not None
    found = re.fullmatch(shape.pattern, line)
    assert found is not None
    assert (found["value"].strip(), shape.unit_before) == (value, unit)
