"""Exactly one answer a message, behind its readings, and nothing twice."""

import pytest

from firmware_adapters.contract import FrameAccepted, FrameRejected, Output, Reading, Send
from firmware_adapters.hl7 import FAMILY
from firmware_adapters.hl7.decoder import Hl7Decoder
from firmware_adapters.profile import Profile, parse_profile
from tests.contract.adapter_kit import decode, readings_of, rejected_of
from tests.contract.hl7_messages import BARE, BARE_2, ORU, OUL, framed, segments


def profile(settings: str = "") -> Profile:
    head = (
        'name = "x"\nfamily = "hl7"\nmaker = "x"\nmodel = "x"\nevidence = "simulator"\ncharset = "utf-8"\n[settings]\n'
    )
    return parse_profile(head + settings, "mine.toml")


def live(settings: str = "") -> Hl7Decoder:
    decoder = FAMILY.decoder(profile(settings))
    assert isinstance(decoder, Hl7Decoder)
    decoder.start(0.0)
    return decoder


def sent(outputs: list[Output]) -> list[bytes]:
    return [output.data for output in outputs if isinstance(output, Send)]


def with_header(header: str) -> bytes:
    return framed(header, *OUL[1:])


def test_a_message_is_acknowledged_behind_its_readings() -> None:
    outputs = live().receive(framed(*ORU, charset="gb18030"), 0.0)
    kinds = [type(output) for output in outputs]
    assert kinds == [FrameAccepted, *[Reading] * 5, Send]
    (answer,) = sent(outputs)
    time = "20260305094107"
    assert answer.decode("gb18030") == (
        f"\x0bMSH|^~\\&|||食安|市场|{time}||ACK^R01|17|P|2.3.1||||||GB18030\rMSA|AA|17\r\x1c\r"
    )


def test_the_same_message_again_is_acknowledged_and_named_as_the_same_transfer() -> None:
    decoder, message = live(), framed(*OUL)
    first, second = decoder.receive(message, 0.0), decoder.receive(message, 9.0)
    names = [reading.transfer for reading in readings_of(first)]
    assert len(set(names)) == 5
    assert "" not in names
    assert [reading.transfer for reading in readings_of(second)] == names
    assert sent(second) == sent(first)


def test_another_time_of_sending_is_another_transfer() -> None:
    decoder, message = live(), framed(*OUL)
    first = readings_of(decoder.receive(message, 0.0))
    later = readings_of(decoder.receive(message.replace(b"20260305101500", b"20260305101505"), 20.0))
    assert not {reading.transfer for reading in first} & {reading.transfer for reading in later}


def test_an_id_that_comes_again_with_other_results_is_another_message() -> None:
    decoder, message = live(), framed(*OUL)
    decoder.receive(message, 0.0)
    assert len(readings_of(decoder.receive(message.replace(b"^5.1", b"^5.2"), 9.0))) == 5


@pytest.mark.parametrize(
    ("accept", "application", "code"),
    [("", "", "AA"), ("AL", "", "CA"), ("AL", "AL", "CA"), ("NE", "AL", "AA"), ("NE", "NE", None), ("ER", "AL", "AA"),
     ("SU", "NE", "CA"), ("ER", "NE", None)],
)  # fmt: skip
def test_the_header_says_which_answer_is_wanted(accept: str, application: str, code: str | None) -> None:
    answers = sent(live().receive(with_header(f"MSH|^~\\&|A|B|||2026||ORU^R01|7|P|2.5|||{accept}|{application}"), 0.0))
    assert [answer.split(b"MSA|")[1][:2].decode() for answer in answers] == ([code] if code else [])


@pytest.mark.parametrize(("accept", "code"), [("", b"AR"), ("AL", b"CR"), ("ER", b"CR")])
def test_a_message_that_is_no_result_is_rejected_and_reported(accept: str, code: bytes) -> None:
    outputs = live().receive(framed(f"MSH|^~\\&|A|B|||2026||QRY^Q02|7|P|2.5|||{accept}", "QRD|1"), 0.0)
    assert [output.reason for output in rejected_of(outputs)] == ["message_type"]
    (answer,) = sent(outputs)
    assert b"MSA|" + code + b"|7|unsupported message type\r" in answer


def test_a_result_message_without_an_observation_is_an_error() -> None:
    outputs = live().receive(framed("MSH|^~\\&|A|B|||2026||ORU^R01|7|P|2.5", "OBR|1"), 0.0)
    assert [output.reason for output in rejected_of(outputs)] == ["record"]
    assert b"MSA|AE|7|" in sent(outputs)[0]


def test_an_acknowledgement_is_never_acknowledged() -> None:
    outputs = live().receive(framed("MSH|^~\\&|A|B|||2026||ACK|7|P|2.5", "MSA|AA|1"), 0.0)
    assert [type(output) for output in outputs] == [FrameAccepted]


def test_messages_in_one_frame_are_answered_one_by_one() -> None:
    both = b"\x0b" + segments(OUL[0], *OUL[1:5]) + segments(OUL[0].replace("MSG-1", "MSG-2"), *OUL[1:5]) + b"\x1c\r"
    outputs = live().receive(both, 0.0)
    assert [answer.split(b"MSA|AA|")[1][:5] for answer in sent(outputs)] == [b"MSG-1", b"MSG-2"]
    assert len(readings_of(outputs)) == 2


