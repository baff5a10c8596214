# ruff: noqa: DTZ001 - the clock of a device has no zone
"""The conformance kit on the TTNJ and TTJ. The golden groups were written out by hand from the layouts of the facts,
with the four pairs of floats that are documented with their answers."""

import re
import struct
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from random import Random

import pytest

from firmware_adapters.contract import Reading, Specimen
from firmware_adapters.profile import Profile
from firmware_adapters.ttnj import FAMILY
from tests.contract.adapter_kit import Conversation, Expected, Vector, decode, readings_of, rejected_of, single_bytes
from tests.contract.unchecked_kit import UncheckedKit
from wire.terms import Verdict

START, END = b"\x1b\xc1", b"\x1b\xfe"
UNUSED = bytes(8)
# Marks of both sides, and memory that was never written.
PASSED_OVER = re.compile(rb"(\x1b[\x01-\x3f\xc1\xfe\xfb\xbf\xb1\xb9\xff]|\x24|\xb1\xff|\x00{73}|\xff{73})*")
CONTENT = bytes.fromhex("3F F7 53 7E 44 7C BC 7C")  # 1.932 abs, 1010.9 mg/kg
LARGE = bytes.fromhex("3F F5 4D 04 46 60 A8 1D")  # 1.916, 14378
INHIBITION = bytes.fromhex("3F 18 92 8B 42 0B 32 FB")  # 0.596, 34.8 %
PAIR = bytes.fromhex("3F 6A 01 8B 3F 11 F6 0F")  # TTJ-10H8: control 0.914, sample 0.570 -> 37 %
ZERO = bytes.fromhex("3F 80 00 00 00 00 00 00")  # 1.0 abs, 0
NOT_A_NUMBER = bytes.fromhex("3F 80 00 00 7F C0 00 00")
MARKS = bytes.fromhex("1B FE 1B C1 1B B9 24 24")  # a pair of floats that looks like marks: not a measured number

# 2012-07-02 16:53:19, the time of the documented ticket: count 1, type 02. Binary, then the same in BCD.
BINARY_8 = bytes.fromhex("01 13 35 10 02 07 02 0C 00")
BCD_8 = bytes.fromhex("02 19 53 16 02 07 02 12 00")
# 2013-05-07 09:20:19, type 12 (hex); read as a group of 16 channels it would be 2018-07-09 20:19:18 and type 05.
LIKE_COUNT = bytes.fromhex("12 13 14 09 07 05 12 0D 00")
NO_SUCH_DAY = bytes.fromhex("01 13 35 10 20 0E 02 0C 00")
# 2026-03-05 09:41:07, type 01, channels 1 and 3 of the second group.
MASKED = bytes.fromhex("07 29 09 05 03 01 1A 05 01")
AT = datetime(2012, 7, 2, 16, 53, 19)


def _group(head: bytes, *wells: bytes) -> bytes:
    return (head + b"".join(wells)).ljust(73, b"\0")


EIGHT = _group(BINARY_8, CONTENT, LARGE, UNUSED, INHIBITION)
AT_1B = b"\xa1\x1b" + EIGHT[2:]
EIGHT_BCD = _group(BCD_8, INHIBITION)
SECOND_GROUP = _group(MASKED, ZERO, UNUSED, NOT_A_NUMBER)
TWO_PAIRS = _group(BINARY_8, PAIR, bytes.fromhex("00 00 00 00 3F 11 F6 0F"))


def _float(digits: str) -> float:
    number: float = struct.unpack(">f", bytes.fromhex(digits))[0]
    return number


