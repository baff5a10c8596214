"""Gives each kind a colour (red, green, blue), the same on the sheet and in the plot."""

from wire.cameras import CameraKind

Colour = tuple[int, int, int]

_COLOURS: dict[CameraKind, Colour] = {
    CameraKind.OFFLINE: (127, 127, 127),
    CameraKind.FROZEN: (23, 190, 207),
    CameraKind.DARK: (148, 103, 189),
    CameraKind.COVERED: (214, 39, 40),
    CameraKind.DEFOCUSED: (255, 127, 14),
    CameraKind.MOVED: (227, 119, 194),
    CameraKind.MOTION: (188, 189, 34),
    CameraKind.INTRUSION: (220, 20, 60),
    CameraKind.UNATTENDED: (255, 187, 0),
    CameraKind.RODENT: (140, 86, 75),
}
_OTHERS: Colour = (44, 160, 44)


def colour_of(kind: CameraKind) -> Colour:
    return _COLOURS.get(kind, _OTHERS)
