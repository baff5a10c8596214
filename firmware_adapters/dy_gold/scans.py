"""A scan of a strip -> a reading.

The module sends a raw curve: u16 LE points, 89 to 241 of them; on hardware 06 they are 64 counts of a photometer. Where
the control and the test line lie, and what ratio means what, is the kit's and is not documented. So a scan makes one
reading **without a value and without a verdict**: it says that a test was made, and keeps the curve (`raw`). Nothing is
judged here that nobody can vouch for.

The curve itself tells one scan from another: `mark` is the first half of its SHA-256. Nothing else does, for the module
numbers no scan and has no clock: a curve that comes twice is two scans, marked as a possible repeat.
"""

import struct
from dataclasses import dataclass
from hashlib import sha256

from firmware_adapters.contract import FrameRejected, Reading
from firmware_adapters.framing import Found
from firmware_adapters.profile import ItemMap

ITEM = "strip_scan"
PHOTOMETER = 0x06
_DATA = slice(4, -2)


@dataclass(frozen=True, slots=True)
class Version:
    """Version as the module tells it. None of it is a serial number."""

    hardware: int
    model: int
    version: int


def read_version(frame: Found) -> Version | None:
    data = frame.data[_DATA]
    return Version(*data[:3]) if len(data) >= 3 else None


def read_scan(frame: Found, version: Version | None, item: ItemMap | None) -> Reading | FrameRejected:
    data = frame.data[_DATA]
    if not data or len(data) % 2:
        return FrameRejected("record", frame.offset, frame.data, f"{len(data)} bytes are no curve of 16-bit points")
    points = struct.unpack(f"<{len(data) // 2}H", data)
    item = item or ItemMap(code=ITEM)
    lowest = min(points)
    extra = {"points": str(len(points)), "lowest": str(lowest), "lowest_at": str(points.index(lowest))}
    if version is not None:
        extra["kind"] = "photometer" if version.hardware == PHOTOMETER else "strip"
        extra["module"] = f"{version.hardware:02X} {version.model:02X} {version.version:02X}"
    return Reading(
        item=item.code,
        item_name=item.name,
        raw=frame.data,
        offset=frame.offset,
        unit=item.unit,
        mark=sha256(data).hexdigest()[:32],
        flags=("curve_only",),
        extra=extra,
    )
