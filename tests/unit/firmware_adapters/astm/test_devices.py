"""Habits of real analyzers beside the standard, as byte strings of our own with the same property."""

from datetime import datetime

import pytest

from firmware_adapters.astm import FAMILY
from firmware_adapters.contract import FrameAccepted
from tests.contract.adapter_kit import decode, single_bytes
from tests.unit.firmware_adapters.astm.framing import (
    END,
    ENQ,
    EOT,
    HEADER,
    ORDER,
    bad_frame,
    frame,
    only_reading,
    passive,
    readings,
    rejected,
    result,
)
from wire.terms import Role, TimeSource

XPERT = FAMILY.profile("genexpert")


def numbered(*records: tuple[int, bytes]) -> bytes:
    return ENQ + b"".join(frame(number, record) for number, record in records) + EOT


def test_frames_that_are_all_numbered_alike_are_no_holes() -> None:
    outputs = passive(numbered(*((1, text) for text in (HEADER, b"P|1\r", ORDER, result(1), result(2), END))))
    assert [(reading.record, reading.sample_number, reading.flags) for reading in readings(outputs)] == [
        ("1", "S1", ("time_of_message",)),
        ("2", "S1", ("time_of_message", "repeated")),
    ]


def test_vendor_records_that_are_numbered_out_of_turn_cost_no_order() -> None:
    # Yumizen H500, firmware 2.2: every long M record is in a frame numbered 1, then the count goes on.
    vendor = [(1, b"M|%d|HISTOGRAM|x\r" % number) for number in (1, 2, 3)]
    stream = numbered((1, HEADER), (2, b"P|1\r"), (3, ORDER), *vendor, (5, b"M|4|REAGENT\r"), (6, result(1)), (7, END))
    outputs = passive(stream)
    (reading,) = readings(outputs)
    assert (reading.sample_number, "sample_unknown" in reading.flags) == ("S1", False)
    assert rejected(outputs) == []


@pytest.mark.parametrize("between", [b"", b"noise that was a frame", bad_frame(4, b"O|2|S2\r")])
def test_a_number_left_out_before_a_result_is_still_a_hole(between: bytes) -> None:
    head = b"".join(frame(number, text) for number, text in ((1, HEADER), (2, b"P|1\r"), (3, ORDER)))
    (reading,) = readings(passive(ENQ + head + between + frame(5, result(1)) + frame(6, END) + EOT))
    assert (reading.sample_number, "sample_unknown" in reading.flags) == ("", True)


def test_after_a_result_out_of_turn_the_next_first_result_has_no_known_order() -> None:
    frames = ((1, HEADER), (2, ORDER), (3, result(1)), (3, b"M|1|x\r"), (7, result(1, b"9")), (0, END))
    first, second = readings(passive(numbered(*frames)))
    assert (first.sample_number, second.sample_number) == ("S1", "")


def test_a_host_that_numbers_the_records_within_one_frame_says_no_result() -> None:
    text = HEADER + b"2P|1||||\r3O|1|1068687||^^^1.0+002+1.0|R\r4L|1|N"
    outputs = passive(ENQ + frame(1, text) + EOT)
    assert [type(output) for output in outputs] == [FrameAccepted]


def test_a_delimiter_that_was_written_twice_is_one() -> None:
    reading = only_reading(b"R|1|^^^^WBC^1|8.1|10*3/uL", header=HEADER.replace(b"|\\^&", b"|\\\\^&"))
    assert (reading.item, reading.value) == ("WBC", 8.1)


