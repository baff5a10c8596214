# ruff: noqa: DTZ001 - the clock of a device has no zone
"""The conformance kit on the DY-6260. The golden documents have the five documented keys."""

import json
from datetime import datetime

import pytest

from firmware_adapters.contract import FrameRejected, Output, Reading, Specimen
from firmware_adapters.dy6260 import FAMILY
from firmware_adapters.profile import Profile, ProfileError
from tests.contract.adapter_kit import Expected, Vector, decode, frames_of, readings_of, rejected_of, single_bytes
from tests.contract.unchecked_kit import UncheckedKit
from wire.terms import Verdict

POSITIVE = (
    '{"检测结果":"阳性","检测项目":"克伦特罗","样品编号":"0007","样品名称":"猪肉","检测时间":"2026-03-05 09:41:07"}'
).encode()
NUMBER = (
    '{ "检测结果" : 0.30, "检测项目" : "氯霉素", "样品编号" : 8, "样品名称" : "{\\"[虾]\\\\",'
    ' "检测时间" : "2026/3/5 9:42", "批号" : null, "单位" : "ug/kg" }'
).encode()
INVALID = (
    '{"检测结果":"无效","检测项目":"孔雀石绿","样品编号":"9","样品名称":"草鱼","检测时间":"2026-03-05 09:43:00"}'
).encode()
NESTED = (
    '{"样品编号":"10","样品名称":"牛肉","结果列表":[{"检测项目":"莱克多巴胺","检测结果":"阴性"},'
    '{"检测项目":"沙丁胺醇","检测结果":"<0.5"}],"ok":true}'
).encode()

READ_POSITIVE = Expected(
    "clenbuterol",
    None,
    "阳性",
    (
        ("item_name", "克伦特罗"),
        ("sample_number", "0007"),
        ("commodity", "猪肉"),
        ("verdict", Verdict.FAIL),
        ("measured_at", datetime(2026, 3, 5, 9, 41, 7)),
        ("measured_at_text", "2026-03-05 09:41:07"),
        ("flags", ()),
    ),
)
READ_NUMBER = Expected(
    "chloramphenicol",
    0.3,
    "0.30",
    (
        ("commodity", '{"[虾]\\'),
        ("verdict", None),
        ("unit", "ug/kg"),
        ("measured_at", datetime(2026, 3, 5, 9, 42)),
        ("extra", {"批号": ""}),
    ),
)
READ_INVALID = Expected("malachite_green", None, "无效", (("verdict", Verdict.INVALID), ("flags", ("not_available",))))
READ_BOUND = Expected("salbutamol", None, "<0.5", (("sample_number", "10"), ("flags", ("below_range",))))
READ_NEGATIVE = Expected("ractopamine", None, "阴性", (("commodity", "牛肉"), ("verdict", Verdict.PASS)))


THREE = (READ_POSITIVE, READ_NUMBER, READ_INVALID)
CUT_ARRAY = b"[" + POSITIVE + b"," + INVALID[:60]
NO_UTF_8 = POSITIVE.replace("猪".encode(), b"\xd6\xed")


def _said(reading: Reading) -> tuple[object, ...]:
    return (
        reading.item,
        reading.value_text,
        reading.verdict,
        reading.sample_number,
        reading.commodity,
        reading.measured_at_text,
    )


