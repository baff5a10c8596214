"""The ranges that a station sets for the continuous values of a device."""

from dataclasses import dataclass

from firmware_adapters.continuous import Bounds


@dataclass(frozen=True, slots=True)
class SiteBounds:
    """Range that the station's settings give to a quantity, on one channel or on all. It replaces the profile's."""

    quantity: str
    bounds: Bounds
    channel: int | None = None
