"""Where messages begin and end, at the edges that fuzzing found."""

import pytest

from firmware_adapters.hl7 import FAMILY
from tests.contract.adapter_kit import decode, frames_of, single_bytes


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
