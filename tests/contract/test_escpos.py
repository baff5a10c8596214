# ruff: noqa: DTZ001 - the clock of a device has no zone
"""The conformance kit on the two tickets, written out by hand from their published layouts, and the two captures."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from firmware_adapters.contract import Output, Reading, Specimen
from firmware_adapters.escpos import FAMILY
from firmware_adapters.profile import Profile
from tests.contract.adapter_kit import Expected, Vector, decode, readings_of, rejected_of
from tests.contract.one_way_kit import OneWayKit
from wire.terms import Verdict

ZEROS = bytes(1500)
QUIET = bytes((0x01, 0x03, 0x04, 0x07, 0x0E, 0x0F, 0x11, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x1E, 0x1F))
START = b"\x1b@\x1c&\x1b9\x00"
DASHES = b"-" * 32 + b"\n"


def gb(text: str) -> bytes:
    return text.encode("gb18030")


def title(text: str) -> bytes:
    return b"\x1d!\x11" + gb(text) + b"\n\x1d!\x00"


TAIL = DASHES + gb("对照值：△A=0.812   Abs\n检测人员：李四\n审核人员：____\n")
QR = b"\x1dZ\x02\x1bZ\x03L\x06\x0a\x00\x1b@\n\x0200001\xb0"
DY = (
    START
    + title("农药残留")
    + gb("检测设备：DY-3500\n检测类别：蔬菜\n检测日期：2026-03-05 09:41:07\n单位：%\n被检单位：\n生产单位：\n")
    + gb("编号 样品名称 检测结果 判定结果\n")
    + DASHES
    + gb("00001\x02小白菜\x0212.3\x02合格\n00002\x02韭菜\x020.0\x02合格\n00003\x02 \x02 \x02 \n")
    + gb("00004\x02芹菜\x0256.1\x02不合格\n00005\x02番茄\x02NA\x02\n00006\x02辣椒\x02\x02可疑\n")
    + TAIL
    + QR
    + b"\x1bd\x03\x1dV\x00"
)
DY_READINGS = (
    Expected(
        "pesticide_inhibition",
        12.3,
        "12.3",
        (
            ("item_name", "农药残留（抑制率）"),
            ("unit", "%"),
            ("sample_number", "00001"),
            ("commodity", "小白菜"),
            ("verdict", Verdict.PASS),
            ("operator", "李四"),
            ("measured_at", datetime(2026, 3, 5, 9, 41, 7)),
            ("flags", ()),
            ("extra", {"device": "DY-3500", "category": "蔬菜", "control_absorbance": "0.812"}),
        ),
    ),
    Expected("pesticide_inhibition", 0.0, "0.0", (("commodity", "韭菜"), ("verdict", Verdict.PASS))),
    Expected("pesticide_inhibition", 56.1, "56.1", (("commodity", "芹菜"), ("verdict", Verdict.FAIL))),
    Expected("pesticide_inhibition", None, "NA", (("verdict", Verdict.INVALID), ("flags", ("not_available",)))),
    Expected("pesticide_inhibition", None, "", (("verdict", Verdict.SUSPECT), ("flags", ("no_value",)))),
)
# The half-width colon of the maker's code, CR LF, no cut: the ticket ends with its own last line.
DY_FORMALDEHYDE = (
    title("甲醛")
    + gb("检测设备:DY-3000\r\n检测日期:2026/03/05 10:00\r\n编号 样品名称 检测结果 判定结果\r\n")
    + gb("00007\x02鱿鱼\x0243.5mg/kg\x02超标\r\n审核人员:____\r\n")
)
DY_FORMALDEHYDE_READING = Expected(
    "formaldehyde", 43.5, "43.5", (("unit", "mg/kg"), ("verdict", Verdict.FAIL), ("sample_number", "00007"))
)

TTJ = b"\x1b@" + gb(
    "信息 01/02  甲醛  2012-07-02 16:53:19\r\n    吸光度    浓度（mg/kg）\r\n"
    "1   0.596     34.8\r\n2\r\n3   0.000     0.00\r\n4\r\n5   0.031     -.---\r\n6\r\n7\r\n8   1.916     14378\r\n"
)
TTJ_READINGS = (
    Expected(
        "formaldehyde",
        34.8,
        "34.8",
        (
            ("unit", "mg/kg"),
            ("channel", 1),
            ("measured_at", datetime(2012, 7, 2, 16, 53, 19)),
            ("extra", {"page": "01/02", "absorbance": "0.596"}),
        ),
    ),
    Expected("formaldehyde", 0.0, "0.00", (("channel", 3),)),
    Expected("formaldehyde", None, "-.---", (("channel", 5), ("verdict", Verdict.INVALID))),
    Expected("formaldehyde", 14378.0, "14378", (("channel", 8), ("flags", ()))),
)


class TicketKit(OneWayKit):
    family = FAMILY
    quiet = QUIET

    def is_same(self, known: Reading, reading: Reading) -> bool:
        """Compare the row alone: other lines of the ticket, the item among them, may be hit where the row is not."""
        return (reading.value, reading.value_text, reading.sample_number, reading.channel) == (
            known.value,
            known.value_text,
            known.sample_number,
            known.channel,
        )

    def test_a_damaged_byte_makes_no_wrong_result(self) -> None:
        """Check the tickets that the damage did not hit: those are the same to the last field, or lost to a command
        that swallowed their beginning."""
        for number, vector in enumerate(self.vectors):
            second = len(vector.stream)
            twice = vector.stream * 2
            clean = [reading for reading in readings_of(self._decode(vector, twice)) if reading.offset >= second]
            random = Random(number)
            for _ in range(min(200, second)):
                at = random.randrange(second)
                damaged = twice[at] ^ (1 << random.randrange(8))
                stream = twice[:at] + bytes((damaged,)) + twice[at + 1 :]
                outputs = self._decode(vector, stream)
                self._check_ranges(stream, outputs)
                behind: list[Output] = [reading for reading in readings_of(outputs) if reading.offset >= second]
                self._check_nothing_invented(list(clean), behind)


class TestDyTicket(TicketKit):
    simulated_profile = "dy-3500-ticket"
    vectors = (
        Vector(
            "a cable was plugged in", ZEROS + DY_FORMALDEHYDE, (DY_FORMALDEHYDE_READING,), 7, profile="dy-3500-ticket"
        ),
        Vector("a ticket", DY, DY_READINGS, 21, profile="dy-3500-ticket"),
        Vector(
            "two tickets", DY + DY_FORMALDEHYDE, (*DY_READINGS, DY_FORMALDEHYDE_READING), 28, profile="dy-3500-ticket"
        ),
        Vector(
            "cut off and begun again",
            DY[: DY.index(b"00004")] + b"\x1dV\x00" + DY,
            (*(replace(reading, has=(("flags", ("block_incomplete",)),)) for reading in DY_READINGS[:2]), *DY_READINGS),
            35,
            profile="dy-3500-ticket",
        ),
    )
    specimens = tuple(
        Specimen(f"{number:05}", food, item, value, datetime(2026, 3, 5, 9, number, 7), verdict)
        for number, (food, item, value, verdict) in enumerate(
            (
                ("小白菜", "pesticide_inhibition", 12.3, Verdict.PASS),
                ("韭菜", "pesticide_inhibition", 0.0, Verdict.PASS),
                ("芹菜", "pesticide_inhibition", 71.25, Verdict.FAIL),
                ("鱿鱼", "formaldehyde", 43.5, Verdict.SUSPECT),
            ),
            1,
        )
    )


class TestTtjTicket(TicketKit):
    simulated_profile = "ttj-ticket"
    vectors = (
        Vector("a cable was plugged in", ZEROS + TTJ, TTJ_READINGS, 12, profile="ttj-ticket"),
        Vector("two pages", TTJ * 2, TTJ_READINGS * 2, 23, profile="ttj-ticket"),
    )
    specimens = tuple(
        Specimen(str(well), "", "nitrite", value, datetime(2026, 3, 5, 9, well, 7))
        for well, value in ((1, 0.0), (8, 2.5))
    )

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        return (
            reading.channel == int(specimen.number)
            and reading.item == specimen.item
            and reading.value == specimen.value
            and reading.measured_at == specimen.measured_at
        )


def texts(stream: bytes, profile: str | None = None) -> list[str]:
    outputs = decode(FAMILY.decoder(FAMILY.profile(profile), passive=True), [stream])
    assert rejected_of(outputs) == []
    assert all(reading.value is None for reading in readings_of(outputs))
    return [reading.value_text.strip() for reading in readings_of(outputs)]


def test_the_receipt_is_read_without_its_picture(shared_captures: Path) -> None:
    stream = (shared_captures / "escpos" / "receipt-with-logo.bin").read_bytes()
    assert [" ".join(text.split()) for text in texts(stream)] == [
        "ExampleMart Ltd.",
        "Shop No. 42.",
        "SALES INVOICE",
        "$",
        "Example item #1 4.00",
        "Another thing 3.50",
        "Something else 1.00",
        "A final item 4.45",
        "Subtotal 12.95",
        "A local tax 1.30",
        "Total $ 14.25",
        "Thank you for shopping at ExampleMart",
        "For trading hours, please visit example.com",
        "Monday 6th of April 2015 02:56:25 PM",
    ]


def test_the_amounts_of_the_receipt(shared_captures: Path) -> None:
    stream = (shared_captures / "escpos" / "receipt-with-logo.bin").read_bytes()
    outputs = decode(FAMILY.decoder(FAMILY.profile("receipt"), passive=True), [stream])
    assert [(reading.item, reading.value) for reading in readings_of(outputs)] == [
        ("Example item #1", 4.0),
        ("Another thing", 3.5),
        ("Something else", 1.0),
        ("A final item", 4.45),
        ("Subtotal", 12.95),
        ("A local tax", 1.3),
        ("Total", 14.25),
    ]


def test_the_gbk_vector(shared_captures: Path) -> None:
    (row,) = [
        line
        for line in (shared_captures / "escpos" / "gbk_vector.tsv").read_text().splitlines()
        if not line.startswith("#")
    ]
    assert texts(bytes.fromhex(row.split("\t")[0])) == ["示例文本打印机!"]


@pytest.mark.parametrize("cut", range(1, 24))
def test_the_gbk_text_of_escpos_php_in_any_pieces(cut: int) -> None:
    """Decode the text of mike42/escpos-php, test testTextChinese (MIT)."""
    stream = bytes.fromhex("1b 40 1c 26 ca be c0 fd ce c4 b1 be b4 f2 d3 a1 bb fa 21 0a 1c 2e")
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [stream[:cut], stream[cut:]])
    assert [reading.value_text for reading in readings_of(outputs)] == ["示例文本打印机!"]


def test_a_printer_without_fs_prints_gbk_where_the_profile_says_so() -> None:
    profile = FAMILY.profile().model_copy(update={"charset": "gbk"})
    stream = bytes.fromhex("1b 40 ca be c0 fd ce c4 b1 be b4 f2 d3 a1 bb fa 21 0a")
    outputs = decode(FAMILY.decoder(profile, passive=True), [stream])
    assert [reading.value_text for reading in readings_of(outputs)] == ["示例文本打印机!"]
