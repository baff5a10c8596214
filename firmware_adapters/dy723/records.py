"""A row -> a reading.

Decisions where the facts leave a doubt
- **Number** is the sample's on such testers' tickets, and tells the record as well.
- **Value and verdict** are as written. A value that is no number but a mark for none is an invalid result; so is a row
  whose verdict is such a word.
- **Control and blank** holes say so by the name in the item's field, by their number, or in place of the hole's.
"""

from firmware_adapters.contract import FrameRejected, Reading
from firmware_adapters.dy723.rows import read_row
from firmware_adapters.fields import item_of, joined, read_value, role_of, unit_of, verdict_of
from firmware_adapters.framing import Found
from firmware_adapters.profile import ItemMap, Profile
from wire.terms import RecordKind


def read_record(frame: Found, profile: Profile) -> Reading | FrameRejected:
    row = read_row(frame.data, profile.charset)
    if isinstance(row, str):
        return FrameRejected("record", frame.offset, frame.data, row)
    item = item_of(profile, row.item, ItemMap(code=row.item, name=row.item))
    value = read_value(row.value, profile, item.scale)
    verdict, flags = verdict_of(row.verdict, value, profile)
    return Reading(
        item=item.code,
        item_name=item.name,
        raw=frame.data,
        offset=frame.offset,
        role=role_of(row.item, row.number, row.hole),
        value=value.number,
        value_text=value.text,
        unit=unit_of(row.unit) or value.unit or item.unit,
        verdict=verdict or profile.verdicts.get(value.text),
        record=row.number,
        record_kind=profile.record_kind(row.number, RecordKind.DAILY),
        channel=int(row.hole) if row.hole.isdecimal() else None,
        sample_number=row.number,
        measured_at=row.moment.at,
        measured_at_text=row.moment.text,
        time_source=profile.time_source(row.moment.text, row.moment.source(is_kept=True)),
        flags=joined(value.flags, flags, row.moment.flags, row.flags),
        extra={"absorbance": row.absorbance, "check": row.check, "hole": row.hole},
    )
