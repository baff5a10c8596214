import json

from server.live_video.frames import Key
from server.live_video.viewer import Viewer

PREVIEW, VIDEO = Key("m1", "kitchen", "preview"), Key("m1", "kitchen", "video")
INIT = b"init"


def taken(viewer: Viewer) -> list[str | bytes]:
    """Take everything that waits."""
    got: list[str | bytes] = []
    while (message := viewer.take()) is not None:
        got.append(message)
    return got


def test_of_previews_only_the_newest_waits() -> None:
    viewer = Viewer("")
    for number in range(5):
        viewer.offer_preview(PREVIEW, b"%d" % number)
    assert taken(viewer) == [b"4"]


def test_video_waits_for_its_first_key_frame_and_has_its_init_segment_before_it_once() -> None:
    viewer = Viewer("")
    viewer.offer_fragment(VIDEO, INIT, b"a", is_key=False)
    viewer.offer_fragment(VIDEO, INIT, b"B", is_key=True)
    viewer.offer_fragment(VIDEO, INIT, b"c", is_key=False)
    viewer.offer_fragment(VIDEO, INIT, b"D", is_key=True)
    other = b"new init"
    viewer.offer_fragment(VIDEO, other, b"E", is_key=True)
    assert taken(viewer) == [INIT, b"B", b"c", b"D", other, b"E"]


def test_a_browser_that_is_too_slow_goes_on_with_the_next_key_frame_and_holds_no_more_than_its_share() -> None:
    viewer = Viewer("", most_bytes=100)
    for number in range(1000):
        viewer.offer_fragment(VIDEO, INIT, b"x" * 30, is_key=number == 0)
    assert taken(viewer) == []
    viewer.offer_fragment(VIDEO, INIT, b"y", is_key=False)
    viewer.offer_fragment(VIDEO, INIT, b"Z", is_key=True)
    assert taken(viewer) == [INIT, b"Z"]


def test_streams_take_turns_and_words_go_first() -> None:
    viewer = Viewer("")
    for number in range(3):
        viewer.offer_fragment(VIDEO, INIT, b"v%d" % number, is_key=True)
    viewer.offer_preview(PREVIEW, b"p")
    viewer.refuse(PREVIEW, "privacy")
    word, *pictures = taken(viewer)
    assert isinstance(word, str)
    assert json.loads(word)["reason"] == "privacy"
    assert pictures == [INIT, b"p", b"v0", b"v1", b"v2"]


def test_words_that_nobody_reads_do_not_pile_up() -> None:
    viewer = Viewer("")
    for number in range(1000):
        viewer.say(number=number)
    assert len(taken(viewer)) == 64


def test_what_is_no_longer_watched_is_not_sent() -> None:
    viewer = Viewer("")
    viewer.offer_preview(PREVIEW, b"p")
    viewer.forget(PREVIEW)
    assert taken(viewer) == []
