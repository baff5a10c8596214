"""MQTT topics: built and parsed here and nowhere else.

`shian/1/{station}/{leaf}`; the `1` is the version of the wire. A station's certificate allows it to publish below
its own name alone, so the station in the topic is the one that the broker vouched for.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

PREFIX = "shian/1"
_STATION = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


class Leaf(StrEnum):
    """What a topic carries. `events`, `receipts`: QoS 1; `status`: QoS 1, retained, last will."""

    EVENTS = "events"
    RECEIPTS = "receipts"
    STATUS = "status"


class TopicError(ValueError):
    """The topic or the station name is not one of ours."""


@dataclass(frozen=True, slots=True)
class Topic:
    station: str
    leaf: Leaf


def check_station(station: str) -> str:
    """Return `station` when it may be used in topics, sources and file names: `[a-z0-9-]`, 1 to 64 characters."""
    if not _STATION.fullmatch(station):
        raise TopicError(f"station name {station!r}: use a-z, 0-9 and '-', 1 to 64 characters")
    return station


def topic(station: str, leaf: Leaf) -> str:
    return f"{PREFIX}/{check_station(station)}/{leaf}"


def parse(text: str) -> Topic:
    """Raises TopicError for anything that `topic` would not have built."""
    head, _, rest = text.partition(PREFIX + "/")
    station, _, leaf = rest.partition("/")
    if head or not leaf:
        raise TopicError(f"topic {text!r} is not below {PREFIX}/")
    try:
        return Topic(check_station(station), Leaf(leaf))
    except ValueError as exc:
        raise TopicError(f"topic {text!r}: {exc}") from exc


def subscription(leaf: Leaf, *, group: str | None = None) -> str:
    """The filter for one leaf of every station; with `group` a shared subscription, so that workers share the load."""
    everyone = f"{PREFIX}/+/{leaf}"
    return f"$share/{group}/{everyone}" if group else everyone
