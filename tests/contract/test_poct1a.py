# ruff: noqa: DTZ001 - the clock of a device has no zone
"""The conformance kit on POCT1-A. The golden conversation has the order and the traits of ANALYZERS.md, section 5; its
messages are our own."""

import re
from datetime import datetime

import pytest

from firmware_adapters.contract import ClockRead, FrameAccepted, Output, Reading, Send, Specimen
from firmware_adapters.poct1a import FAMILY
from firmware_adapters.profile import Profile
from tests.contract.adapter_kit import MEBIBYTE, Expected, Vector, decode, frames_of, noise_of, readings_of, rejected_of
from tests.contract.one_way_kit import OneWayKit
from wire.terms import Role, Verdict

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'


def message(root: str, control: int | str, body: str = "", *, kind: str = "", declaration: str = DECLARATION) -> bytes:
    head = f'<HDR><HDR.message_type V="{kind or root}" /><HDR.control_id V="{control}"/><HDR.version_id V="POCT1" />'
    created = '<HDR.creation_dttm V="2026-03-05T10:15:00+08:00" /></HDR>'
    return f"{declaration}<{root}>{head}{created}{body}</{root}>".encode()


def observation(code: str, value: str, more: str = "") -> str:
    return f'<OBS><OBS.observation_id V="{code}" DN="{code.lower()}" SN="X"/>{value}{more}</OBS>'


def ack(control: int, to: int, more: str = "") -> bytes:
    return message("ACK.R01", control, f'<ACK><ACK.type_cd V="AA"/><ACK.ack_control_id V="{to}" />{more}</ACK>')


def status(control: int, new: int) -> bytes:
    return message("DST.R01", control, f'<DST><DST.new_observations_qty V="{new}"/></DST>')


HELLO = message(
    "HEL.R01",
    1,
    '<DEV><DEV.device_id V="DCA"/><DEV.serial_id V="S0815"/><DCP><DCP.application_timeout V="60"/></DCP>'
    '<DSC><DSC.max_message_sz V="16000"/></DSC></DEV>',
)
RESULT = message(
    "OBS.R01",
    3,
    '<SVC><SVC.role_cd V="OBS"/><SVC.observation_dttm V="2026-03-05T09:41:07+08:00"/><SVC.sequence_nbr V="12"/><PT>'
    '<PT.patient_id V="P-1"/><PT.name V="nobody"/>'
    + observation("HbA1c", '<OBS.value V="5.6" U="%"/>', '<OBS.status_cd V="A"/><OBS.interpretation_cd V="N"/>')
    + observation("ALB", '<OBS.value V="&lt;5.0" U="mg/L"/>', '<NTE><NTE.text V="one"/></NTE>')
    + observation("CRE", '<OBS.value V="300" U="mg/dL"/>', '<OBS.interpretation_cd V="&gt;"/>')
    + observation("RATIO", '<OBS.value V="--.--"/>')
    + observation("ZERO", '<OBS.value V="0.00" U="g"/>', '<OBS.status_cd V="D"/>')
    + '</PT><OPR><OPR.operator_id V="op7"/></OPR></SVC>',
)
CONTROL = message(
    "OBS.R02",
    4,
    '<SVC><SVC.role_cd V="LQC"/><SVC.reason_cd V="RES"/><CTC><CTC.name V="Low"/><CTC.lot_number V="L42"/>'
    + observation("HbA1c", '<OBS.value V="4.9" U="%"/>')
    + "</CTC></SVC>",
    declaration="",
)
END_OF_TOPIC = message("EOT.R01", 5, '<EOT><EOT.topic_cd V="OBS"/></EOT>')
DIRECTIVE = message("DTV.R01", 4, '<DTV><DTV.command_cd V="START_CONTINUOUS"  /></DTV>', kind="REQ.R01")
REFUSED = ack(6, 4, '<ACK.error_detail V="300"/>').replace(b"AA", b"AE")
REQUEST = message("REQ.R01", 3, '<REQ><REQ.request_cd V="ROBS" /></REQ>')
END = message("END.R01", 9, '<TRM><TRM.reason_cd V="UNK" /></TRM>')
VENDOR = message("DTV.SIEM.DVCMD", 8, '<DTV><DTV.command_cd V="X" SN="SIEM"/></DTV>')
GBK = message(
    "OBS.R01",
    7,
    "<SVC>" + observation("AFB1", '<OBS.value V="7"/>') + "</SVC>",
    declaration='<?xml version="1.0" encoding="GBK"?>',
).replace(b"afb1", "黄曲霉".encode("gbk"))
NO_END = RESULT[:-10]
NAMESPACED = RESULT.replace(b"<OBS.R01>", b'<OBS.R01 xmlns="urn:x">')
BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + RESULT[38:]
ENTITY = RESULT.replace(b"<PT>", b'<!ENTITY a "x"><PT>')

