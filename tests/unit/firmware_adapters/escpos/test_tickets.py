"""The readings of the two tickets in the cases that the conformance kit has not."""

import pytest

from firmware_adapters.contract import Reading
from firmware_adapters.escpos import FAMILY
from tests.contract.adapter_kit import decode, readings_of, rejected_of
from wire.terms import Role, Verdict

TITLE = b"\x1b@\x1d!\x11" + "甲醛\n".encode("gb18030") + b"\x1d!\x00"
END = "审核人员：____\n".encode("gb18030")


def dy(*lines: str) -> list[Reading]:
    stream = TITLE + "".join(line + "\n" for line in lines).encode("gb18030") + END
    return readings_of(decode(FAMILY.decoder(FAMILY.profile("dy-3500-ticket"), passive=True), [stream]))


@pytest.mark.parametrize(
    ("row", "value", "unit", "verdict"),
    [
        ("00001\x02鱼\x020\x02阴性", 0.0, "mg/kg", Verdict.PASS),
        ("00001\x02鱼\x0212.3 %\x02不合格", 12.3, "%", Verdict.FAIL),
        ("00001\x02鱼\x02阴性\x02合格", None, "mg/kg", Verdict.PASS),
        ("00001\x02鱼\x02无效\x02", None, "mg/kg", Verdict.INVALID),
        ("00001\x02鱼\x02-.---\x02合格", None, "mg/kg", Verdict.INVALID),
        ("00001\x02鱼\x02<0.5\x02合格", None, "mg/kg", Verdict.PASS),
        ("00001\x02鱼\x02\x02阳性", None, "mg/kg", Verdict.FAIL),
        ("00001\t鱼\t3.5μg/kg\t可疑", 3.5, "μg/kg", Verdict.SUSPECT),
    ],
)
def test_a_row(row: str, value: float | None, unit: str, verdict: Verdict) -> None:
    (reading,) = dy(row)
    assert (reading.value, reading.unit, reading.verdict) == (value, unit, verdict)
    assert (reading.item, reading.commodity, reading.sample_number) == ("formaldehyde", "鱼", "00001")


@pytest.mark.parametrize("row", ["00001\x02\x02\x02", "00001\x02 \x02 \x02 ", "00001\x02鱼\x02\x02"])
def test_an_unused_well_makes_no_result(row: str) -> None:
    assert dy(row) == []


def test_a_control_and_a_blank_are_no_samples() -> None:
    readings = dy("00001\x02对照\x020.1\x02合格", "00002\x02空白\x020.0\x02合格", "00003\x02鱼\x020.0\x02合格")
    assert [reading.role for reading in readings] == [Role.CONTROL, Role.BLANK, Role.SAMPLE]


def test_a_ticket_without_its_title_makes_no_result_and_says_so() -> None:
    stream = "检测设备：DY-3500\n00001\x02鱼\x025\x02合格\n".encode("gb18030") + END
    outputs = decode(FAMILY.decoder(FAMILY.profile("dy-3500-ticket"), passive=True), [stream])
    assert readings_of(outputs) == []
    assert [output.reason for output in rejected_of(outputs)] == ["record"] * 3


def test_the_unit_of_the_ticket_holds_for_its_rows_unless_they_have_their_own() -> None:
    first, second = dy("单位：ug/kg", "00001\x02鱼\x025\x02合格", "00002\x02虾\x025mg/kg\x02合格")
    assert (first.unit, second.unit) == ("ug/kg", "mg/kg")


def test_silence_ends_a_ticket_that_has_no_end() -> None:
    decoder = FAMILY.decoder(FAMILY.profile("dy-3500-ticket"))
    decoder.start(0.0)
    assert readings_of(decoder.receive(TITLE + "00001\x02鱼\x025\x02合格\n".encode("gb18030"), 1.0)) == []
    assert decoder.deadline == 6.0
    (reading,) = readings_of(decoder.tick(6.0))
    assert (reading.value, reading.flags) == (5.0, ("block_incomplete",))


def ttj(*rows: str, head: str = "信息 01/01  甲醛  2012-07-02 16:53:19") -> list[Reading]:
    stream = "".join(f"{line}\n" for line in (head, "    吸光度    浓度（mg/kg）", *rows)).encode("gb18030")
    outputs = decode(FAMILY.decoder(FAMILY.profile("ttj-ticket"), passive=True), [stream])
    assert rejected_of(outputs) == []
    return readings_of(outputs)


def test_wells_of_the_ttj() -> None:
    readings = ttj("1  0.000  0.0", "2", "3      ", "4  0.914  37.0  超标", "5  0.1  NA", "8")
    assert [(reading.channel, reading.value, reading.verdict) for reading in readings] == [
        (1, 0.0, None),
        (4, 37.0, Verdict.FAIL),
        (5, None, Verdict.INVALID),
    ]
    assert readings[1].extra == {"page": "01/01", "absorbance": "0.914"}


def test_a_well_that_could_not_be_read_is_an_invalid_result() -> None:
    readings = ttj("1  -.---  -.---", "2  -.---  --  超标", "3  无效", "4  NA", "8")
    assert [(reading.channel, reading.value, reading.verdict) for reading in readings] == [
        (channel, None, Verdict.INVALID) for channel in (1, 2, 3, 4)
    ]


def test_a_page_with_every_well_unused_makes_no_result() -> None:
    assert ttj(*map(str, range(1, 9))) == []


def test_a_well_with_one_number_is_not_guessed() -> None:
    stream = "信息 01/01  甲醛  2012-07-02 16:53:19\n1  0.123\n".encode("gb18030")
    outputs = decode(FAMILY.decoder(FAMILY.profile("ttj-ticket"), passive=True), [stream])
    assert [output.reason for output in rejected_of(outputs)] == ["record"]
    assert readings_of(outputs) == []
