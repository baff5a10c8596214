"""The words of `CameraV1.kind`: the subjects of camera events. Ingest takes other words too, and alerts of none."""

from enum import StrEnum


class CameraKind(StrEnum):
    """The first seven say that the camera or its line cannot be trusted; the others say what it saw."""

    OFFLINE = "offline"
    UNSTABLE = "unstable"
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


# What a camera saw that somebody should look at. The other kinds (motion, a person, nobody) are kept and shown.
FINDINGS = frozenset(
    {
        CameraKind.INTRUSION,
        CameraKind.RODENT,
        CameraKind.TOO_MANY,
        CameraKind.NO_MASK,
        CameraKind.NO_HAT,
        CameraKind.PHONE,
        CameraKind.CIGARETTE,
    }
)
HEALTH = frozenset(
    {
        CameraKind.OFFLINE,
        CameraKind.FROZEN,
        CameraKind.DARK,
        CameraKind.COVERED,
        CameraKind.DEFOCUSED,
        CameraKind.MOVED,
    }
)
# What says that a camera cannot be trusted. A line that comes and goes says nothing about the pictures that are whole.
UNTRUSTED = HEALTH | {CameraKind.UNSTABLE}