READ_RESULT = (
    Expected(
        "HbA1c",
        5.6,
        "5.6",
        (
            ("unit", "%"),
            ("item_name", "hba1c"),
            ("role", Role.SAMPLE),
            ("verdict", None),
            ("sample_number", "P-1"),
            ("operator", "op7"),
            ("record", "12"),
            ("measured_at", datetime(2026, 3, 5, 9, 41, 7)),
            ("measured_at_text", "2026-03-05T09:41:07+08:00"),
            ("flags", ("N", "status:A", "sample_is_patient_id")),
        ),
    ),
    Expected("ALB", None, "<5.0", (("flags", ("below_range", "sample_is_patient_id")),)),
    Expected("CRE", None, "300", (("flags", ("above_range", ">", "sample_is_patient_id")),)),
    Expected(
        "RATIO", None, "--.--", (("verdict", Verdict.INVALID), ("flags", ("not_available", "sample_is_patient_id")))
    ),
    Expected("ZERO", 0.0, "0.00", (("verdict", Verdict.INVALID),)),
)
READ_CONTROL = Expected(
    "HbA1c",
    4.9,
    "4.9",
    (
        ("role", Role.CONTROL),
        ("sample_number", "Low"),
        ("measured_at_text", "2026-03-05T10:15:00+08:00"),
        ("flags", ("reason:RES", "time_of_message")),
    ),
)
READ_GBK = Expected("AFB1", 7.0, "7", (("item_name", "黄曲霉"),))
BOTH_WAYS = (
    HELLO + ack(1, 1) + status(2, 2) + ack(2, 2) + REQUEST + ack(90, 3) + RESULT + b"\r\n" + ack(4, 3) + CONTROL
    + ack(5, 4) + END_OF_TOPIC + DIRECTIVE + REFUSED + VENDOR + END
)  # fmt: skip
MLLP = b"".join(b"\x0b" + message + b"\x1c\r" for message in (HELLO, RESULT, END_OF_TOPIC))


class TestPoct1a(OneWayKit):
    family = FAMILY
    quiet = bytes(byte for byte in range(256) if byte not in b"< \t\n\r\v\f\x1c\xef")
    ignorable = b" \t\n\r\v\f\x1c\xef\xbb\xbf"
    simulated_profile = "virtual-food"
    most_held = MEBIBYTE  # one message may be that long
    vectors = (
        Vector("zeros, then a result", bytes(1500) + RESULT, READ_RESULT, 1),
        Vector("a capture of both directions", BOTH_WAYS, (*READ_RESULT, READ_CONTROL), 15),
        Vector("framed as HL7 is", MLLP, READ_RESULT, 3),
        Vector("sent again", RESULT + RESULT + CONTROL, (*READ_RESULT, *READ_RESULT, READ_CONTROL), 3),
        Vector("a charset of its own", b"\xef\xbb\xbf" + GBK + CONTROL, (READ_GBK, READ_CONTROL), 2),
        Vector("in a namespace", NAMESPACED + CONTROL, (*READ_RESULT, READ_CONTROL), 2),
        Vector("an empty root", b"<KPA.R01/>\n" + CONTROL, (READ_CONTROL,), 2),
        Vector("cut, then whole", NO_END + CONTROL, (READ_CONTROL,), 1, ("truncated",)),
        Vector("cut for good", CONTROL + NO_END, (READ_CONTROL,), 1, ("truncated",)),
        Vector("another root is closed", RESULT[:-10] + b"</OBS.R02>" + CONTROL, (READ_CONTROL,), 1, ("record",)),
        Vector("not well-formed", RESULT.replace(b"</PT>", b"") + CONTROL, (READ_CONTROL,), 1, ("record",)),
        Vector("an entity of nobody", RESULT.replace(b"&lt;", b"&x;") + CONTROL, (READ_CONTROL,), 1, ("record",)),
        Vector("not in its charset", RESULT.replace(b"nobody", b"\xd6\xed") + CONTROL, (READ_CONTROL,), 1, ("record",)),
    )  # fmt: skip
    specimens = tuple(
        Specimen(f"S-{place}", food, item, value, datetime(2026, 3, 5, 9, place, 7), verdict)
        for place, (food, item, value, verdict) in enumerate(
            (
                ("玉米<面>", "aflatoxin_b1", 0.0, Verdict.PASS),
                ("花生&油", "aflatoxin_b1", 23.75, Verdict.FAIL),
                ('猪"肉"', "clenbuterol", 0.31, Verdict.SUSPECT),
                ("鱼", "chloramphenicol", 7.0, Verdict.INVALID),
            )
        )
    )

    def may_be_silent(self, gap: bytes) -> bool:
        return super().may_be_silent(re.sub(rb"<\?xml[^<>]*\?>", b"", gap))

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        return super().matches(specimen, reading, profile) and reading.device_serial.startswith("SIM")


def _live(*messages: bytes) -> list[list[str]]:
    """Return the answers to each message: the roots, in order."""
    decoder = FAMILY.decoder(FAMILY.profile())
    decoder.start(0.0)
    said = []
    for part in messages:
        outputs = decoder.receive(part, 0.0)
        said.append([out.data.split(b"?>")[1].split(b">")[0][1:].decode() for out in outputs if isinstance(out, Send)])
    return said


