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
def stage() -> Stage:
    return Stage()


def test_who_comes_later_gets_the_video_since_the_last_key_frame(stage: Stage) -> None:
    one, two = Viewer(""), Viewer("")
    assert stage.streams.add(one, VIDEO, 2.0) is not None
    stage.come("init", b"I")
    for body, is_key in ((b"A", True), (b"b", False), (b"C", True), (b"d", False)):
        stage.come("fragment", body, is_key=is_key)
    assert stage.streams.add(two, VIDEO, 2.0) is None
    stage.come("fragment", b"e", is_key=False)
    assert bodies(one) == [b"I", b"A", b"b", b"C", b"d", b"e"]
    assert bodies(two) == [b"I", b"C", b"d", b"e"]


def test_a_missing_number_breaks_the_video_off_until_the_next_key_frame(stage: Stage) -> None:
    one, two = Viewer(""), Viewer("")
    stage.streams.add(one, VIDEO, 2.0)
    stage.come("init", b"I")
    stage.come("fragment", b"A")
    stage.come("fragment", b"b", is_key=False, skip=1)
    stage.streams.add(two, VIDEO, 2.0)
    stage.come("fragment", b"c", is_key=False)
    stage.come("init", b"I")
    stage.come("fragment", b"D")
    assert bodies(one) == [b"I", b"A", b"D"]
    assert bodies(two) == [b"I", b"D"]


def test_a_picture_in_pieces_with_one_missing_breaks_it_off_too(stage: Stage) -> None:
    one = Viewer("")
    stage.streams.add(one, VIDEO, 2.0)
    stage.come("init", b"I")
    stage.come("fragment", b"A")
    stage.come("fragment", b"b1", is_key=False, piece=0, pieces=2)
    stage.come("fragment", b"c", is_key=False)
    stage.come("fragment", b"d1", is_key=False, piece=0, pieces=2)
    assert bodies(one) == [b"I", b"A", b"c"]
    stage.come("fragment", b"E")
    assert bodies(one) == [b"E"]


def test_the_most_frequent_wish_counts_and_the_last_one_who_leaves_ends_the_stream(stage: Stage) -> None:
    one, two = Viewer(""), Viewer("")
    first = stage.streams.add(one, PREVIEW, 1.0)
    changed = stage.streams.add(two, PREVIEW, 5.0)
    assert first is not None
    assert changed is first
    assert first.fps == 5.0
    assert stage.streams.remove(two, PREVIEW) is None
    assert stage.streams.is_watched("m1", "kitchen")
    assert stage.streams.remove(one, PREVIEW) is first
    assert not stage.streams.is_watched("m1", "kitchen")
    stage.come("preview", b"late")
    assert (stage.streams.all(), bodies(one)) == ([], [])


def test_a_group_that_is_too_large_is_not_kept_for_later_ones(stage: Stage) -> None:
    one, two = Viewer("", 1 << 30), Viewer("")
    stage.streams.add(one, VIDEO, 2.0)
    stage.come("init", b"I")
    for number in range(6):
        stage.come("fragment", bytes(1 << 20), is_key=number == 0)
    stage.streams.add(two, VIDEO, 2.0)
    assert bodies(two) == []
    assert len(bodies(one)) == 7


def test_a_refusal_goes_to_who_watches_and_what_is_none_is_counted(stage: Stage) -> None:
    one = Viewer("")
    stage.streams.add(one, VIDEO, 2.0)
    stage.come("refusal", b"no")
    stage.come("refusal", b'{"mode":"video","reason":"codec"}')
    (word,) = bodies(one)
    assert b'"reason": "codec"' in word