READ_CONTENT = Expected(
    "type-02",
    _float("447CBC7C"),
    "1010.94507",
    (
        ("channel", 1),
        ("unit", ""),
        ("verdict", None),
        ("measured_at", AT),
        ("measured_at_text", "12-07-02 16:53:19"),
        ("flags", ()),
        ("extra", {"type": "02", "absorbance": "1.9322355", "count": "1", "layout": "count-8"}),
        ("raw", EIGHT),
    ),
)
READ_LARGE = Expected("type-02", _float("4660A81D"), "14378.028", (("channel", 2),))
READ_INHIBITION = Expected("type-02", _float("420B32FB"), "34.799786", (("channel", 4),))
READ_BCD = replace(READ_INHIBITION, has=(("channel", 1), ("measured_at", AT), ("flags", ())))
READ_ZERO = Expected(
    "type-01",
    0.0,
    "0",
    (("channel", 9), ("verdict", None), ("measured_at", datetime(2026, 3, 5, 9, 41, 7)), ("flags", ())),
)
READ_NA = Expected(
    "type-01", None, "NA", (("channel", 11), ("verdict", Verdict.INVALID), ("flags", ("not_available",)))
)
READ_PAIR = Expected(
    "pesticide_inhibition",
    (_float("3F6A018B") - _float("3F11F60F")) / _float("3F6A018B") * 100,
    "37.6",
    (
        ("channel", 1),
        ("unit", "%"),
        ("flags", ("computed",)),
        (
            "extra",
            {
                "type": "02",
                "control_absorbance": "0.91408604",
                "sample_absorbance": "0.5701608",
                "count": "1",
                "layout": "count-8",
            },
        ),
    ),
)
READ_NO_CONTROL = Expected(
    "pesticide_inhibition", None, "NA", (("channel", 2), ("verdict", Verdict.INVALID), ("flags", ("no_control",)))
)

ALL_EIGHT = (READ_CONTENT, READ_LARGE, READ_INHIBITION)
ALL_AT_1B = (replace(READ_CONTENT, has=(("measured_at", AT.replace(second=27)),)), READ_LARGE, READ_INHIBITION)


class TestTtnj(UncheckedKit):
    family = FAMILY
    quiet = bytes((0xF0, 0xAA, 0xE7))
    vectors = (
        Vector("a noisy line, then a group", b"\xf0" * 1500 + START + EIGHT + END, ALL_EIGHT, 1),
        Vector("one group of eight channels", b"\x1b\x01" + START + EIGHT + END, ALL_EIGHT, 1),
        Vector(
            "groups asked one by one, both sides captured",
            b"\x1b\xbf\x1b\x01\x1b\xb1" + START + b"\x24" + EIGHT + b"\x24" + EIGHT_BCD + b"\x24" + END + b"\x1b\xff",
            (*ALL_EIGHT, READ_BCD),
            2,
        ),
        Vector("a mask, a group, zero and NaN", START + SECOND_GROUP + END, (READ_ZERO, READ_NA), 1),
        Vector("the pair of TTJ-10H8", START + TWO_PAIRS + END, (READ_PAIR, READ_NO_CONTROL), 1, profile="ttj-10h8"),
        Vector("the other end mark", START + EIGHT + b"\x1b\xfb", ALL_EIGHT, 1),
        Vector("memory never written", START + EIGHT + bytes(73) + b"\xff" * 73 + END, ALL_EIGHT, 1),
        Vector(
            "numbers that were never measured",
            START + _group(BINARY_8, MARKS) + EIGHT + END,
            ALL_EIGHT,
            1,
            ("record",),
        ),
        Vector("an impossible day", START + _group(NO_SUCH_DAY, PAIR) + EIGHT + END, ALL_EIGHT, 1, ("record",)),
        Vector("one byte was lost", START + EIGHT[:30] + EIGHT[31:] + EIGHT + END, ALL_EIGHT, 1, ("record",)),
        Vector("the capture began in a group", EIGHT[40:] + EIGHT + END, ALL_EIGHT, 1),
        Vector("no start, at 27 seconds past, which is 1B", AT_1B, ALL_AT_1B, 1),
        Vector("the end is missing", START + EIGHT + EIGHT[:72], ALL_EIGHT, 1, ("truncated",)),
    )  # fmt: skip
    specimens = tuple(
        Specimen(
            str(place),
            "",
            "type-01",
            value,
            datetime(2026, 3, 5, 9, place // 8, 0),
            Verdict.INVALID if value == -9 else Verdict.PASS,
        )
        for place, value in enumerate((0.0, 12.5, 50.0, 98.75, -1.25, -9, 1010.5, 3.0, 7.5, 14378.0))
    )

    def may_be_silent(self, gap: bytes) -> bool:
        return PASSED_OVER.fullmatch(gap) is not None

    def simulated_profiles(self) -> Sequence[Profile]:
        names = ("ttnj", "ttnj-8", "ttj-4h32")
        streaming = FAMILY.profile("ttnj-8")
        streaming = streaming.model_copy(update={"settings": {**streaming.settings, "asks_next": False}})
        return (*(FAMILY.profile(name) for name in names), streaming)

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        value = None if specimen.verdict is Verdict.INVALID else specimen.value
        return (
            reading.channel == int(specimen.number) % 8 + 1
            and reading.value == value
            and reading.item == specimen.item
            and reading.measured_at == specimen.measured_at
            and reading.verdict is (Verdict.INVALID if value is None else None)
        )


def test_the_four_known_answers() -> None:
    known = (READ_CONTENT, READ_LARGE, READ_INHIBITION, READ_PAIR)
    assert [reading.value for reading in known] == [
        pytest.approx(1010.9, abs=0.05),
        pytest.approx(14378, abs=0.5),
        pytest.approx(34.8, abs=0.05),
        pytest.approx(37.6, abs=0.05),
    ]


def test_an_inhibition_comes_of_the_pair_that_the_virtual_tester_measured() -> None:
    profile = FAMILY.profile("ttj-10h8")
    simulator = FAMILY.simulator(profile, Random(1))
    for place, value in enumerate((0.0, 37.6, 95.0)):
        simulator.measure(Specimen(str(place), "", "pesticide_inhibition", value, AT))
    outputs = Conversation(FAMILY.decoder(profile), simulator).run(lambda found: len(found) >= 3)
    assert [reading.value for reading in readings_of(outputs)] == [pytest.approx(v, abs=0.001) for v in (0, 37.6, 95)]


def test_the_nth_group_of_a_run_holds_the_nth_eight_channels() -> None:
    profile = FAMILY.profile("ttnj-16")
    simulator = FAMILY.simulator(profile, Random(1))
    for place in range(16):
        simulator.measure(Specimen(str(place), "", "type-01", 7.0, AT))
    for place in range(9):
        simulator.measure(Specimen(str(place), "", "type-01", 7.0, AT.replace(second=20)))
    outputs = Conversation(FAMILY.decoder(profile), simulator).run(lambda found: len(found) >= 25)
    assert [reading.channel for reading in readings_of(outputs)] == [*range(1, 17), *range(1, 10)]


def test_the_model_code_tells_the_layout() -> None:
    stream = b"\x1b\x01" + START + _group(LIKE_COUNT, CONTENT) + END
    for chunks in ([stream], [bytes((byte,)) for byte in stream]):
        (reading,) = readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), chunks))
        assert (reading.item, reading.measured_at) == ("type-12", datetime(2013, 5, 7, 9, 20, 19))


