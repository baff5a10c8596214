"""Messages without frames: files of records, and what is left of frames, which is none."""

import pytest

from firmware_adapters.astm import FAMILY
from firmware_adapters.contract import FrameAccepted, FrameRejected, Noise
from tests.unit.firmware_adapters.astm.framing import (
    END,
    ENQ,
    EOT,
    HEADER,
    ORDER,
    frame,
    passive,
    readings,
    rejected,
    result,
    sent,
)

MESSAGE = HEADER + ORDER + result(1) + b"C|1|I|seen\r" + END


@pytest.mark.parametrize("ending", [b"\r", b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"log of 7 March\n", b"\x00\xffnoise "])
def test_a_file_of_records_is_read(ending: bytes, mark: bytes) -> None:
    text = MESSAGE.replace(b"\r", ending)
    outputs = passive(mark + text + text.replace(b"5.1", b"6.2"))
    first, second = readings(outputs)
    assert (first.value, second.value) == (5.1, 6.2)
    assert (first.sample_number, first.extra["comment"]) == ("S1", "seen")
    assert first.offset == len(mark) + text.index(b"R|1")
    assert [output for output in outputs if isinstance(output, FrameAccepted)] == [
        FrameAccepted(len(mark), len(text)),
        FrameAccepted(len(mark) + len(text), len(text)),
    ]
    assert rejected(outputs) == []


def test_the_terminator_at_the_end_of_a_file_needs_no_line_end() -> None:
    (reading,) = readings(passive(MESSAGE.rstrip(b"\r")))
    assert "message_incomplete" not in reading.flags


def test_a_message_without_its_terminator_is_rejected_whole() -> None:
    text = MESSAGE.removesuffix(END)
    assert passive(text) == [FrameRejected("truncated", 0, text)]


@pytest.mark.parametrize(("before", "behind"), [(b"", b"\x03C1\r\n"), (b"", b"\x17C1\r\n"), (b"1", b""), (b"x1", b"")])
def test_what_is_left_of_a_frame_is_no_message(before: bytes, behind: bytes) -> None:
    outputs = passive(before + MESSAGE + behind + ENQ + frame(1, MESSAGE) + EOT)
    assert len(readings(outputs)) == 1
    assert b"".join(output.data for output in outputs if isinstance(output, Noise)) == before + MESSAGE + behind


def test_a_control_character_within_is_damage() -> None:
    text = MESSAGE.replace(b"5.1", b"5\x001")
    assert b"".join(output.data for output in passive(text) if isinstance(output, Noise)) == text


def test_text_within_a_transfer_is_noise() -> None:
    outputs = passive(ENQ + frame(1, HEADER) + MESSAGE + frame(2, ORDER) + frame(3, result(1)) + frame(4, END) + EOT)
    (reading,) = readings(outputs)
    assert "sample_unknown" not in reading.flags


def test_nothing_is_answered_and_silence_ends_the_wait() -> None:
    decoder = FAMILY.decoder(FAMILY.profile())
    outputs = decoder.receive(MESSAGE.removesuffix(END), 0.0)
    assert (outputs, decoder.deadline) == ([], 30.0)
    assert rejected(decoder.tick(30.0)) == [("truncated", MESSAGE.removesuffix(END))]
    live = decoder.receive(MESSAGE + b"\n", 31.0)
    assert len(readings([*live, *decoder.tick(61.0)])) == 1
    assert sent(live) == []


def test_the_longest_is_bounded() -> None:
    outputs = passive(HEADER + b"C|1|I|" + b"x" * 300_000)
    assert [(output.reason, len(output.data)) for output in outputs if isinstance(output, FrameRejected)] == [
        ("too_long", 256 * 1024)
    ]
