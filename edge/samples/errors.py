"""The reasons why a request about samples is refused."""

from enum import StrEnum

from edge.errors import EdgeError
from process.language import t


class Reason(StrEnum):
    """Reason of a refusal: a name for programs."""

    BAD_REQUEST = "bad_request"
    UNKNOWN_SAMPLE = "unknown_sample"
    UNKNOWN_RESULT = "unknown_result"
    CHANGED = "changed"
    WRONG_FIELD = "wrong_field"
    NO_ROOM = "no_room"
    TOO_MUCH = "too_much"
    NOT_READY = "not_ready"


class RefusedError(EdgeError):
    """A request that was refused; nothing of it was done. `facts`: what holds instead."""

    def __init__(self, reason: Reason, text: str, **facts: object) -> None:
        super().__init__(text)
        self.reason = reason
        self.facts = facts


def unknown_sample(name: str) -> RefusedError:
    """Return the refusal of a sample that is not there."""
    return RefusedError(Reason.UNKNOWN_SAMPLE, t(f"there is no sample {name}", f"没有样品 {name}"))
