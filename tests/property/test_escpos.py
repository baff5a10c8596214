"""Printed text against an oracle: printed text is read back, whatever commands and pictures stand between."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.contract import FrameAccepted, FrameRejected, Noise
from firmware_adapters.escpos import FAMILY
from tests.contract.adapter_kit import decode, readings_of

GENERIC = FAMILY.profile("generic")
LINES = st.text(st.characters(codec="gbk", exclude_categories=["Cc", "Cs", "Cn", "Zs", "Zl", "Zp", "Co"]), min_size=1)
PICTURE = st.tuples(st.integers(0, 6), st.integers(0, 20), st.randoms(use_true_random=False)).map(
    lambda drawn: b"\x1dv0\x00" + bytes((drawn[0], 0, drawn[1], 0)) + drawn[2].randbytes(drawn[0] * drawn[1])
)
STORED = st.binary(max_size=40).map(lambda data: b"\x1d(L" + len(data).to_bytes(2, "little") + data)
BARCODE = st.binary(max_size=30).map(lambda data: b"\x1dk\x49" + bytes((len(data),)) + data)
PLAIN = st.sampled_from(
    [b"\x1ba\x01", b"\x1b!\x30", b"\x1bE\x00", b"\x1d!\x11", b"\x1c!\x08", b"\x1bD\x08\x10\x00", b""]
)
COMMANDS = st.lists(PICTURE | STORED | BARCODE | PLAIN, max_size=3).map(b"".join)


def cut(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(stream), *(place % (len(stream) + 1) for place in cuts)})
    return [stream[first:last] for first, last in pairwise(edges)]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(COMMANDS, LINES, st.sampled_from([b"\n", b"\r", b"\r\n", b"\x1bd\x01"])), max_size=8),
    st.lists(st.integers(0), max_size=30),
)
def test_any_lines_between_any_commands_in_any_pieces_are_read(
    lines: list[tuple[bytes, str, bytes]], cuts: list[int]
) -> None:
    stream = b"\x1c&" + b"".join(command + text.encode("gbk") + end for command, text, end in lines)
    outputs = decode(FAMILY.decoder(GENERIC, passive=True), cut(stream, cuts))
    assert [reading.value_text for reading in readings_of(outputs)] == [text for _, text, _ in lines]
    assert sum(output.length for output in outputs if isinstance(output, FrameAccepted)) == len(stream)


PARTS = st.sampled_from([b"\x1b", b"\x1d", b"\x1c", b"\x10", b"\x1dv0\x00", b"\x1b*", b"\x1dk", b"\r", b"\n", b"\x1b@"])


@settings(max_examples=150, deadline=None)
@given(st.lists(PARTS | st.binary(max_size=8), max_size=40), st.lists(st.integers(0), max_size=20))
def test_any_bytes_in_any_pieces_come_out_once_and_the_same(parts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(parts)
    for profile in (GENERIC, FAMILY.profile("dy-3500-ticket")):
        whole = decode(FAMILY.decoder(profile, passive=True), [stream])
        assert decode(FAMILY.decoder(profile, passive=True), cut(stream, cuts)) == whole
        ranges = []
        for output in whole:
            match output:
                case FrameAccepted(offset, length):
                    ranges.append((offset, offset + length))
                case FrameRejected(_, offset, data) | Noise(offset, data):
                    assert stream[offset : offset + len(data)] == data
                    ranges.append((offset, offset + len(data)))
                case _:
                    pass
        edges = sorted(ranges)
        assert [first for first, _ in edges] == [0, *(last for _, last in edges)][: len(edges)]
        assert not stream or edges[-1][1] == len(stream)
