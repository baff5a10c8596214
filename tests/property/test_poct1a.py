"""POCT1-A against an oracle: a written message is read back, in any pieces, between any noise; one answer each."""

from random import Random
from xml.sax.saxutils import quoteattr

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.contract import Send
from firmware_adapters.poct1a import FAMILY
from tests.contract.adapter_kit import decode, frames_of, random_chunks, readings_of

PROFILE = FAMILY.profile()
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp", "Zs", "Co"]), max_size=20
)
RESULTS = st.lists(st.tuples(st.decimals(-1000, 1000, places=2), NAMES), max_size=5)
NOISE = st.binary(max_size=12).map(lambda data: bytes(byte | 0x80 for byte in data).replace(b"\xef", b"\xee"))


def message(control: int, results: list[tuple[object, str]]) -> bytes:
    said = "".join(
        f'<OBS>\n<OBS.observation_id V="I" DN={quoteattr(name)}/><OBS.value V="{value}" U="g"/></OBS>'
        for value, name in results
    )
    head = f'<HDR><HDR.control_id V="{control}"/></HDR>'
    return f'<?xml version="1.0"?>\n<OBS.R01>{head}<SVC><PT>{said}</PT></SVC></OBS.R01>'.encode()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(RESULTS, NOISE), max_size=4), st.integers(0, 2**32), st.integers(1, 200))
def test_any_messages_between_any_noise_in_any_pieces(
    messages: list[tuple[list[tuple[object, str]], bytes]], seed: int, longest: int
) -> None:
    stream = b"".join(noise + message(at, results) for at, (results, noise) in enumerate(messages))
    outputs = decode(FAMILY.decoder(PROFILE), random_chunks(stream, Random(seed), longest))
    assert [(reading.item_name, reading.value, reading.value_text) for reading in readings_of(outputs)] == [
        (name, float(str(value)), str(value)) for results, _ in messages for value, name in results
    ]
    answers = [output.data for output in outputs if isinstance(output, Send)]
    assert [f'ack_control_id V="{at}"'.encode() in answer for at, answer in enumerate(answers)] == [True] * len(
        messages
    )


PARTS = st.sampled_from(
    [
        b"<",
        b"<?xml",
        b"?>",
        b"<OBS.R01>",
        b"</OBS.R01>",
        b"<OBS.R01/>",
        b"<HEL.R01",
        b">",
        b"<!DOCTYPE",
        b"\xef\xbb\xbf",
        b"<OBS>",
        b"</OBS>",
        b"</HEL.R01 >",
        b" ",
        b'<?xml version="1.0" encoding="gbk"?>',
        b"<DTV.SIEM.X>",
    ]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(PARTS | st.binary(max_size=4), max_size=30), st.integers(0, 2**32))
def test_any_bytes_in_any_pieces_say_the_same(parts: list[bytes], seed: int) -> None:
    stream = b"".join(parts)
    whole = decode(FAMILY.decoder(PROFILE, passive=True), [stream])
    assert decode(FAMILY.decoder(PROFILE, passive=True), random_chunks(stream, Random(seed), 9)) == whole
    assert sum(frame.length for frame in frames_of(whole)) <= len(stream)
