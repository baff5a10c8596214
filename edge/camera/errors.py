"""Errors of the cameras."""

from edge.errors import EdgeError


class CameraError(EdgeError):
    """Base of the cameras' errors. No message holds a user name or a password."""


class VisionMissingError(CameraError):
    """The packages that a configured camera needs are not installed."""


class StreamUnavailableError(CameraError):
    """The stream cannot be opened: wrong address, wrong password, no camera. `reason` is a name for a counter."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class StreamLostError(StreamUnavailableError):
    """The stream was open and is lost: it ended, stalled, or can no longer be read."""
