"""Zones and masks of a camera: drawn at the centre, sent to the station in its document (wire/down.py).

A zone is where the camera looks for motion and people; a mask is where nobody looks, and black in all that is kept or
shown. The masks of edge.toml stay: the centre can only add to them."""

from collections import Counter
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from wire.kinds.envelope import Model

MOST_SHAPES = 16
MOST_CORNERS = 64
# Of the picture: a smaller shape is a slip of the mouse.
_LEAST_AREA = 0.0002
Fraction = Annotated[float, Field(ge=0, le=1)]
Corner = tuple[Fraction, Fraction]
ZoneName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
# Corners as fractions of the picture's width and height, from its upper left corner.
Polygon = Annotated[tuple[Corner, ...], Field(min_length=3, max_length=MOST_CORNERS)]
Motion = Literal["always", "open", "closed", "off"]


class Zone(Model):
    """Part of the picture. `motion`: when motion in it is told, by the camera's hours."""

    name: ZoneName
    polygon: Polygon
    motion: Motion = "always"


class Layout(Model):
    """Zones and masks as the centre wants them. `zones` None: those of edge.toml. `masks` come on top of its own."""

    zones: Annotated[tuple[Zone, ...] | None, Field(max_length=MOST_SHAPES)] = None
    masks: Annotated[tuple[Polygon, ...], Field(max_length=MOST_SHAPES)] = ()

    @model_validator(mode="after")
    def _check_shapes(self) -> Self:
        names = Counter(zone.name for zone in self.zones or ())
        twice = [name for name, count in names.items() if count > 1]
        if twice:
            raise ValueError(f"two zones with the name {twice[0]}")
        for polygon in (*(zone.polygon for zone in self.zones or ()), *self.masks):
            if is_crossed(polygon):
                raise ValueError("a shape whose lines cross each other")
            if area_of(polygon) < _LEAST_AREA:
                raise ValueError("a shape that is too small")
        return self

    def missing(self, needed: tuple[str, ...]) -> str:
        """Return a zone that rules of the station name and that is not there; empty: none."""
        if self.zones is None:
            return ""
        names = {zone.name for zone in self.zones}
        return next((name for name in needed if name not in names), "")


class LayoutRefusal(StrEnum):
    """Reason why a station does not use a layout."""

    UNKNOWN_CAMERA = "unknown_camera"
    BROKEN = "broken"
    OLDER = "older"
    ZONE_NEEDED = "zone_needed"


def area_of(polygon: tuple[Corner, ...]) -> float:
    """Return the area of a polygon, as a share of the picture."""
    pairs = zip(polygon, (*polygon[1:], polygon[0]), strict=True)
    return abs(sum(x * below - right * y for (x, y), (right, below) in pairs)) / 2


def is_crossed(polygon: tuple[Corner, ...]) -> bool:
    """Tell whether lines of the polygon cross each other."""
    lines = list(zip(polygon, (*polygon[1:], polygon[0]), strict=True))
    return any(
        _cross(one, other) for at, one in enumerate(lines) for other in lines[at + 2 : len(lines) - (0 if at else 1)]
    )


def _cross(one: tuple[Corner, Corner], other: tuple[Corner, Corner]) -> bool:
    (a, b), (c, d) = one, other
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Corner, b: Corner, point: Corner) -> float:
    return (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])
