"""What can go wrong with a camera."""

from edge.errors import EdgeError


class CameraError(EdgeError):
    """Base. No message holds a user or a password."""


class VisionMissingError(CameraError):
    """A camera is configured, and what it needs is not installed."""


class StreamUnavailableError(CameraError):
    """The stream cannot be opened: wrong address, wrong password, no camera. `reason` is a name for a counter."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class StreamLostError(StreamUnavailableError):
    """The stream was open and is gone: ended, stalled, or no longer readable."""