def test_a_short_header_without_type_and_id_is_read() -> None:
    outputs = live().receive(framed("MSH|^~\\&|A", *OUL[1:6]), 0.0)
    assert len(readings_of(outputs)) == 2
    assert b"MSA|AA|\r" in sent(outputs)[0]
    assert len(readings_of(live().receive(framed("MSH|^~\\&", *OUL[1:6]), 0.0))) == 2


def test_bare_messages_are_answered_only_where_the_profile_says_so() -> None:
    message = segments(*BARE) + b"\r"
    assert sent(live().receive(message, 0.0)) == []
    assert sent(live('answer = "never"').receive(framed(*OUL), 0.0)) == []
    (answer,) = sent(live('answer = "always"').receive(message, 0.0))
    assert answer.startswith(b"MSH|")
    assert answer.endswith(b"\r\r")


def test_a_bare_message_ends_with_silence_on_a_live_line() -> None:
    decoder = live()
    assert decoder.receive(segments(*BARE), 10.0) == []
    assert decoder.deadline == 13.0
    assert decoder.tick(12.9) == []
    assert [reading.value for reading in readings_of(decoder.tick(13.0))] == [1.25]
    assert [reading.value for reading in readings_of(decoder.receive(segments(*BARE_2) + b"\r", 20.0))] == [0.0]


def test_a_frame_without_its_end_is_rejected_live_for_it_will_be_sent_again() -> None:
    decoder = live()
    assert decoder.receive(framed(*OUL)[:-2], 10.0) == []
    assert decoder.deadline == 40.0
    (rejected,) = decoder.tick(40.0)
    assert isinstance(rejected, FrameRejected)
    assert (rejected.reason, rejected.offset, rejected.data) == ("timeout", 0, framed(*OUL)[:-2])
    assert len(readings_of(decoder.receive(framed(*OUL), 41.0))) == 5


def test_a_frame_without_its_end_gives_its_whole_segments_in_a_capture() -> None:
    whole = framed(*OUL)
    cut = whole[: whole.index(b"0.35")]
    outputs = decode(FAMILY.decoder(profile(), passive=True), [cut + whole])
    readings = readings_of(outputs)
    assert len(readings) == 6
    assert readings[0].flags[-1] == "message_incomplete"
    (rejected,) = rejected_of(outputs)
    assert (rejected.reason, rejected.data) == ("truncated", b"OBX|2|SN|IGE^IgE||<^")


def test_a_message_that_is_too_long_is_rejected_and_the_next_one_is_read() -> None:
    decoder = FAMILY.decoder(profile("max_message = 1024"), passive=True)
    long = framed(OUL[0], "OBX|1|TX|A||" + "x" * 2000)
    outputs = decode(decoder, [long + framed(*BARE)])
    assert [output.reason for output in rejected_of(outputs)] == ["too_long"]
    assert [reading.value for reading in readings_of(outputs)] == [1.25]


@pytest.mark.parametrize(("accept", "code"), [("", b"AE"), ("AL", b"CE")])
def test_a_message_beyond_the_bound_is_one_dead_letter_and_is_answered(accept: str, code: bytes) -> None:
    header = f"MSH|^~\\&|A|B|||2026||ORU^R01|88|P|2.5|||{accept}"
    long = framed(header, *("OBX|1|TX|A||" + "x" * 500,) * 40)
    outputs: list[list[Output]] = []
    for size in (1, 7, 1000, 4096, len(long) + 400):
        stream, decoder = long + framed(*BARE), live("max_message = 1024")
        chunks = [stream[at : at + size] for at in range(0, len(stream), size)]
        outputs.append([output for chunk in chunks for output in decoder.receive(chunk, 0.0)])
    assert all(one == outputs[0] for one in outputs)
    rejected, refusal, *rest = outputs[0]
    assert isinstance(rejected, FrameRejected)
    assert isinstance(refusal, Send)
    assert (rejected.reason, rejected.offset, rejected.data) == ("too_long", 0, long[:1025])
    assert rejected.detail == f"{len(long) - 1} bytes; at most 1024 are taken"
    assert b"MSA|" + code + b"|88|message too long\r" in refusal.data
    assert [type(output) for output in rest] == [FrameAccepted, Reading, Send]


def test_a_message_beyond_the_bound_that_does_not_end_is_told_once_and_not_answered() -> None:
    decoder = live("max_message = 1024")
    for _ in range(20):
        assert decoder.receive((b"x" * 500 if decoder.deadline else b"\x0b" + segments(*OUL[:1])), 0.0) == []
    assert decoder.deadline is not None
    outputs = decoder.tick(decoder.deadline)
    assert [output.reason for output in rejected_of(outputs)] == ["too_long"]
    assert len(outputs) == 1


def test_the_last_line_of_a_file_needs_no_end_if_it_goes_as_far_as_its_status() -> None:
    file = segments(*BARE)
    for missing, values in ((0, [1.25]), (1, [1.25]), (2, []), (10, [])):
        outputs = decode(FAMILY.decoder(profile(), passive=True), [file[: len(file) - missing]])
        assert [reading.value for reading in readings_of(outputs)] == values
        assert bool([output for output in rejected_of(outputs) if output.reason == "truncated"]) == (not values)


def test_control_characters_are_not_echoed() -> None:
    # The text of a device's header comes back in the answer: as text, never as a command for something else.
    (answer,) = sent(live().receive(with_header("MSH|^~\\&|\x1b9|\x05\x10|||2026||ORU^R01|1\x1b]7|P|2.3.1"), 0.0))
    body = answer.removeprefix(b"\x0b").removesuffix(b"\x1c\r")
    assert not set(body) & (set(range(32)) - {0x0D})
    assert b"MSA|AA|1]7\r" in body
