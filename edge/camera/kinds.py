"""What a camera event can be about (wire.cameras), under the name that this package uses."""

from wire.cameras import HEALTH
from wire.cameras import CameraKind as Kind

__all__ = ["HEALTH", "Kind"]
