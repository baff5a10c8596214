# ruff: noqa: DTZ001 - the clock of a device has no zone
"""Profiles of lines: columns, several values, charsets, delimiters, gaps, blocks, and what is wrong in a profile."""

from datetime import datetime

import pytest

from firmware_adapters.contract import FrameAccepted, FrameRejected, Noise, Output, Reading, Send
from firmware_adapters.line import FAMILY
from firmware_adapters.line.grammar import Request, Settings
from firmware_adapters.profile import Profile, ProfileError, parse_profile
from tests.contract.adapter_kit import decode, readings_of, rejected_of
from tests.contract.test_no_erase import ERASE
from wire.terms import Verdict


def requests_of(profile: Profile) -> tuple[Request, ...]:
    return profile.settings_as(Settings).requests


def outputs_of(settings: str, *chunks: bytes, charset: str = "ascii", top: str = "") -> list[Output]:
    head = (
        f'name = "x"\nfamily = "line"\nmaker = "x"\nmodel = "x"\nevidence = "simulator"\ncharset = "{charset}"\n{top}\n'
    )
    profile = parse_profile(head + settings, "mine.toml")
    return decode(FAMILY.decoder(profile, passive=True), chunks)


COLUMNS = """
[settings]
time_formats = ["%y/%m/%d %H:%M"]
[[settings.line]]
separator = ";"
columns = ["record", "item", "sample_number", "value", "unit", "verdict", "-", "date", "hole"]
"""
WORDS = 'not_available = ["----"]\nverdicts = { "合格" = "pass", "超标" = "fail" }\n'
WORDS += 'items = { "甲醛" = { code = "formaldehyde", name = "甲醛" } }'


def test_columns_are_fields_and_the_rest_goes_beside() -> None:
    line = "17;甲醛;S-3; 0 ;mg/kg;合格;?;26/03/05 09:41;4\r\n".encode("gb18030")
    (reading,) = readings_of(outputs_of(COLUMNS, line, charset="gb18030", top=WORDS))
    assert (reading.item, reading.item_name, reading.value, reading.value_text) == ("formaldehyde", "甲醛", 0.0, "0")
    assert (reading.record, reading.sample_number, reading.unit) == ("17", "S-3", "mg/kg")
    assert reading.verdict is Verdict.PASS
    assert reading.measured_at == datetime(2026, 3, 5, 9, 41)
    assert reading.extra == {"hole": "4"}
    assert reading.raw == line.rstrip()


@pytest.mark.parametrize(
    ("cell", "value", "text", "verdict", "flags"),
    [
        ("----", None, "----", Verdict.INVALID, ("not_available",)),
        ("<0.5", None, "<0.5", Verdict.PASS, ("below_range",)),
        (">99", None, ">99", Verdict.PASS, ("above_range",)),
        ("0.0", 0.0, "0.0", Verdict.PASS, ()),
        ("none", None, "none", Verdict.PASS, ()),
    ],
)
def test_what_stands_for_a_value(cell: str, value: float, text: str, verdict: Verdict, flags: tuple[str, ...]) -> None:
    line = f"17;甲醛;S-3;{cell};mg/kg;合格;;26/03/05 09:41;\n".encode("gb18030")
    (reading,) = readings_of(outputs_of(COLUMNS, line, charset="gb18030", top=WORDS))
    assert (reading.value, reading.value_text, reading.verdict, reading.flags) == (value, text, verdict, flags)


def test_a_blank_value_is_an_unused_well() -> None:
    outputs = outputs_of(COLUMNS, "17;甲醛;S-3;  ;;;;;4\n".encode("gb18030"), charset="gb18030")
    assert [type(output) for output in outputs] == [FrameAccepted]


def test_an_unknown_verdict_and_an_impossible_date_are_flagged() -> None:
    line = "17;甲醛;S-3;1;mg/kg;也许;;26/13/05 09:41;\n".encode("gb18030")
    (reading,) = readings_of(outputs_of(COLUMNS, line, charset="gb18030", top=WORDS))
    assert (reading.verdict, reading.flags) == (None, ("unknown_verdict", "bad_time"))
    assert (reading.measured_at, reading.measured_at_text) == (None, "26/13/05 09:41")


