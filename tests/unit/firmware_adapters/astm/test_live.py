"""The receiver on a live line: what is answered to what, and when a reading is out."""

import pytest

from firmware_adapters.astm import FAMILY
from firmware_adapters.contract import Decoder, FrameAccepted, FrameRejected, Output, Reading, Send
from tests.unit.firmware_adapters.astm.framing import (
    ACK,
    END,
    ENQ,
    EOT,
    HEADER,
    NAK,
    ORDER,
    bad_frame,
    frame,
    profile_with,
    readings,
    rejected,
    result,
    sent,
)


@pytest.fixture
def decoder() -> Decoder:
    live = FAMILY.decoder(FAMILY.profile())
    assert live.start(0.0) == []
    return live


def names(outputs: list[Output]) -> list[str]:
    return [type(output).__name__ for output in outputs]


def test_the_readings_of_a_message_are_out_before_the_frame_that_completes_it_is_acknowledged(decoder: Decoder) -> None:
    assert sent(decoder.receive(ENQ, 0.0)) == [ACK]
    for number, text in enumerate((HEADER, ORDER, result(1), result(2)), start=1):
        assert names(decoder.receive(frame(number, text), 0.0)) == ["FrameAccepted", "Send"]
    assert names(decoder.receive(frame(5, END), 0.0)) == ["FrameAccepted", "Reading", "Reading", "Send"]
    assert names(decoder.receive(EOT, 0.0)) == ["Concluded"]
    assert decoder.deadline is None


def test_a_terminator_without_a_line_end_completes_the_message_too(decoder: Decoder) -> None:
    decoder.receive(ENQ, 0.0)
    outputs = decoder.receive(frame(1, HEADER + result(1) + b"L|1|N"), 0.0)
    assert names(outputs) == ["FrameAccepted", "Reading", "Send"]


def test_a_terminator_cut_in_two_completes_the_message_with_its_second_part(decoder: Decoder) -> None:
    decoder.receive(ENQ, 0.0)
    assert readings(decoder.receive(frame(1, HEADER + result(1) + b"L|", is_last=False), 0.0)) == []
    assert names(decoder.receive(frame(2, b"1|N\r"), 0.0)) == ["FrameAccepted", "Reading", "Send"]


def test_an_analyzer_that_sends_no_terminator_has_each_result_out_before_its_acknowledgement() -> None:
    live = FAMILY.decoder(profile_with('quirks = [{ name = "no_terminator", evidence = "test" }]'))
    live.start(0.0)
    live.receive(ENQ + frame(1, HEADER), 0.0)
    assert names(live.receive(frame(2, ORDER + result(1)), 0.0)) == ["FrameAccepted", "Reading", "Send"]
    assert names(live.receive(EOT, 0.0)) == ["Concluded"]


def test_a_bad_checksum_is_refused_and_the_frame_that_comes_again_is_taken(decoder: Decoder) -> None:
    decoder.receive(ENQ + frame(1, HEADER), 0.0)
    bad = bad_frame(2, ORDER + result(1))
    outputs = decoder.receive(bad, 0.0)
    assert rejected(outputs) == [("checksum", bad[:-2])]
    assert sent(outputs) == [NAK]
    assert sent(decoder.receive(frame(2, ORDER + result(1)), 0.0)) == [ACK]
    assert [reading.sample_number for reading in readings(decoder.receive(frame(3, END), 0.0))] == ["S1"]


def test_a_frame_that_comes_again_is_acknowledged_and_gives_nothing_new(decoder: Decoder) -> None:
    decoder.receive(ENQ + frame(1, HEADER) + frame(2, result(1)), 0.0)
    assert names(decoder.receive(frame(2, result(1)), 0.0)) == ["FrameAccepted", "Send"]
    assert len(readings(decoder.receive(frame(3, END), 0.0))) == 1
    assert names(decoder.receive(frame(3, END), 0.0)) == ["FrameAccepted", "Send"]


@pytest.mark.parametrize("number", [0, 2, 4, 5, 6, 7])
def test_another_frame_under_a_wrong_number_is_refused(decoder: Decoder, number: int) -> None:
    decoder.receive(ENQ + frame(1, HEADER) + frame(2, ORDER), 0.0)
    outputs = decoder.receive(frame(number, result(1)), 0.0)
    assert [reason for reason, _ in rejected(outputs)] == ["sequence"]
    assert sent(outputs) == [NAK]
    assert sent(decoder.receive(frame(3, result(1)), 0.0)) == [ACK]


@pytest.mark.parametrize(("first", "answer"), [(0, ACK), (1, ACK), (2, NAK), (7, NAK)])
def test_the_first_frame_is_numbered_0_or_1(decoder: Decoder, first: int, answer: bytes) -> None:
    decoder.receive(ENQ, 0.0)
    assert sent(decoder.receive(frame(first, HEADER), 0.0)) == [answer]


