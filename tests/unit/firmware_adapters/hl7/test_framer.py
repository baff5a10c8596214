"""Where messages begin and end, at the edges that fuzzing found."""

import pytest

from firmware_adapters.hl7 import FAMILY
from tests.contract.adapter_kit import decode, frames_of, readings_of, single_bytes


@pytest.mark.parametrize("stream", [b"MSH&|\rMSH\r", b"MSH&|\rMSH", b"\x0bMSH|^\rMSH\r\x1c\r"])
def test_a_segment_named_msh_without_fields_begins_no_message(stream: bytes) -> None:
    for passive in (True, False):
        outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=passive), [stream])
        assert len(frames_of(outputs)) == 1


@pytest.mark.parametrize("ends", [b"\n\n", b"\r\r", b"\r\n\r\n"])
@pytest.mark.parametrize("behind", [b"MSH^~", b"MSH", b"M", b"", b"MX", b"MSH|^~\\&|\r\r"])
def test_blank_lines_behind_a_vt_are_judged_when_it_is_known_what_follows(ends: bytes, behind: bytes) -> None:
    stream = b"MSH||\x0b" + ends + behind
    decoder = FAMILY.decoder(FAMILY.profile(), passive=True)
    assert decode(decoder, single_bytes(stream)) == decode(decoder, [stream])


@pytest.mark.parametrize("size", [11, 25, 60, 75])
def test_a_bare_message_behind_one_that_was_cut_within_a_segment_is_read(size: int) -> None:
    segments = (b"MSH|^~\\&|A|B|||20260305101500||ORU^R01|7|P|2.5", b"OBR|1||S-1", b"OBX|1|NM|GLU||5.1|g/L|||||F", b"")
    message = b"\r".join(segments)
    stream = (b"\x0b" + message)[:size] + message
    decoder = FAMILY.decoder(FAMILY.profile(), passive=True)
    assert [(reading.value, reading.sample_number) for reading in readings_of(decode(decoder, [stream]))] == [
        (5.1, "S-1")
    ]
    assert decode(decoder, single_bytes(stream)) == decode(decoder, [stream])
