"""Errors of media."""

from edge.errors import EdgeError


class MediaError(EdgeError):
    """Base of the errors of media."""


class MediaFullError(MediaError):
    """No room for media: the rest of the disk belongs to the results."""


class CentreError(MediaError):
    """The centre did not take a file or did not answer. `reason` is a name for a counter."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