def test_what_an_older_run_left_outside_the_mask_is_no_result() -> None:
    stream = b"\x1b\x33" + START + _group(MASKED, ZERO, LARGE, ZERO, LARGE) + END
    readings = readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), [stream]))
    assert [(reading.channel, reading.value) for reading in readings] == [(9, 0.0), (11, 0.0)]


def test_two_wells_of_an_unknown_place_are_not_one_that_was_read_twice() -> None:
    profile = FAMILY.profile("ttnj-16")
    head = bytes.fromhex("13 35 10 02 07 02 0C 01 00")
    first, second = _group(head, UNUSED, ZERO), _group(head, UNUSED, ZERO, CONTENT)
    stream = START + first[:30] + first[31:] + first + second + END
    wells = [
        reading
        for reading in readings_of(decode(FAMILY.decoder(profile, passive=True), [stream]))
        if reading.value == 0
    ]
    assert [(well.channel, well.flags) for well in wells] == [(None, ("channel_unknown",))] * 2
    assert len({well.mark for well in wells}) == 2


def _said(profile: str, stream: bytes) -> Sequence[tuple[object, ...]]:
    """Return channel, value, moment, its text and flags; the same whole and byte by byte."""
    both = [
        [
            (reading.channel, reading.value_text, reading.measured_at, reading.measured_at_text, reading.flags)
            for reading in readings_of(outputs)
        ]
        for outputs in (
            decode(FAMILY.decoder(FAMILY.profile(profile), passive=True), chunks)
            for chunks in ([stream], single_bytes(stream))
        )
    ]
    assert both[0] == both[1]
    return both[0]