def test_a_line_with_two_values_is_two_readings() -> None:
    settings = (
        "[[settings.line]]\n"
        "pattern = 'T=(?P<value_temperature>[0-9,]+)(?P<unit_temperature>.) H=(?P<value_humidity>[0-9,]+)'\n"
        'number = "decimal_comma"\nunit = "%"\n'
    )
    readings = readings_of(outputs_of(settings, b"T=4,5C H=0\r"))
    assert [(reading.item, reading.value, reading.unit) for reading in readings] == [
        ("temperature", 4.5, "C"),
        ("humidity", 0.0, "%"),
    ]


def test_the_charset_is_the_profiles_and_a_byte_outside_it_is_flagged() -> None:
    settings = "[[settings.line]]\npattern = '(?P<note>[^,]*),(?P<value>[0-9.]+)'\n"
    (reading,) = readings_of(outputs_of(settings, b"24.7\xf8C,7\n", charset="cp437"))
    assert (reading.extra["note"], reading.flags) == ("24.7°C", ())
    (reading,) = readings_of(outputs_of(settings, b"24.7\xf8C,7\n"))
    assert reading.flags == ("bad_charset",)


@pytest.mark.parametrize(
    ("delimiter", "stream"),
    [
        ("any", b"1\r2\n3\r\n\r\n4\r"),
        ("any", b"1\n\r2\n\r\n\r3\n\r\n4\n\r"),
        (r"\r\n", b"1\r\n2\r\n3\r\n4\r\n"),
        (r"\n", b"1\n2\n\n3\n4\n"),
        (";", b"1;2;3;;4;"),
        (r"\u0003", b"\x021\x03\x022\x033\x03\x024\x03"),
    ],
)
def test_delimiters(delimiter: str, stream: bytes) -> None:
    settings = f"[settings]\ndelimiter = \"{delimiter}\"\n[[settings.line]]\npattern = '(?P<value>[0-9])'\n"
    for chunks in ([stream], [stream[at : at + 1] for at in range(len(stream))]):
        readings = readings_of(outputs_of(settings, *chunks))
        assert [reading.value for reading in readings] == [1.0, 2.0, 3.0, 4.0]


def test_a_line_end_of_two_halves_is_no_blank_line() -> None:
    settings = (
        "[[settings.block]]\nstart = 'BEGIN'\nend = ''\n"
        "[[settings.block.row]]\nitem = 'x'\npattern = '(?P<value>[0-9])'\n"
    )
    for end in (b"\r\n", b"\n\r", b"\r", b"\n"):
        stream = end.join((b"BEGIN", b"1", b"2", b"", b""))
        for chunks in ([stream], [stream[at : at + 1] for at in range(len(stream))]):
            readings = readings_of(outputs_of(settings, *chunks))
            assert [(reading.value, reading.flags) for reading in readings] == [(1.0, ()), (2.0, ())]


def test_a_gap_ends_a_line_where_nothing_else_does() -> None:
    profile = parse_profile(
        'name = "x"\nfamily = "line"\nmaker = "x"\nmodel = "x"\nevidence = "simulator"\n'
        "[settings]\ndelimiter = \"gap\"\ngap_s = 0.5\n[[settings.line]]\npattern = '(?P<value>[0-9]+)'\n",
        "gap.toml",
    )
    decoder = FAMILY.decoder(profile)
    assert decoder.start(0.0) == []
    assert decoder.receive(b"1", 1.0) == []
    assert decoder.receive(b"2", 1.4) == []
    assert decoder.tick(1.8) == []
    assert decoder.deadline == 1.9
    outputs = decoder.tick(1.9)
    assert [reading.value_text for reading in readings_of(outputs)] == ["12"]
    assert decoder.receive(b"3", 2.0) == []
    assert [reading.value_text for reading in readings_of(decoder.stop(2.1))] == ["3"]