class TestDy6260(UncheckedKit):
    family = FAMILY
    quiet = bytes(byte for byte in range(256) if chr(byte) not in "{[R \t\n\r\v\f")
    ignorable = b" \t\n\r\v\f"
    vectors = (
        Vector("zeros, then a document", bytes(1500) + POSITIVE, (READ_POSITIVE,), 1),
        Vector("documents one behind the other", POSITIVE + b"\r\n" + NUMBER + INVALID, THREE, 3),
        Vector("an array", b"[" + POSITIVE + b"," + INVALID + b"]", (READ_POSITIVE, READ_INVALID), 1),
        Vector("results of one sample", NESTED, (READ_NEGATIVE, READ_BOUND), 1),
        Vector("results of one sample, cut", NESTED[:-30] + INVALID, (READ_INVALID,), 2, ("record",) * 3),
        Vector("cut short, then whole", POSITIVE[:66] + INVALID, (READ_INVALID,), 1, ("record",)),
        Vector("cut behind a colon, then whole", POSITIVE[:70] + INVALID, (READ_INVALID,), 1, ("truncated",)),
        Vector("an array that was cut", CUT_ARRAY, (READ_POSITIVE,), 1, ("truncated", "truncated")),
        Vector("no UTF-8", NO_UTF_8 + INVALID, (READ_INVALID,), 1, ("record",)),
        Vector("nothing to report", b'[]{"status":"ok"}', (), 2),
    )
    specimens = tuple(
        Specimen(str(place), name, "clenbuterol", 0.0, datetime(2026, 3, 5, 9, place, 7), verdict)
        for place, (name, verdict) in enumerate(
            (
                ("猪肉", Verdict.PASS),
                ("牛肉", Verdict.FAIL),
                ("羊肉", Verdict.SUSPECT),
                ("猪肝", Verdict.INVALID),
            )
        )
    )

    def is_range(self, rejected: FrameRejected) -> bool:
        """Return False for a whole document with a result that makes no sense: it is a frame, and rejected as a
        record."""
        return "result" not in rejected.detail

    def _check_nothing_invented(self, clean: list[Output], outputs: list[Output]) -> None:
        """Allow a result of an array that was cut: it is known, though it came out of other bytes."""
        known = {_said(reading) for reading in readings_of(clean)}
        assert {_said(reading) for reading in readings_of(outputs)} <= known

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        return (
            reading.sample_number == specimen.number
            and reading.commodity == specimen.commodity
            and reading.item == specimen.item
            and reading.value is None
            and reading.measured_at == specimen.measured_at
            and reading.verdict is specimen.verdict
        )


def test_what_the_host_said_is_passed_over() -> None:
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [b"READ" + POSITIVE + b"READ" + INVALID])
    assert len(frames_of(outputs)) == 2
    assert len(outputs) == 4


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,}',
        '{"a" 1}',
        "{'a':1}",
        '{"a":01}',
        '{"a":tru}',
        '{"a":"\\x"}',
        '{"a":1]',
        '{"a":"\x01"}',
        '{"a":nul',
        '["a"]',
    ],
)
def test_what_is_no_json_is_no_document(text: str) -> None:
    assert not frames_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), [text.encode()]))


@pytest.mark.parametrize(
    "value", [0, -1, 1.5e-7, "", '\\ " \u4e2d', True, None, [], [[]], {"x": [{}]}, [1.5, 2], ["T", None]]
)
def test_what_is_json_is_one_document(value: object) -> None:
    document = json.dumps({"a": value, "b": value}).encode()
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [document])
    assert [(frame.offset, frame.length) for frame in frames_of(outputs)] == [(0, len(document))]


def test_a_curve_beside_the_result_costs_nothing() -> None:
    curve = POSITIVE[:-1] + ',"曲线":[12,13.5,-1]}'.encode()
    for chunks in ([curve + INVALID], single_bytes(curve + INVALID)):
        outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), chunks)
        assert [reading.verdict for reading in readings_of(outputs)] == [Verdict.FAIL, Verdict.INVALID]
        assert not rejected_of(outputs)


@pytest.mark.parametrize(
    "document",
    [b'{"a":' * 20, b'{"a":"' + b"x" * 5000, b'{"a":1' + b',"b":2' * 20_000],
)
def test_too_much_of_anything_is_refused(document: bytes) -> None:
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [document])
    assert rejected_of(outputs)[0].reason == "too_long"
    assert not readings_of(outputs)


def test_a_profile_in_another_charset_is_refused() -> None:
    profile = FAMILY.profile().model_copy(update={"charset": "gb18030"})
    with pytest.raises(ProfileError, match="UTF-8"):
        FAMILY.decoder(profile)


@pytest.mark.parametrize("space", ["\f", "\v"])
def test_white_space_that_json_does_not_know_breaks_a_document(space: str) -> None:
    """Reproduce a find of fuzzing: the frame was taken for whole, and reading it raised."""
    for stream in (f'{{"检测结果":{space}"阴性"}}', f'{{"检测结果":{space}1{space}}}', f'{{"a":1{space}}}'):
        outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [stream.encode()])
        assert not readings_of(outputs)
        assert [rejection.reason for rejection in rejected_of(outputs)] == ["record"]
