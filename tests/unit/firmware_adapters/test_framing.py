"""The scanner, held against a small grammar: `<`, a digit, as many bytes as it says, `>`."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.contract import FrameRejected, Noise
from firmware_adapters.framing import FOREIGN, Broken, Found, Judgement, Mark, More, Scanner, Stateless, Whole


class _Grammar(Stateless):
    heads = re.compile(b"[<|]")

    def judge(self, buffer: bytearray, _offset: int, /) -> Judgement:
        if buffer[:1] == b"|":
            return Mark(1, "bar")
        if len(buffer) < 2:
            return More(is_ours=False)
        if not buffer[1:2].isdigit():
            return FOREIGN
        size = int(buffer[1:2]) + 3
        if len(buffer) < size:
            return More(size=size)
        return Whole(size, "frame") if buffer[size - 1 : size] == b">" else Broken("end_mark", size)


def _all(*chunks: bytes) -> list[object]:
    scanner = Scanner(_Grammar())
    seen: list[object] = []
    for chunk in chunks:
        seen += scanner.feed(chunk)
    return [*seen, *scanner.give_up("truncated")]


def test_frames_noise_and_marks_come_out_where_they_were() -> None:
    assert _all(b"xx<2ab>|y") == [
        Noise(0, b"xx"),
        Found(2, b"<2ab>", "frame"),
        Found(7, b"|", "bar", is_mark=True),
        Noise(8, b"y"),
    ]


def test_a_good_frame_within_a_bad_one_ends_the_rejected_range() -> None:
    assert _all(b"<9ab<1c>de") == [
        FrameRejected("truncated", 0, b"<9ab"),
        Found(4, b"<1c>", "frame"),
        Noise(8, b"de"),
    ]


def test_a_rejected_range_ends_where_the_frame_claimed_to_end() -> None:
    assert _all(b"<2abcdef") == [FrameRejected("end_mark", 0, b"<2abc"), Noise(5, b"def")]


def test_what_never_came_is_named_by_the_one_who_gave_up() -> None:
    scanner = Scanner(_Grammar())
    assert scanner.feed(b"<2a") == []
    assert scanner.is_holding
    assert scanner.give_up("timeout") == [FrameRejected("timeout", 0, b"<2a")]
    assert not scanner.is_holding
    assert scanner.feed(b"<0>") == [Found(3, b"<0>", "frame")]


@settings(deadline=None)
@given(st.lists(st.sampled_from([b"<", b">", b"0", b"3", b"x", b"|", b"<1a>"]), max_size=40).map(b"".join), st.data())
def test_how_the_bytes_are_cut_changes_nothing_and_every_byte_is_accounted_for(
    stream: bytes, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    chunks = [stream[first:last] for first, last in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    seen = _all(*chunks)
    assert seen == _all(stream)
    at = 0
    for item in seen:
        assert isinstance(item, Found | FrameRejected | Noise)
        assert item.offset == at
        assert stream[at : at + len(item.data)] == item.data
        at += len(item.data)
    assert at == len(stream)