@pytest.mark.parametrize(
    ("time", "text"),
    [
        ("00 00 00 00 00 02 00", "00-00-00 00:00:00"),
        ("13 35 10 1F 02 02 18", "24-02-31 16:53:19"),
        ("13 35 10 00 02 02 18", "24-02-00 16:53:19"),
        ("13 35 10 02 00 02 18", "24-00-02 16:53:19"),
    ],
)
def test_a_clock_that_is_wrong_costs_no_result_where_the_layout_is_known(time: str, text: str) -> None:
    eight = _group(b"\x01" + bytes.fromhex(time) + b"\x00", UNUSED, INHIBITION)
    masked = _group(bytes.fromhex(time) + b"\x02\x01", UNUSED, INHIBITION)
    of_the_day = (None, text, ("bad_time",))
    assert _said("ttnj-8", START + eight + eight + END) == [(2, "34.799786", *of_the_day)] * 2
    assert _said("ttnj", b"\x1b\x01" + START + eight + END) == [(2, "34.799786", *of_the_day)]
    pair = eight.replace(INHIBITION, PAIR)
    assert _said("ttj-8h8", START + pair + END) == [(2, "37.6", None, text, ("bad_time", "computed"))]
    assert _said("ttj-4h32", START + masked + END) == [(10, "34.799786", *of_the_day)]


def test_a_wrong_clock_is_no_excuse_for_numbers_that_were_never_measured() -> None:
    stream = START + _group(NO_SUCH_DAY, bytes.fromhex("42 C8 00 00 3F 80 00 00")) + _group(NO_SUCH_DAY) + EIGHT + END
    assert [fields[2] for fields in _said("ttnj-8", stream)] == [AT] * 3


@pytest.mark.parametrize("group", ["00", "01"])
@pytest.mark.parametrize("profile", ["ttj-8h8", "ttj-10h8"])
def test_a_tester_of_eight_channels_has_one_group_whatever_its_number(profile: str, group: str) -> None:
    head = MASKED[:7] + bytes.fromhex("05" + group)
    said = _said(profile, START + _group(head, PAIR, UNUSED, PAIR) + END)
    assert [(fields[0], fields[1]) for fields in said] == [(1, "37.6"), (3, "37.6")]


def test_a_group_behind_the_last_is_read_with_unknown_channels() -> None:
    streams = [_group(MASKED[:8] + bytes((group,)), ZERO, UNUSED, CONTENT) for group in (1, 2, 3, 4)]
    outputs = decode(FAMILY.decoder(FAMILY.profile("ttj-4h32"), passive=True), [START + b"".join(streams) + END])
    readings = readings_of(outputs)
    assert [reading.channel for reading in readings] == [9, 11, 17, 19, 25, 27, None, None]
    assert [reading.extra["group"] for reading in readings[::2]] == ["1", "2", "3", "4"]
    assert readings[-1].flags == ("channel_unknown",)
    assert len({reading.mark for reading in readings[-2:]}) == 2


def test_an_absorbance_of_the_last_bit_is_a_number() -> None:
    said = _said("ttnj-8", START + _group(BINARY_8, bytes.fromhex("B2 DE 5B D9 00 00 00 00"), INHIBITION) + END)
    assert [fields[1] for fields in said] == ["0", "34.799786"]


def test_a_content_in_mg_kg_is_no_clean_sample_of_a_profile_of_pairs() -> None:
    stream = START + _group(BINARY_8, CONTENT, PAIR) + END
    content, pair = readings_of(decode(FAMILY.decoder(FAMILY.profile("ttj-8h8"), passive=True), [stream]))
    assert (content.value, content.value_text, content.verdict) == (None, "-52220.0", Verdict.INVALID)
    assert content.flags == ("computed", "implausible")
    assert content.extra["sample_absorbance"] == "1010.94507"
    assert (pair.value_text, pair.verdict) == ("37.6", None)


