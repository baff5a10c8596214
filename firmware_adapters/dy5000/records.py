"""A block -> its readings, one a used well.

Decisions where the facts leave a doubt
- **Controls and blanks** stand in holes that the kit's procedure fixes: the profile names them (`controls`, `blanks`).
- **Verdict**: none is documented. A value that is dashes, or a word for none, is an invalid result.
- A time of six digits has no time of day: midnight, flag `date_only`.
"""

from collections.abc import Container
from dataclasses import dataclass

from firmware_adapters.contract import FrameRejected, Reading
from firmware_adapters.dy5000.blocks import CELL, Block, WellLayout
from firmware_adapters.fields import item_of, joined, padded_text, read_value, unit_of, verdict_of
from firmware_adapters.framing import Found
from firmware_adapters.profile import ItemMap, Profile
from wire.terms import Role


@dataclass(frozen=True, slots=True)
class Plate:
    """Plate as the profile describes it."""

    profile: Profile
    layout: WellLayout
    controls: Container[int]
    blanks: Container[int]

    def role_of(self, hole: int) -> Role:
        if hole in self.controls:
            return Role.CONTROL
        return Role.BLANK if hole in self.blanks else Role.SAMPLE


def read_wells(frame: Found, block: Block, plate: Plate) -> list[Reading | FrameRejected]:
    outputs: list[Reading | FrameRejected] = []
    for place, cell in enumerate(block.cells):
        if plate.layout.is_empty(cell):
            continue
        if not plate.layout.is_well(cell):
            at = frame.offset + block.cells_at + place * CELL
            outputs.append(FrameRejected("record", at, cell, "a well of a block that is none"))
        elif plate.layout.is_used(cell):
            outputs.append(_reading(frame, block, cell, plate))
    return outputs


def _reading(frame: Found, block: Block, cell: bytes, plate: Plate) -> Reading:
    profile, layout = plate.profile, plate.layout
    hole = cell[layout.hole_at]
    item = item_of(profile, block.item, ItemMap(code=block.item, name=block.item))
    value = read_value(padded_text(layout.value(cell), profile.charset)[0], profile, item.scale)
    verdict, _ = verdict_of("", value, profile)
    return Reading(
        item=item.code,
        item_name=item.name,
        raw=frame.data,
        offset=frame.offset,
        role=plate.role_of(hole),
        value=value.number,
        value_text=value.text,
        unit=unit_of(block.unit) or item.unit,
        verdict=verdict,
        channel=hole,
        measured_at=block.moment.at,
        measured_at_text=block.moment.text,
        time_source=profile.time_source(block.moment.text, block.moment.source(is_kept=True)),
        flags=joined(value.flags, block.moment.flags, block.flags),
        extra={"absorbance": padded_text(layout.absorbance(cell), profile.charset)[0]},
    )
