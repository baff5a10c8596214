"""MQTT topics: built and parsed here and nowhere else.

`shian/1/{station}/{leaf}`; the `1` is the version of the wire. A station's certificate allows it to publish below
its own name alone, so the station in the topic is the one that the broker vouched for. The pictures of a camera are one
level lower: `shian/1/{station}/live/{camera}`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

PREFIX = "shian/1"
# The centre's own events are chained as a station's are, under this name, and never come by a topic.
CENTRE = "centre"
_STATION = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_CAMERA = re.compile(r"[A-Za-z0-9._:-]{1,64}")


class Leaf(StrEnum):
    """Leaf of a topic. `events`, `urgent`, `receipts`: QoS 1; `status`: QoS 1, retained, last will; `commands`, `live`:
    QoS 0, for they are said again or soon out of date. `urgent` carries failed tests past the others. `document`: QoS
    1, retained: what the station must know has changed (wire/down.py), it may fetch it."""

    EVENTS = "events"
    URGENT = "urgent"
    RECEIPTS = "receipts"
    STATUS = "status"
    COMMANDS = "commands"
    LIVE = "live"
    DOCUMENT = "document"


class Party(StrEnum):
    """Party at an end of a topic: a station, or a part of the centre."""

    STATION = "station"
    INGEST = "ingest"
    SERVER = "server"


class Ends(NamedTuple):
    """Ends of a leaf: the one party that may write there, and the one that may read."""

    writer: Party
    reader: Party


# The rights of everybody at the broker: `shian broker config` writes its files from this table.
ENDS: Mapping[Leaf, Ends] = {
    Leaf.EVENTS: Ends(Party.STATION, Party.INGEST),
    Leaf.URGENT: Ends(Party.STATION, Party.INGEST),
    Leaf.STATUS: Ends(Party.STATION, Party.INGEST),
    Leaf.LIVE: Ends(Party.STATION, Party.SERVER),
    Leaf.RECEIPTS: Ends(Party.INGEST, Party.STATION),
    Leaf.COMMANDS: Ends(Party.SERVER, Party.STATION),
    Leaf.DOCUMENT: Ends(Party.SERVER, Party.STATION),
}


class TopicError(ValueError):
    """The topic or the station name is not one of ours."""


@dataclass(frozen=True, slots=True)
class Topic:
    """Topic in its parts. `camera`: of `live` topics only."""

    station: str
    leaf: Leaf
    camera: str = ""


def check_station(station: str) -> str:
    """Return `station` when it may be used in topics, sources and file names: `[a-z0-9-]`, 1 to 64 characters, and not
    the name of the centre itself."""
    if station == CENTRE:
        raise TopicError(f"station name {station!r}: this name is the centre's own")
    if not _STATION.fullmatch(station):
        raise TopicError(f"station name {station!r}: use a-z, 0-9 and '-', 1 to 64 characters")
    return station


def check_camera(camera: str) -> str:
    """Return `camera` when it may be used in topics: as a device's name, 1 to 64 characters."""
    if not _CAMERA.fullmatch(camera):
        raise TopicError(f"camera name {camera!r}: use A-Z, a-z, 0-9 and '._:-', 1 to 64 characters")
    return camera


def topic(station: str, leaf: Leaf, camera: str = "") -> str:
    """Build a topic. `camera` is needed for `live` and for nothing else."""
    if (leaf is Leaf.LIVE) is not bool(camera):
        raise TopicError(f"a topic of {leaf} {'needs a' if leaf is Leaf.LIVE else 'has no'} camera")
    place = f"{PREFIX}/{check_station(station)}/{leaf}"
    return f"{place}/{check_camera(camera)}" if camera else place


def parse(text: str) -> Topic:
    """Parse a topic. Raises TopicError for anything that `topic` would not have built."""
    head, _, rest = text.partition(PREFIX + "/")
    station, _, below = rest.partition("/")
    if head or not below:
        raise TopicError(f"topic {text!r} is not below {PREFIX}/")
    leaf, slash, camera = below.partition("/")
    try:
        found = Topic(check_station(station), Leaf(leaf), check_camera(camera) if slash else "")
    except ValueError as exc:
        raise TopicError(f"topic {text!r}: {exc}") from exc
    if (found.leaf is Leaf.LIVE) is not bool(slash):
        raise TopicError(f"topic {text!r}: only pictures have a camera, and all of them")
    return found


def subscription(leaf: Leaf, *, group: str | None = None) -> str:
    """Return the filter for one leaf of every station; with `group` a shared subscription, so that workers share the
    load. Whoever knows a group's name can take its messages away, whether or not he may read them."""
    everyone = pattern(leaf, "+")
    return f"$share/{group}/{everyone}" if group else everyone


def pattern(leaf: Leaf, station: str) -> str:
    """Return the filter for one leaf of `station`, which may be a broker's placeholder: `%u`, `+`."""
    return f"{PREFIX}/{station}/{leaf}" + ("/+" if leaf is Leaf.LIVE else "")
