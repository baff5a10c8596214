"""What a camera event can be about: the words of `CameraV1.kind`."""

from enum import StrEnum


class Kind(StrEnum):
    """The first six say that the camera cannot be trusted; the others say what it saw."""

    OFFLINE = "offline"
    FROZEN = "frozen"
    DARK = "dark"
    COVERED = "covered"
    DEFOCUSED = "defocused"
    MOVED = "moved"

    MOTION = "motion"
    INTRUSION = "intrusion"
    UNATTENDED = "unattended"
    RODENT = "rodent"

    PERSON = "person"
    TOO_MANY = "too_many"
    NOBODY = "nobody"
    NO_MASK = "no_mask"
    NO_HAT = "no_hat"
    PHONE = "phone"
    CIGARETTE = "cigarette"


HEALTH = frozenset({Kind.OFFLINE, Kind.FROZEN, Kind.DARK, Kind.COVERED, Kind.DEFOCUSED, Kind.MOVED})