def test_a_partial_line_waits_for_its_end_however_long_that_takes() -> None:
    decoder = FAMILY.decoder(FAMILY.profile("balance-sics"))
    decoder.start(0.0)
    assert decoder.receive(b"S S     1", 1.0) == []
    assert decoder.deadline is None
    assert [reading.value for reading in readings_of(decoder.receive(b"00.00 g\r\n", 5000.0))] == [100.0]


def test_a_stream_that_never_pauses_gives_no_half_first_line_on_a_live_link() -> None:
    for late, values in ((0.5, [4.57]), (3.0, [4.54, 4.57])):
        decoder = FAMILY.decoder(FAMILY.profile("ph-meter"))
        decoder.start(0.0)
        outputs = decoder.receive(b"4.54pH 24.7\xf8C ATC\r\n4.57pH 24.7\xf8C ATC\r\n", late)
        assert [reading.value for reading in readings_of(outputs)] == values
        assert len(rejected_of(outputs)) == 2 - len(values)


def test_a_block_that_falls_silent_gives_its_rows_and_says_so() -> None:
    decoder = FAMILY.decoder(FAMILY.profile("ph-meter"))
    decoder.start(0.0)
    assert readings_of(decoder.receive(b"20-Feb-2023\r\n11:16\r\n4.77pH\r\n", 10.0)) == []
    assert decoder.deadline is not None
    (reading,) = readings_of(decoder.tick(decoder.deadline))
    assert (reading.value, reading.flags) == (4.77, ("block_incomplete",))
    assert decoder.deadline is None


def test_a_block_does_not_grow_without_end() -> None:
    stream = b"20-Feb-2023\r\n" + b"4.77pH\r\n" * 1000
    outputs = decode(FAMILY.decoder(FAMILY.profile("ph-meter"), passive=True), [stream])
    assert len(readings_of(outputs)) == 19
    assert len(rejected_of(outputs)) == 1000 - 20


def test_a_line_that_is_too_long_is_rejected_and_the_next_one_is_read() -> None:
    settings = "[settings]\nmax_length = 10\n[[settings.line]]\npattern = '(?P<value>[0-9]+)'\n"
    outputs = outputs_of(settings, b"1234567890\n" + b"7" * 25 + b"\n42\n")
    assert [reading.value_text for reading in readings_of(outputs)] == ["1234567890", "42"]
    assert rejected_of(outputs) == [FrameRejected("too_long", 11, b"7" * 10)]
    assert [output for output in outputs if isinstance(output, Noise)] == [Noise(21, b"7" * 15 + b"\n")]


def test_requests_are_asked_in_turn_and_a_late_answer_is_not_taken_for_the_next() -> None:
    decoder = FAMILY.decoder(FAMILY.profile("ivtm-7"))
    assert decoder.start(0.0) == [Send(b"$0001RR000004AD\r")]
    first = decoder.receive(b"$0001RR000004AD\r!0001RRCED3D1415F\r", 0.2)  # with an echo
    assert [(reading.item, reading.value) for reading in readings_of(first)] == [("temperature", 26.22842)]
    assert decoder.deadline == pytest.approx(0.3)
    assert decoder.tick(0.31) == [Send(b"$0001RR000404B1\r")]
    assert decoder.tick(1.32) == []  # no answer; the device is left alone
    late = decoder.receive(b"!0001RR309AEB414F\r", 1.4)
    assert [output.reason for output in rejected_of(late)] == ["sequence"]
    assert decoder.deadline == pytest.approx(3.32)
    assert decoder.tick(3.33) == [Send(b"$0001RR000404B1\r")]