@pytest.mark.parametrize(
    ("test", "item", "name"),
    [
        (b"SGOT^Aspartate Aminotransferase^^F", "SGOT", "Aspartate Aminotransferase"),
        (b"HIV^Anti-HIV^2^I", "HIV", "Anti-HIV"),
        (b"SGPT^SGPT^^F", "SGPT", ""),
        (b"15074-8^Glucose^LN^F", "F", "Glucose"),
        (b"6690-2^Leukocytes^LN^WBC", "WBC", "Leukocytes"),
        (b"01^ SG", "01", "SG"),
        (b"^MTB-RIF^^Xpert", "Xpert", "MTB-RIF"),
    ],
)
def test_what_was_tested_has_a_code_and_a_name(test: bytes, item: str, name: str) -> None:
    reading = only_reading(b"R|1|" + test + b"|5")
    assert (reading.item, reading.item_name) == (item, name)


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        (b"mg/dL^P", "mg/dL"),
        (b"10^9/L", "10^9/L"),
        (b"x10^3/uL", "x10^3/uL"),
        (b"^mg/L", "mg/L"),
        (b"10&S&9/L", "10^9/L"),
        (b"10*3/uL", "10*3/uL"),
    ],
)
def test_the_unit_is_what_stands_first_unless_it_is_a_power(written: bytes, unit: str) -> None:
    assert only_reading(b"R|1|^^^X|5|" + written).unit == unit


def test_a_time_where_the_status_stands_is_the_time() -> None:
    reading = only_reading(b"R|1|^^^Glucose|102|mg/dL^P||M0/T1||201402052135", order=b"")
    assert reading.measured_at == datetime.fromisoformat("2014-02-05T21:35:00")
    assert reading.flags == ("M0/T1",)


@pytest.mark.parametrize(("reported", "flag"), [(b"20240203132011", "time_of_order"), (b"", "time_of_message")])
def test_the_report_of_the_order_tells_the_time_of_a_result_that_has_none(reported: bytes, flag: str) -> None:
    order = b"O|1|S||^^^X|R||||||N||||SC|||||||" + reported + b"|||F\r"
    reading = only_reading(b"R|1|^^^X|22.4|U/l||A||F|||||P1", order=order)
    assert reading.measured_at_text == (reported.decode() or "20260101080000")
    assert flag in reading.flags


@pytest.mark.parametrize(
    ("order", "comment", "sample"),
    [
        (b"O|1|11625^CL-24-0370         ^1^^004|R1\r", b"RSUPL^REAL", "CL-24-0370"),
        (b"O|1|0^                     6^1^^006|R1\r", b"RSUPL^BATCH", "6"),
        (b"O|1|PCCC2                 |4051^30064^064\r", b"RSUPL^BATCH", "PCCC2"),
        (b"O|1|44444411^2^10|\r", b"", "44444411"),
    ],
)
def test_roche_counts_the_specimens_before_their_id(order: bytes, comment: bytes, sample: str) -> None:
    header = b"H|\\^&|||c311^1|||||host|" + comment + b"|P|1\r"
    reading = only_reading(b"R|1|^^^685/|5|U/l", order=order, header=header)
    assert reading.sample_number == sample
    assert reading.role is Role.SAMPLE
    assert reading.extra.get("specimen", "") == (order.decode().split("|")[2] if b"^" in order.split(b"|")[2] else "")


def test_the_same_test_in_another_unit_is_no_rerun() -> None:
    text = HEADER + ORDER + b"R|1|^^^PT|13.3|s\rR|2|^^^PT|1.03|INR\rR|3|^^^PT|13.9|s\r" + END
    assert ["repeated" in reading.flags for reading in readings(passive(ENQ + frame(1, text) + EOT))] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("descriptor", "commodity"), [(b"^O", "O"), (b"SERUM", "SERUM"), (b"Blood^Vein", "Blood^Vein")]
)
def test_what_the_specimen_is_has_a_type_or_a_source(descriptor: bytes, commodity: str) -> None:
    order = b"O|1|S||^^^X|R||||||N||||" + descriptor + b"\r"
    assert only_reading(b"R|1|^^^X|5", order=order).commodity == commodity


