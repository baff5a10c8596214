"""A record -> a reading.

Decisions where the facts leave a doubt
- **User** is the operator, **name** the food: on the tickets of the family the sample's name stands beside its number.
- **Verdict**: none is documented. A concentration that is dashes or a word for none is an invalid result.
- The undocumented middle is kept in `extra` as far as it is text.
- Control and blank holes say so in the sample, the name or the item.
"""

import re

from firmware_adapters.contract import FrameRejected, Reading
from firmware_adapters.dy5800.frames import read_fields
from firmware_adapters.fields import item_of, joined, padded_text, read_value, role_of, unit_of, verdict_of
from firmware_adapters.framing import Found
from firmware_adapters.profile import ItemMap, Profile

_DIGITS = re.compile(r"\d+", re.ASCII)


def read_record(frame: Found, profile: Profile) -> Reading | FrameRejected:
    fields = read_fields(frame.data)
    if fields is None:
        return FrameRejected("record", frame.offset, frame.data, "no plausible tail")
    parts = (fields.hole, fields.sample, fields.item, fields.unit, fields.user, fields.name)
    read = [padded_text(part, profile.charset) for part in parts]
    hole, sample, name, unit, user, commodity = (text for text, _ in read)
    item = item_of(profile, name, ItemMap(code=name, name=name))
    written_value, _ = padded_text(fields.concentration, profile.charset)
    value = read_value(written_value, profile, item.scale)
    verdict, _ = verdict_of("", value, profile)
    digits = _DIGITS.search(hole)
    middle = padded_text(fields.middle.replace(b"\0", b" "), profile.charset)[0]
    extra = {
        "absorbance": padded_text(fields.absorbance, profile.charset)[0],
        "hole": hole,
        "middle": " ".join(middle.split()),
    }
    return Reading(
        item=item.code,
        item_name=item.name,
        raw=frame.data,
        offset=frame.offset,
        role=role_of(sample, commodity, name),
        value=value.number,
        value_text=value.text,
        unit=unit_of(unit) or item.unit,
        verdict=verdict,
        channel=int(digits[0]) if digits else None,
        sample_number=sample,
        commodity=commodity,
        operator=user,
        measured_at=fields.moment.at,
        measured_at_text=fields.moment.text,
        time_source=profile.time_source(fields.moment.text, fields.moment.source(is_kept=False)),
        flags=joined(value.flags, fields.moment.flags, *(flags for _, flags in read)),
        extra={key: text for key, text in extra.items() if text},
    )
