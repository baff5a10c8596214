"""Lines against an oracle: written lines are read back, however the bytes are cut."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.contract import FrameAccepted, FrameRejected, Noise
from firmware_adapters.line import FAMILY
from tests.contract.adapter_kit import decode, readings_of

PH = FAMILY.profile("ph-meter")
VALUES = st.lists(st.integers(0, 1400), max_size=20)


def cut(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(stream), *(place % (len(stream) + 1) for place in cuts)})
    return [stream[first:last] for first, last in pairwise(edges)]


@settings(max_examples=80, deadline=None)
@given(VALUES, st.sampled_from(["\r", "\n", "\r\n", "\r\n\r\n"]), st.lists(st.integers(0), max_size=30))
def test_any_values_with_any_line_end_in_any_pieces_are_read(values: list[int], end: str, cuts: list[int]) -> None:
    stream = "".join(f"{value / 100:.2f}pH 24.7°C ATC{end}" for value in values).encode("cp437")
    outputs = decode(FAMILY.decoder(PH, passive=True), cut(stream, cuts))
    assert [reading.value for reading in readings_of(outputs)] == [value / 100 for value in values]
    assert len(outputs) == 2 * len(values)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"\r", b"\n", b"4.54pH 24.7\xf8C ATC\r\n", b"20-Feb-2023\r\n", b"4.77pH\r"]) | st.binary()
    ),
    st.lists(st.integers(0), max_size=20),
)
def test_any_bytes_in_any_pieces_come_out_once_and_the_same(parts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(parts)
    whole = decode(FAMILY.decoder(PH, passive=True), [stream])
    assert decode(FAMILY.decoder(PH, passive=True), cut(stream, cuts)) == whole
    said = bytearray(stream)
    for output in whole:
        match output:
            case FrameAccepted(offset, length):
                said[offset : offset + length] = b"\r" * length
            case FrameRejected(_, offset, data) | Noise(offset, data):
                assert stream[offset : offset + len(data)] == data
                said[offset : offset + len(data)] = b"\r" * len(data)
            case _:
                pass
    assert not said.strip(b"\r\n")


SCANNER = FAMILY.profile("barcode-scanner")
CODES = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="\ufffd]") | st.just("\x1d"),
    min_size=4,
    max_size=300,
).filter(lambda text: len(text.strip("\x1d")) >= 4)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(CODES, st.sampled_from(["{}\r", "{}\n", "{}\r\n", "\x02{}\x03", "\x02{}\x03\r\n", "\x02{}\r\n\x03"]))
    ),
    st.lists(st.integers(0), max_size=30),
)
def test_any_codes_in_any_frames_in_any_pieces_are_read(codes: list[tuple[str, str]], cuts: list[int]) -> None:
    stream = "".join(frame.format(code) for code, frame in codes).encode()
    outputs = decode(FAMILY.decoder(SCANNER, passive=True), cut(stream, cuts))
    assert [reading.value_text for reading in readings_of(outputs)] == [code for code, _ in codes]
    assert not [output for output in outputs if isinstance(output, FrameRejected | Noise)]
