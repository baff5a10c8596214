import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.topics import Leaf, Topic, TopicError, parse, subscription, topic


def test_a_topic_is_parsed_as_it_was_built() -> None:
    for leaf in Leaf:
        camera = "kitchen:1" if leaf is Leaf.LIVE else ""
        assert parse(topic("dongmen-2", leaf, camera)) == Topic("dongmen-2", leaf, camera)


@pytest.mark.parametrize("station", ["", "A", "a/b", "+", "#", "a-", "-a", "a b", "a" * 65, "市场", "a\n"])
def test_a_name_that_could_reach_another_topic_is_refused(station: str) -> None:
    with pytest.raises(TopicError):
        topic(station, Leaf.EVENTS)


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(TopicError):
        parse(text)


LIVE = ("shian/1/a/live", "shian/1/a/live/", "shian/1/a/live/+", "shian/1/a/live/x/y", "shian/1/a/commands/")


@pytest.mark.parametrize(
    ("leaf", "camera"), [(Leaf.LIVE, ""), (Leaf.EVENTS, "c"), (Leaf.LIVE, "#"), (Leaf.LIVE, "a/b")]
)
def test_only_pictures_have_a_camera(leaf: Leaf, camera: str) -> None:
    with pytest.raises(TopicError):
        topic("a", leaf, camera)


@pytest.mark.parametrize("text", ["shian/2/a/events", "x/shian/1/a/events", "shian/1/a/events/x", "shian/1/a", *LIVE])
def test_a_near_miss_is_refused(text: str) -> None:
    with pytest.raises(TopicError):
        parse(text)


def test_workers_share_a_subscription() -> None:
    assert subscription(Leaf.EVENTS, group="ingest") == "$share/ingest/shian/1/+/events"
    assert subscription(Leaf.STATUS) == "shian/1/+/status"
    assert subscription(Leaf.LIVE) == "shian/1/+/live/+"