def test_a_device_that_does_not_answer_is_reported_once_and_asked_ever_more_rarely() -> None:
    decoder = FAMILY.decoder(FAMILY.profile("ivtm-7"))
    outputs, asked = decoder.start(0.0), [0.0]
    while decoder.deadline is not None and decoder.deadline < 600.0:
        now = decoder.deadline
        new = decoder.tick(now)
        asked += [now for output in new if isinstance(output, Send)]
        outputs += new
    assert [output.detail for output in rejected_of(outputs)] == ["the device does not answer"]
    assert len(asked) < 20


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ("[[settings.line]]\npattern = '(?=a)a'\n", "settings.line.0.pattern"),
        ("[[settings.line]]\nitem = 'x'\n", "either pattern or columns"),
        ("[[settings.line]]\npattern = 'x'\nchek = 'sum8'\n", "settings.line.0.chek"),
        ("[[settings.line]]\npattern = 'x'\ncheck = 'sum8'\n", "group named check"),
        (
            "[[settings.block]]\nstart = '['\nend = ''\n[[settings.block.row]]\npattern = 'x'\n",
            "settings.block.0.start",
        ),
        ("[[settings.request]]\nsend = 'x'\nitem = 'x'\n", "no line is an answer"),
        ("[settings]\nmax_length = 100000\n", "settings.max_length"),
    ],
)
def test_a_wrong_profile_is_refused_with_its_file_and_key(settings: str, key: str) -> None:
    with pytest.raises(ProfileError) as error:
        outputs_of(settings)
    assert "mine.toml" in str(error.value)
    assert key in str(error.value)


def test_the_generic_profile_shows_what_an_unknown_device_says() -> None:
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [b"12.5 g\r\nhello 5\r\n0\r\n-  3.0kg\r\n\x07"])
    shown = [(reading.item, reading.value, reading.value_text, reading.unit) for reading in readings_of(outputs)]
    assert shown == [
        ("value", 12.5, "12.5", "g"),
        ("text", None, "hello 5", ""),
        ("value", 0.0, "0", ""),
        ("value", -3.0, "-  3.0", "kg"),
    ]


def test_readings_are_made_of_whole_frames() -> None:
    outputs = decode(FAMILY.decoder(FAMILY.profile("ph-meter"), passive=True), [b"4.54pH 24.7\xf8C ATC\r\n"])
    assert [type(output) for output in outputs] == [FrameAccepted, Reading]


def test_no_shipped_request_is_a_known_command_that_erases() -> None:
    asked = [request.send.encode() for profile in FAMILY.shipped().values() for request in requests_of(profile)]
    assert asked
    assert not [data for data in asked for command in ERASE.values() if command in data]


def test_a_polled_balance_that_shows_the_same_weight_again_has_answered() -> None:
    profile = parse_profile(
        'name = "x"\nfamily = "line"\nmaker = "x"\nmodel = "x"\nevidence = "simulator"\n[settings]\n'
        '[[settings.request]]\nsend = "SI\\r\\n"\nitem = "mass"\nevery_s = 2.0\n'
        "[[settings.line]]\nis_answer = true\nonly_changes = true\npattern = 'S S +(?P<value>[0-9.]+) g'\n"
        "[[settings.line]]\npattern = 'Z +(?P<value>[0-9.]+) g'\n",
        "mine.toml",
    )
    decoder, read = FAMILY.decoder(profile), []
    decoder.start(0.0)
    for now in (0.5, 2.5, 4.5):
        assert len(readings_of(decoder.receive(b"Z  1 g\r\n", now - 0.1))) == 1  # no answer: the request stays open
        read += readings_of(decoder.receive(b"S S  1.50 g\r\nS S  1.50 g\r\n", now))
        assert decoder.deadline == pytest.approx(now + 1.5)
        assert decoder.tick(now + 1.6) == [Send(b"SI\r\n")]
    assert [reading.value for reading in read] == [1.5] * 3


