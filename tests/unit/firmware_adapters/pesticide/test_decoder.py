"""The decoder: what of a capture is the host's, what is another model's, and the deadlines of a live link."""

from datetime import date

import pytest

from firmware_adapters.contract import FrameAccepted, FrameRejected, Output, Reading, Send
from firmware_adapters.pesticide import FAMILY, requests
from firmware_adapters.pesticide.decoder import PesticideDecoder
from firmware_adapters.pesticide.frames import encode
from firmware_adapters.profile import ProfileError
from tests.contract.test_pesticide import LZ_CABBAGE, LZ_ZERO, PONG, TL_NA, TL_OVER, TL_PASS
from tests.unit.firmware_adapters.pesticide.line import profile

DAY = date(2026, 3, 5)
COUNT_REQUEST = encode(0x12, bytes((26, 3, 5)))
COUNT_REPLIES = [encode(0x13, b"\2\0"), encode(0x12, b"\2\0"), encode(0x12, b"\2\0\0\0")]


def decode(stream: bytes, name: str = "lz-4000t", *, passive: bool = True) -> list[Output]:
    decoder = PesticideDecoder(profile(name), passive=passive)
    return decoder.start(0.0) + decoder.receive(stream, 0.0) + decoder.stop(0.0)


def kinds(outputs: list[Output]) -> list[str]:
    return [type(output).__name__ for output in outputs]


def test_requests_of_the_host_in_a_capture_are_passed_over() -> None:
    stream = requests.LZ_PING + PONG + COUNT_REQUEST + requests.lz_day(DAY) + LZ_CABBAGE + LZ_ZERO
    outputs = decode(stream)
    assert kinds(outputs) == ["FrameAccepted"] + ["FrameAccepted", "Reading"] * 2
    assert outputs[0] == FrameAccepted(8, 8)
    stream = requests.TL_LAST + TL_NA + requests.TL_ALL + TL_PASS + requests.tl_day(DAY) + TL_OVER
    assert kinds(decode(stream, "tl-310")) == ["FrameAccepted", "Reading"] * 3


@pytest.mark.parametrize("reply", COUNT_REPLIES)
def test_count_replies_are_frames_without_a_reading(reply: bytes) -> None:
    assert decode(reply) == [FrameAccepted(0, len(reply))]


def test_a_ping_may_be_answered_by_its_own_form() -> None:
    decoder = PesticideDecoder(profile("lz-4000t"), today=lambda: DAY)
    assert decoder.start(0.0) == [Send(requests.LZ_PING)]
    assert decoder.receive(requests.LZ_PING, 0.1) == [FrameAccepted(0, 8)]
    assert decoder.deadline is not None
    assert decoder.tick(decoder.deadline) == [Send(requests.lz_day(DAY))]


def test_an_echo_of_the_query_is_not_its_answer() -> None:
    decoder = PesticideDecoder(profile("tl-310"))
    assert decoder.start(0.0) == [Send(requests.TL_ALL)]
    assert decoder.receive(requests.TL_ALL, 0.0) == []
    assert kinds(decoder.receive(TL_PASS, 0.0)) == ["FrameAccepted", "Reading"]


def test_a_record_of_the_other_model_is_refused_where_everybody_sees_it() -> None:
    assert kinds(decode(TL_PASS, "lz-4000t")) == ["FrameRejected"]
    (rejected,) = decode(LZ_CABBAGE, "tl-310")
    assert isinstance(rejected, FrameRejected)
    assert (rejected.reason, rejected.data) == ("record", LZ_CABBAGE)
    assert "tl-310" in rejected.detail


def test_a_short_record_is_refused_and_an_empty_answer_is_not() -> None:
    short = encode(0x11, b"\3\0\0\0")
    assert decode(short)[0] == FrameRejected("record", 0, short, "a record of type 11 has 20 bytes, not 4")
    assert kinds(decode(encode(0x11, bytes(20)) + encode(0x11, b""))) == ["FrameAccepted"] * 2


def test_readings_without_a_request_are_read_too() -> None:
    decoder = PesticideDecoder(profile("lz-4000t"))
    decoder.start(0.0)
    decoder.receive(PONG, 0.0)
    assert kinds(decoder.receive(LZ_CABBAGE, 1.0)) == ["FrameAccepted", "Reading"]


def test_the_rest_of_a_frame_is_waited_for_and_then_given_up() -> None:
    decoder = PesticideDecoder(profile("tl-310", frame_s=0.5))
    decoder.start(10.0)
    assert decoder.receive(TL_PASS[:9], 10.1) == []
    assert decoder.deadline == pytest.approx(10.6)
    assert decoder.tick(10.3) == []
    assert decoder.tick(10.7) == [FrameRejected("timeout", 0, TL_PASS[:9])]
    assert kinds(decoder.receive(TL_OVER, 10.8)) == ["FrameAccepted", "Reading"]


def test_a_frame_that_pauses_is_not_given_up() -> None:
    decoder = PesticideDecoder(profile("tl-310", frame_s=0.5))
    decoder.start(10.0)
    for place in range(26):
        assert decoder.receive(TL_PASS[place : place + 1], 10.0 + place * 0.4) == []
    assert kinds(decoder.receive(TL_PASS[26:], 20.5)) == ["FrameAccepted", "Reading"]


def test_a_passive_decoder_waits_for_nothing() -> None:
    decoder = PesticideDecoder(profile("lz-4000t"), passive=True)
    assert decoder.start(0.0) == []
    decoder.receive(LZ_CABBAGE[:5], 0.0)
    assert decoder.deadline is None
    assert decoder.tick(1e9) == []
    assert decoder.stop(0.0) == [FrameRejected("truncated", 0, LZ_CABBAGE[:5])]


def test_a_new_link_starts_at_offset_zero() -> None:
    decoder = PesticideDecoder(profile("lz-4000t"))
    for _ in range(2):
        decoder.start(0.0)
        readings = [output for output in decoder.receive(LZ_CABBAGE, 0.0) if isinstance(output, Reading)]
        assert readings[0].offset == 0
        decoder.receive(b"\x7e\x11", 0.0)
        decoder.stop(0.0)


def test_an_unknown_option_names_itself() -> None:
    with pytest.raises(ProfileError, match=r"options\.pol_s: unknown key"):
        PesticideDecoder(profile("lz-4000t", pol_s=1))


def test_the_family_offers_both_profiles() -> None:
    assert list(FAMILY.shipped()) == ["lz-4000t", "tl-310"]
    assert FAMILY.profile().name == "lz-4000t"