def test_the_host_takes_its_part_in_the_conversation() -> None:
    assert _live(HELLO, status(2, 2), ack(90, 3), RESULT, CONTROL, END_OF_TOPIC, END) == [
        ["ACK.R01"],
        ["ACK.R01", "REQ.R01"],
        [],
        ["ACK.R01"],
        ["ACK.R01"],
        ["ACK.R01", "DTV.R01"],
        ["ACK.R01"],
    ]


def test_with_nothing_new_it_asks_for_what_will_come_and_ends_where_that_is_refused() -> None:
    assert _live(HELLO, status(2, 0), REFUSED.replace(b'ack_control_id V="4"', b'ack_control_id V="3"')) == [
        ["ACK.R01"],
        ["ACK.R01", "DTV.R01"],
        ["END.R01"],
    ]


def test_the_greeting_tells_the_devices_clock_and_a_result_does_not() -> None:
    decoder = FAMILY.decoder(FAMILY.profile())
    clock = ClockRead(datetime(2026, 3, 5, 10, 15))
    assert [output for output in decoder.receive(HELLO + RESULT, 0.0) if isinstance(output, ClockRead)] == [clock]
    no_time = HELLO.replace(b'creation_dttm V="2026-03-05T10:15:00+08:00"', b'creation_dttm V=""')
    assert not [output for output in decoder.receive(no_time, 0.0) if isinstance(output, ClockRead)]


def test_a_result_is_out_before_it_is_acknowledged_by_its_control_id() -> None:
    outputs = FAMILY.decoder(FAMILY.profile()).receive(RESULT, 0.0)
    assert [type(output) for output in outputs] == [FrameAccepted, *[Reading] * 5, Send]
    assert b'<ACK.type_cd V="AA"/><ACK.ack_control_id V="3"/>' in _sent(outputs)


def test_what_is_cut_is_not_acknowledged_and_what_a_host_says_is_not_understood() -> None:
    assert _live(NO_END + HELLO) == [["ACK.R01"]]
    outputs = FAMILY.decoder(FAMILY.profile()).receive(REQUEST, 0.0)
    assert b'<ACK.type_cd V="AE"/>' in _sent(outputs)


def test_what_a_device_says_cannot_be_said_back_to_it_as_xml() -> None:
    outputs = FAMILY.decoder(FAMILY.profile()).receive(message("HEL.R01", "&quot;/&gt;&lt;x"), 0.0)
    assert b'<ACK.ack_control_id V="x"/>' in _sent(outputs)


def test_a_message_that_stays_unfinished_is_given_up() -> None:
    decoder = FAMILY.decoder(FAMILY.profile())
    decoder.start(0.0)
    decoder.receive(NO_END, 5.0)
    assert decoder.deadline is not None
    assert [rejection.reason for rejection in rejected_of(decoder.tick(decoder.deadline))] == ["timeout"]
    assert decoder.deadline is None


@pytest.mark.parametrize("stream", [BOMB, ENTITY, b"<!DOCTYPE x>" + RESULT])
def test_declarations_of_types_and_entities_are_refused_before_any_parser_sees_them(stream: bytes) -> None:
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [stream + CONTROL])
    assert rejected_of(outputs)[0].reason == "record"
    assert "OBS" in rejected_of(outputs)[0].detail or "document type" in rejected_of(outputs)[0].detail
    assert readings_of(outputs)[-1].value == 4.9


def test_a_message_beyond_the_bound_is_refused_and_the_next_one_read() -> None:
    long = RESULT.replace(b"nobody", b"x" * 300_000)
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [long, CONTROL])
    assert [rejection.reason for rejection in rejected_of(outputs)] == ["too_long"]
    assert len(noise_of(outputs)) > 0
    assert [reading.value for reading in readings_of(outputs)] == [4.9]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-05T09:41:07.25+08:00", datetime(2026, 3, 5, 9, 41, 7)),
        ("20260305094107", datetime(2026, 3, 5, 9, 41, 7)),
        ("2026-03-05", None),
        ("yesterday", None),
    ],
)
def test_the_time_is_iso_or_has_no_separators(written: str, meant: datetime | None) -> None:
    stream = RESULT.replace(b"2026-03-05T09:41:07+08:00", written.encode())
    reading = readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), [stream]))[0]
    assert (reading.measured_at, reading.measured_at_text) == (meant, written)


def test_a_message_of_many_levels_is_read_without_recursion() -> None:
    deep = message(
        "OBS.R01", 3, "<SVC>" + "<A>" * 20_000 + "</A>" * 20_000 + observation("A", '<OBS.value V="1"/>') + "</SVC>"
    )
    assert [
        reading.value for reading in readings_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), [deep]))
    ] == [1.0]
    assert len(frames_of(decode(FAMILY.decoder(FAMILY.profile(), passive=True), [deep]))) == 1


def _sent(outputs: list[Output]) -> bytes:
    return b"".join(output.data for output in outputs if isinstance(output, Send))