WEIGHINGS = """\
name = "scale"
family = "line"
maker = "x"
model = "y"
evidence = "simulator"
[settings]
[[settings.block]]
start = 'BOX000'
end = 'E'
context = ['(?P<date>[0-9-]{10})', '(?P<time>[0-9:]{8})', ' *[0-9.]+ ?(?:kg|pcs)?']
"""
ROW = """\
[[settings.block.row]]
place = {place}
pattern = ' *(?P<value>[0-9.]+) (?P<unit>kg)'
item = "{item}"
"""
WEIGHING = b"\x0bBOX000\r\n2026-01-05\r\n10:00:00\r\n  0.20 kg\r\n  2.14 kg\r\n0\r\n  1.94 kg\r\n    0 pcs\r\nE\r\n"


def test_rows_of_a_block_that_look_alike_are_told_by_their_place() -> None:
    rows = "".join(ROW.format(place=place, item=item) for place, item in ((3, "tare"), (4, "gross"), (6, "net")))
    decoder = FAMILY.decoder(parse_profile(WEIGHINGS + rows, "scale.toml"), passive=True)
    outputs = [*decoder.start(0.0), *decoder.receive(WEIGHING * 2, 0.0), *decoder.stop(1.0)]
    readings = [output for output in outputs if isinstance(output, Reading)]
    assert [(reading.item, reading.value) for reading in readings] == [
        ("tare", 0.2),
        ("gross", 2.14),
        ("net", 1.94),
    ] * 2
    assert not [output for output in outputs if isinstance(output, FrameRejected)]


def test_any_number_of_groups_in_a_line_by_the_mark_behind_each() -> None:
    text = WEIGHINGS.split("[[settings", maxsplit=1)[0] + 'delimiter = ";"\n[[settings.line]]\n'
    text += "pattern = '\\s*(?P<item>[A-Z0-9]+) (?P<value>[0-9.]+) (?P<unit>mg/kg)'\n"
    decoder = FAMILY.decoder(parse_profile(text, "groups.toml"), passive=True)
    stream = b"NO2 1.5 mg/kg;NO3 20 mg/kg;\r\nNO2 1.6 mg/kg;\r\nPB 0.1 mg/kg;"
    outputs = [*decoder.start(0.0), *decoder.receive(stream, 0.0), *decoder.stop(1.0)]
    readings = [output for output in outputs if isinstance(output, Reading)]
    assert [(reading.item, reading.value) for reading in readings] == [
        ("NO2", 1.5), ("NO3", 20.0), ("NO2", 1.6), ("PB", 0.1)
    ]  # fmt: skip
    assert not [output for output in outputs if isinstance(output, FrameRejected)]


GROUPS = """
[settings]
[[settings.line]]
pattern = '(?P<sample_number>S-[0-9]+)(?P<groups>(?:; .*)+)'
each = '; (?P<item>[A-Za-z]+) (?P<value>[0-9.]+) (?P<unit>mg/kg)'
"""


def test_each_group_of_a_line_is_a_reading_with_the_fields_of_the_line() -> None:
    outputs = outputs_of(GROUPS, b"S-1; Pb 0.12 mg/kg; Cd 0.05 mg/kg; Pb 0.12 mg/kg\r\nS-2; As 0.3 mg/kg\r\n")
    readings = readings_of(outputs)
    assert [(reading.sample_number, reading.item, reading.value, reading.copy) for reading in readings] == [
        ("S-1", "Pb", 0.12, 0), ("S-1", "Cd", 0.05, 0), ("S-1", "Pb", 0.12, 1), ("S-2", "As", 0.3, 0)
    ]  # fmt: skip
    assert all(not reading.extra for reading in readings)


def test_a_line_with_a_group_that_is_not_whole_is_rejected_whole() -> None:
    outputs = outputs_of(GROUPS, b"S-1; Pb 0.12 mg/kg; Cd 0.0\r\n")
    assert not readings_of(outputs)
    assert [rejected.reason for rejected in rejected_of(outputs)] == ["record"]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("[[settings.line]]\npattern = '(?P<value>.*)'\neach = 'a'\n", "each takes apart the group named groups"),
        ("[[settings.line]]\npattern = '(?P<groups>.*)'\n", "each takes apart the group named groups"),
        ("[[settings.block]]\nstart = 'T'\n[[settings.block.row]]\npattern = 'a'\n", "needs an end, or a size"),
        (
            "[[settings.block]]\nstart = 'T'\nsize = 100\n[[settings.block.row]]\npattern = 'a'\n",
            "needs a max_lines above it",
        ),
    ],
)
def test_groups_and_blocks_that_cannot_work_are_refused(rows: str, fault: str) -> None:
    with pytest.raises(ProfileError, match=fault):
        outputs_of("[settings]\n" + rows, b"")