def test_with_the_quirk_sound_frames_are_taken_under_any_number() -> None:
    live = FAMILY.decoder(profile_with('quirks = [{ name = "frame_numbers_ignored", evidence = "test" }]'))
    live.start(0.0)
    outputs = live.receive(ENQ + frame(1, HEADER) + frame(1, ORDER) + frame(1, result(1)) + frame(7, END), 0.0)
    assert sent(outputs) == [ACK] * 5
    assert len(readings(outputs)) == 1


def test_a_message_whose_enq_was_lost_is_taken_from_its_header_on(decoder: Decoder) -> None:
    outputs = decoder.receive(frame(1, HEADER + ORDER + result(1) + END), 0.0)
    assert names(outputs) == ["FrameAccepted", "Reading", "Send"]


@pytest.mark.parametrize("number", [1, 5])
def test_the_middle_of_a_transfer_that_began_before_this_process_is_refused(decoder: Decoder, number: int) -> None:
    # The beginning was acknowledged by a process that is gone: the analyzer must send the whole message again.
    outputs = decoder.receive(frame(number, result(3)), 0.0)
    assert [reason for reason, _ in rejected(outputs)] == ["sequence"]
    assert sent(outputs) == [NAK]


def test_enq_twice_and_enq_eot_are_answered_and_mean_nothing(decoder: Decoder) -> None:
    assert decoder.receive(ENQ + ENQ, 0.0) == [Send(ACK), Send(ACK)]
    assert decoder.receive(EOT, 0.0) == []
    assert decoder.receive(ENQ + EOT, 0.0) == [Send(ACK)]
    assert decoder.deadline is None


def test_silence_in_a_transfer_gives_what_was_complete_and_discards_the_rest(decoder: Decoder) -> None:
    text = HEADER + ORDER + result(1) + b"R|2|^^^GLU|9"
    decoder.receive(ENQ + frame(1, text, is_last=False), 10.0)
    decoder.receive(b"\x022.3", 12.0)
    assert decoder.deadline == 42.0
    assert decoder.tick(41.9) == []
    outputs = decoder.tick(42.0)
    assert rejected(outputs) == [("timeout", b"\x022.3"), ("timeout", b"R|2|^^^GLU|9")]
    (reading,) = readings(outputs)
    assert "message_incomplete" in reading.flags
    assert decoder.deadline is None
    assert sent(decoder.receive(frame(2, b".3|mmol/L\r" + END), 50.0)) == [NAK]


def test_the_second_silence_is_noticed_like_the_first(decoder: Decoder) -> None:
    for at in (0.0, 100.0, 200.0):
        decoder.receive(ENQ + frame(1, HEADER + result(1)), at)
        assert len(readings(decoder.tick(at + 30.0))) == 1


def test_noise_does_not_keep_a_transfer_alive(decoder: Decoder) -> None:
    decoder.receive(ENQ, 0.0)
    decoder.receive(b"xyz", 29.0)
    assert decoder.deadline == 30.0


def test_enq_in_an_open_message_gives_what_was_complete(decoder: Decoder) -> None:
    decoder.receive(ENQ + frame(1, HEADER + ORDER + result(1)), 0.0)
    outputs = decoder.receive(ENQ, 0.0)
    assert names(outputs) == ["Reading", "Send"]
    assert len(readings(decoder.receive(frame(1, HEADER + ORDER + result(1) + END), 0.0))) == 1


@pytest.mark.parametrize(("control", "answer"), [(b"\x02", []), (ENQ, [ACK]), (EOT, [])])
def test_a_frame_that_is_cut_off_is_rejected_where_it_was_cut(
    decoder: Decoder, control: bytes, answer: list[bytes]
) -> None:
    decoder.receive(ENQ, 0.0)
    outputs = decoder.receive(b"\x021H|\\^&" + control, 0.0)
    assert rejected(outputs) == [("truncated", b"\x021H|\\^&")]
    assert sent(outputs) == answer


def test_a_frame_without_end_is_given_up_at_the_bound(decoder: Decoder) -> None:
    decoder.receive(ENQ, 0.0)
    outputs: list[Output] = []
    for _ in range(70):
        outputs += decoder.receive(b"\x021" + b"x" * 999 if not outputs and _ == 0 else b"x" * 1000, 0.0)
    (refusal,) = [output for output in outputs if isinstance(output, FrameRejected)]
    assert refusal.reason == "too_long"
    assert 64_000 <= len(refusal.data) <= 64_010
    assert sent(outputs) == [NAK]
    assert sent(decoder.receive(frame(1, HEADER), 0.0)) == [ACK]


def test_a_frame_of_64000_characters_is_taken(decoder: Decoder) -> None:
    text = HEADER + ORDER + b"M|1|" + b"x" * 63_000 + b"\r" + result(1) + END
    outputs = decoder.receive(ENQ + frame(1, text), 0.0)
    assert [type(output) for output in outputs] == [Send, FrameAccepted, Reading, Send]