# A maker's example of 16 channels: masks 80 and 40, groups 10 and 20, the first and the second well of their eight.
HIGH_1 = bytes.fromhex("13 35 10 02 07 02 0C 80 10")
HIGH_2 = bytes.fromhex("13 35 10 02 07 02 0C 40 20")
# A maker's sample of eight channels, type 01, of 2011: written as 16 channels are. Read as eight it has type 0B, and no
# time or one of 2001.
SAMPLE_OF_EIGHT = bytes.fromhex("13 35 10 02 07 01 0B 01 00")
SAMPLE_WITHOUT_TIME = bytes.fromhex("13 35 10 02 07 01 0B 80 00")


@pytest.mark.parametrize("profile", ["ttj-16", "ttj-24", "ttj-4h32"])
def test_the_group_may_stand_in_the_high_half_of_its_byte(profile: str) -> None:
    from_the_top = _group(HIGH_1, CONTENT) + _group(HIGH_2, UNUSED, LARGE)
    said = _said(profile, START + from_the_top + END)
    assert [(channel, text, at, flags) for channel, text, at, _, flags in said] == [
        (1, "1010.94507", AT, ()),
        (10, "14378.028", AT, ()),
    ]
    from_the_bottom = _group(HIGH_1, *[UNUSED] * 7, CONTENT) + _group(HIGH_2, *[UNUSED] * 6, LARGE)
    assert [fields[0] for fields in _said(profile, START + from_the_bottom + END)] == [8, 15]


def test_wells_that_all_hold_numbers_do_not_tell_the_order_of_the_mask() -> None:
    group = _group(HIGH_1, *[CONTENT] * 7, LARGE)
    assert _said("ttj-16", START + group + END) == [
        (8, "14378.028", AT, "12-07-02 16:53:19", ("channel_order_unknown",))
    ]
    settings = {**FAMILY.profile("ttj-16").settings, "first_bit": "high", "first_group": 0}
    profile = FAMILY.profile("ttj-16").model_copy(update={"settings": settings})
    (reading,) = readings_of(decode(FAMILY.decoder(profile, passive=True), [START + group + END]))
    assert (reading.channel, reading.value_text, reading.flags) == (9, "1010.94507", ())


@pytest.mark.parametrize("head", [SAMPLE_OF_EIGHT, SAMPLE_WITHOUT_TIME])
def test_a_sample_of_eight_channels_in_the_layout_of_sixteen_is_read_and_named(head: bytes) -> None:
    stream = START + _group(head, UNUSED, UNUSED, INHIBITION) + EIGHT + END
    assert [fields[:3] + fields[4:] for fields in _said("ttnj-8", stream)] == [
        (3, "34.799786", datetime(2011, 7, 2, 16, 53, 19), ("other_layout",)),
        (1, "1010.94507", AT, ()),
        (2, "14378.028", AT, ()),
        (4, "34.799786", AT, ()),
    ]
    for name, layout in (("ttnj-8", "count"), ("ttnj", "count")):
        reading, *_ = readings_of(decode(FAMILY.decoder(FAMILY.profile(name), passive=True), [stream]))
        assert (reading.item, reading.extra["layout"]) == ("type-01", layout)


@pytest.mark.parametrize("profile", ["ttj-16", "ttj-24", "ttj-4h32"])
def test_every_group_byte_gives_its_channel_none_or_a_refusal_and_never_another(profile: str) -> None:
    groups = {"ttj-16": 2, "ttj-24": 3, "ttj-4h32": 4}[profile]
    known = {number: number for number in range(groups)} | {(number + 1) << 4: number for number in range(groups)}
    for byte in range(256):
        stream = START + _group(HIGH_1[:8] + bytes((byte,)), CONTENT) + END
        outputs = decode(FAMILY.decoder(FAMILY.profile(profile), passive=True), [stream])
        channels = [reading.channel for reading in readings_of(outputs)]
        if byte in known:
            assert channels == [8 * known[byte] + 1], byte
        else:
            assert channels in ([], [None]), byte
            assert channels or rejected_of(outputs), byte


def test_a_mask_that_names_wells_without_numbers_is_doubtful() -> None:
    head = HIGH_1[:7] + bytes.fromhex("03 10")
    said = _said("ttj-16", START + _group(head, CONTENT) + END)
    assert [(fields[0], fields[4]) for fields in said] == [
        (1, ("channel_order_unknown",)),
        (2, ("channel_order_unknown",)),
    ]