TICKET = """
[settings]
[[settings.block]]
start = '{start}'
{end}
size = 3
""" + "".join(ROW.format(place=place, item=item) for place, item in ((1, "tare"), (2, "gross"), (3, "net")))
ROWS_OF_A_TICKET = b"0.20 kg\r\n1.20 kg\r\n1.00 kg\r\n"
NAMED = [("tare", 0.2), ("gross", 1.2), ("net", 1.0)]


def named_in(outputs: list[Output]) -> list[tuple[str, float | None]]:
    return [(reading.item, reading.value) for reading in readings_of(outputs)]


def test_a_block_of_a_size_ends_with_its_last_line() -> None:
    outputs = outputs_of(TICKET.format(start="T", end=""), (b"T\r\n" + ROWS_OF_A_TICKET) * 2)
    assert named_in(outputs) == NAMED * 2
    assert not rejected_of(outputs)
    assert not any(reading.flags for reading in readings_of(outputs))


def test_a_block_of_a_size_whose_line_was_lost_is_incomplete_and_the_next_is_whole() -> None:
    cut = ROWS_OF_A_TICKET.split(b"\r\n", maxsplit=1)[1]
    for start, end, head, tail in (("T", "", b"T\r\n", b""), ("T", "end = 'E'", b"T\r\n", b"E\r\n")):
        size = TICKET if not end else TICKET.replace("size = 3", "size = 4")
        stream = head + cut + tail + head + ROWS_OF_A_TICKET + tail
        readings = readings_of(outputs_of(size.format(start=start, end=end), stream))
        assert [(reading.item, reading.flags) for reading in readings] == [
            *[("unknown", ("block_incomplete",))] * 2, ("tare", ()), ("gross", ()), ("net", ())
        ], start  # fmt: skip


def test_empty_lines_may_begin_a_block_and_so_does_the_stream() -> None:
    stream = ROWS_OF_A_TICKET + b"\r\n" + ROWS_OF_A_TICKET + b"\r\n\r\n" + ROWS_OF_A_TICKET
    outputs = outputs_of(TICKET.format(start="", end=""), stream)
    assert named_in(outputs) == NAMED * 3
    assert not any(reading.flags for reading in readings_of(outputs))
    assert not rejected_of(outputs)


ITEM_LINES = """
[settings]
[[settings.block]]
start = 'No (?P<sample_number>[0-9]+)'
end = '=+'
context = ['Item (?P<item>\\w+)', 'Result (?P<note>\\w+)']
[[settings.block.row]]
pattern = 'Conc (?P<value>[0-9.]+) ppb'
"""


def test_a_field_that_comes_again_in_a_block_holds_for_the_row_beside_it() -> None:
    stream = b"No 7\nItem CLE\nConc 0.5\nResult neg\nItem RAC\nConc 8.0\nResult pos\n====\n".replace(b"\nR", b" ppb\nR")
    readings = readings_of(outputs_of(ITEM_LINES, stream))
    assert [(one.item, one.value, one.extra["note"]) for one in readings] == [("CLE", 0.5, "neg"), ("RAC", 8.0, "pos")]
    assert {one.sample_number for one in readings} == {"7"}


def test_a_field_behind_the_rows_of_a_block_holds_for_those_before_it() -> None:
    stream = b"No 7\nConc 0.5 ppb\nItem CLE\nConc 8.0 ppb\nItem RAC\n====\n"
    assert [one.item for one in readings_of(outputs_of(ITEM_LINES, stream))] == ["CLE", "RAC"]
