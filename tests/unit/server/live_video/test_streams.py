from itertools import count
from uuid import UUID

import pytest

from server.live_video.frames import Key, parse
from server.live_video.streams import Streams
from server.live_video.viewer import Viewer
from wire.live import Head, Part

VIDEO, PREVIEW = Key("m1", "kitchen", "video"), Key("m1", "kitchen", "preview")


class Stage:
    def __init__(self) -> None:
        numbers = count(1)
        self.streams = Streams(lambda: UUID(int=next(numbers)))
        self._sequence = 0

    def come(self, part: Part, body: bytes, *, is_key: bool = True, skip: int = 0, **more: int) -> None:
        self._sequence += 1 + skip
        self.streams.take("m1", "kitchen", Head(part, self._sequence, 1, "", is_key, **more), body)


def bodies(viewer: Viewer) -> list[bytes]:
    got: list[bytes] = []
    while (message := viewer.take()) is not None:
        got.append(message.encode() if isinstance(message, str) else parse(message)[1])
    return got


@pytest.fixture
def it() -> Stage:
    return Stage()


def test_who_comes_later_gets_the_video_since_the_last_key_frame(it: Stage) -> None:
    one, two = Viewer(""), Viewer("")
    assert it.streams.add(one, VIDEO, 2.0) is not None
    it.come("init", b"I")
    for body, is_key in ((b"A", True), (b"b", False), (b"C", True), (b"d", False)):
        it.come("fragment", body, is_key=is_key)
    assert it.streams.add(two, VIDEO, 2.0) is None
    it.come("fragment", b"e", is_key=False)
    assert bodies(one) == [b"I", b"A", b"b", b"C", b"d", b"e"]
    assert bodies(two) == [b"I", b"C", b"d", b"e"]


def test_a_missing_number_breaks_the_video_off_until_the_next_key_frame(it: Stage) -> None:
    one, two = Viewer(""), Viewer("")
    it.streams.add(one, VIDEO, 2.0)
    it.come("init", b"I")
    it.come("fragment", b"A")
    it.come("fragment", b"b", is_key=False, skip=1)
    it.streams.add(two, VIDEO, 2.0)
    it.come("fragment", b"c", is_key=False)
    it.come("init", b"I")
    it.come("fragment", b"D")
    assert bodies(one) == [b"I", b"A", b"D"]
    assert bodies(two) == [b"I", b"D"]


def test_a_picture_in_pieces_with_one_missing_breaks_it_off_too(it: Stage) -> None:
    one = Viewer("")
    it.streams.add(one, VIDEO, 2.0)
    it.come("init", b"I")
    it.come("fragment", b"A")
    it.come("fragment", b"b1", is_key=False, piece=0, pieces=2)
    it.come("fragment", b"c", is_key=False)
    it.come("fragment", b"d1", is_key=False, piece=0, pieces=2)
    assert bodies(one) == [b"I", b"A", b"c"]
    it.come("fragment", b"E")
    assert bodies(one) == [b"E"]


def test_the_most_frequent_wish_counts_and_the_last_one_who_leaves_ends_the_stream(it: Stage) -> None:
    one, two = Viewer(""), Viewer("")
    first = it.streams.add(one, PREVIEW, 1.0)
    changed = it.streams.add(two, PREVIEW, 5.0)
    assert first is not None
    assert changed is first
    assert first.fps == 5.0
    assert it.streams.remove(two, PREVIEW) is None
    assert it.streams.is_watched("m1", "kitchen")
    assert it.streams.remove(one, PREVIEW) is first
    assert not it.streams.is_watched("m1", "kitchen")
    it.come("preview", b"late")
    assert (it.streams.all(), bodies(one)) == ([], [])


def test_a_group_that_is_too_large_is_not_kept_for_later_ones(it: Stage) -> None:
    one, two = Viewer("", 1 << 30), Viewer("")
    it.streams.add(one, VIDEO, 2.0)
    it.come("init", b"I")
    for number in range(6):
        it.come("fragment", bytes(1 << 20), is_key=number == 0)
    it.streams.add(two, VIDEO, 2.0)
    assert bodies(two) == []
    assert len(bodies(one)) == 7


def test_a_refusal_goes_to_who_watches_and_what_is_none_is_counted(it: Stage) -> None:
    one = Viewer("")
    it.streams.add(one, VIDEO, 2.0)
    it.come("refusal", b"no")
    it.come("refusal", b'{"mode":"video","reason":"codec"}')
    (word,) = bodies(one)
    assert b'"reason": "codec"' in word
