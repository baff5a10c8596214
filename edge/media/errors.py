"""What can go wrong with media."""

from edge.errors import EdgeError


class MediaError(EdgeError):
    """Base."""


class MediaFullError(MediaError):
    """There is no room for media: what is left of the disk belongs to the results."""


class CentreError(MediaError):
    """The centre did not take something. `reason` is a name for a counter."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
