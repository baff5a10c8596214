"""The status of a station, from its topic. Nothing is read or written here."""

from dataclasses import dataclass

from wire.status import Status, StatusError, decode
from wire.topics import Leaf, TopicError, parse


@dataclass(frozen=True, slots=True)
class StatusNews:
    """Status of a station as it came. `is_retained`: the broker kept it for later subscribers, so it may be old."""

    station: str
    status: Status
    is_retained: bool = False


def is_status(topic: str) -> bool:
    return topic.endswith(f"/{Leaf.STATUS}")


def accept_status(topic: str, body: bytes, *, is_retained: bool = False) -> StatusNews | str:
    """Read a status. Return the reason instead where it is none: bad_topic, not_a_status. An empty body (the retained
    status was cleared) is no news either: `cleared`."""
    try:
        place = parse(topic)
    except TopicError:
        return "bad_topic"
    if place.leaf is not Leaf.STATUS:
        return "bad_topic"
    if not body:
        return "cleared"
    try:
        return StatusNews(place.station, decode(body), is_retained)
    except (StatusError, RecursionError):
        return "not_a_status"
