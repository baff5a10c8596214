from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.live import (
    MOST_BYTES,
    PIECE,
    Head,
    Joiner,
    LiveCommand,
    LiveError,
    Refusal,
    decode,
    decode_refusal,
    encode,
    pieces,
)

ID = UUID("0194b2c0-0000-7000-8000-000000000001")
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
GOLDEN = (
    b'{"command":"live","id":"0194b2c0-0000-7000-8000-000000000001","camera":"cam-1","mode":"video","fps":2.0,'
    b'"for_s":15.0,"at":"2026-03-02T02:00:00Z"}'
)


def test_a_command_has_these_bytes() -> None:
    command = LiveCommand(id=ID, camera="cam-1", mode="video", at=AT)
    assert encode(command) == GOLDEN
    assert decode(GOLDEN) == command


@pytest.mark.parametrize(
    "change",
    [
        (b'"fps":2.0', b'"fps":6'),
        (b'"fps":2.0', b'"fps":0'),
        (b'"fps":2.0', b'"fps":NaN'),
        (b'"for_s":15.0', b'"for_s":61'),
        (b'"cam-1"', b'"a/b"'),
        (b'"video"', b'"sound"'),
        (b'"live"', b'"reboot"'),
        (b"02:00:00Z", b"02:00:00"),
    ],
)
def test_what_is_no_command_is_refused(change: tuple[bytes, bytes]) -> None:
    with pytest.raises(LiveError):
        decode(GOLDEN.replace(*change))


@given(st.binary(max_size=200))
def test_any_other_bytes_are_refused(body: bytes) -> None:
    for read in (decode, decode_refusal):
        with pytest.raises(LiveError):
            read(body)


def test_a_refusal_says_the_mode_and_a_word() -> None:
    refusal = Refusal(mode="video", reason="privacy")
    assert decode_refusal(refusal.model_dump_json().encode()) == refusal


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (Head("preview", 7, 1700), [("part", "preview"), ("n", "7"), ("at", "1700")]),
        (
            Head("fragment", 8, 1700, "avc1.42C01F", is_key=False, piece=1, pieces=3),
            [
                ("part", "fragment"),
                ("n", "8"),
                ("at", "1700"),
                ("codec", "avc1.42C01F"),
                ("key", "0"),
                ("piece", "1"),
                ("pieces", "3"),
            ],
        ),
    ],
)
def test_a_head_travels_as_user_properties(head: Head, said: list[tuple[str, str]]) -> None:
    assert head.properties() == said
    assert Head.parse(head.content_type, said) == head


@pytest.mark.parametrize(
    "change",
    [
        {"part": "sound"},
        {"part": ""},
        {"n": "-1"},
        {"n": "9" * 17},
        {"n": "٣"},
        {"at": "soon"},
        {"piece": "3", "pieces": "3"},
        {"pieces": "257"},
        {"pieces": "0"},
    ],
)
def test_what_is_no_head_is_refused(change: dict[str, str]) -> None:
    said = {"part": "preview", "n": "7", "at": "1700"} | change
    with pytest.raises(LiveError):
        Head.parse("image/jpeg", said.items())
    with pytest.raises(LiveError):
        Head.parse("text/html", {"part": "preview", "n": "7", "at": "1"}.items())


@given(body=st.binary(max_size=500), largest=st.integers(-3, 600))
def test_pieces_together_are_the_picture(body: bytes, largest: int) -> None:
    cut = pieces(body, largest)
    joiner = Joiner()
    got = [joiner.take(Head("preview", 1, 1, piece=at, pieces=len(cut)), piece) for at, piece in enumerate(cut)]
    if cut:
        assert all(len(piece) <= max(1, largest) for piece in cut)
        assert got == [None] * (len(cut) - 1) + [body]
    else:
        assert len(body) > 256 * max(1, largest)


def test_too_large_a_picture_is_not_sent() -> None:
    assert pieces(bytes(MOST_BYTES + 1), 1 << 20) == ()
    assert {len(piece) for piece in pieces(bytes(4 * PIECE), 1 << 20)} == {PIECE}


def _heads(sequence: int, count: int, **more: Any) -> list[Head]:
    return [Head("fragment", sequence, 1, piece=at, pieces=count, **more) for at in range(count)]


def test_a_picture_that_misses_a_piece_is_lost_and_the_next_one_is_whole() -> None:
    joiner = Joiner()
    first, second = _heads(1, 3), _heads(2, 3)
    told = [joiner.take(head, b"x") for head in (first[0], first[2], *second)]
    assert told == [None, None, None, None, b"xxx"]
    assert joiner.lost == 1
    assert joiner.take(second[1], b"x") is None  # a piece of nothing
    told = [joiner.take(head, b"y") for head in (first[0], first[1], *second)]
    assert told[-1] == b"yyy"
    assert joiner.lost == 2


def test_a_picture_without_end_is_not_kept() -> None:
    joiner = Joiner()
    for head in _heads(1, 256):
        assert joiner.take(head, bytes(PIECE)) is None
    assert joiner.lost == 1