@pytest.mark.parametrize(
    ("test", "item"),
    [
        (b"^MTB-RIF^^Xpert^Xpert MTB-RIF Ultra^4^MTB^", "Xpert/MTB"),
        (b"^MTB-RIF^^Xpert^^^SPC^Ct", "Xpert/SPC/Ct"),
        (b"^MTB-RIF^^Xpert", "Xpert"),
        (b"^MTB-RIF", "MTB-RIF"),
    ],
)
def test_genexpert_tells_the_results_of_one_test_apart(test: bytes, item: str) -> None:
    reading = only_reading(b"R|1|" + test + b"|^24.7", FAMILY.profile("genexpert"))
    assert (reading.item, reading.value) == (item, 24.7)


# The layout of senaite/senaite.astm, genexpert.txt, with numbers of our own.
XPERT_HEADER = b"H|@^\\|M-1||GX^GeneXpert^6.1|||||LIS||P|1394-97|20211109090000\r"
XPERT_ORDER = b"O|%d|S%d||^^^XPTB|R|20211104080000|||||||||ORH||||||||||F\r"
XPERT_TEST = b"R|%d|^XPTB^^XPTB^Xpert^4^MTB^|DETECTED^|||||F||u|20211104%02d0000|20211104%02d3000\r"
XPERT_ANALYTE = b"R|%d|^XPTB^^XPTB^^^SPC^Ct|^24.7\r"


def test_an_analyte_of_genexpert_has_the_time_of_its_sibling_not_that_of_the_message() -> None:
    text = XPERT_HEADER + b"P|1\r" + XPERT_ORDER % (1, 1) + XPERT_ANALYTE % 1 + XPERT_TEST % (2, 9, 9)
    text += XPERT_ANALYTE % 3 + XPERT_TEST % (4, 11, 11) + XPERT_ANALYTE % 5
    text += XPERT_ORDER % (2, 2) + XPERT_ANALYTE % 1 + b"O|3|S3||^^^XPTB\r" + XPERT_ANALYTE % 1 + END
    stream = ENQ + frame(1, text) + EOT
    for outputs in (passive(stream, XPERT), decode(FAMILY.decoder(XPERT, passive=True), single_bytes(stream))):
        read = [
            (reading.sample_number, reading.measured_at_text, reading.time_source, reading.flags)
            for reading in readings(outputs)
        ]
        assert read == [
            ("S1", "20211104093000", TimeSource.ORDER, ("time_of_sibling",)),
            ("S1", "20211104093000", TimeSource.TEST, ("status:F",)),
            ("S1", "20211104093000", TimeSource.ORDER, ("repeated", "time_of_sibling")),
            ("S1", "20211104113000", TimeSource.TEST, ("status:F", "repeated")),
            ("S1", "20211104113000", TimeSource.ORDER, ("repeated", "time_of_sibling")),
            ("S2", "20211104080000", TimeSource.ORDER, ("time_of_ordering",)),
            ("S3", "20211109090000", TimeSource.MESSAGE, ("time_of_message",)),
        ]


def test_the_report_of_the_order_stands_before_a_sibling() -> None:
    order = b"O|1|S||^^^GLU|R||||||N||||SC|||||||20240203132011|||F\r"
    text = HEADER + order + result(1, rest=b"|||||||20240203120000") + result(2, b"6.0") + END
    first, second = readings(passive(ENQ + frame(1, text) + EOT))
    assert (first.time_source, second.time_source) == (TimeSource.TEST, TimeSource.ORDER)
    assert (second.measured_at_text, "time_of_order" in second.flags) == ("20240203132011", True)


@pytest.mark.parametrize(
    ("order", "sample"),
    [(b"O|7|58^1^11|08766097|GLU^GLU H^^\r", "08766097"), (b"O|7|58^1^11||GLU\r", "58"), (b"O|7|||GLU\r", "")],
)
def test_mindrays_sample_is_its_bar_code(order: bytes, sample: str) -> None:
    record = b"R|281|GLU^GLU H^^F|126.198530^^^^|mg/dL|^|N||F|126.198530^^^^|0|20260704005014||Mindry^"
    reading = only_reading(record, FAMILY.profile("mindray-bs"), order)
    assert (reading.item, reading.value, reading.sample_number) == ("GLU", 126.19853, sample)
