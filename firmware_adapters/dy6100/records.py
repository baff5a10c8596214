"""The three records of a report: 18 bytes each.

    0   (not documented)
    1   RLU, 24 bits, big-endian: all three bytes count (a vendor's driver drops those that are zero)
    4   (not documented)
    5   yy MM dd HH mm, binary
    10  (not documented)
    14  limits, three bytes: kept as they are, for which of them is what is not documented
    17  ss

A slot of zeros or FF, or without RLU and date, was never used: no reading. Zero RLU on a real day is a value: a clean
surface. The report passed its sum, so a date that cannot be is flagged and does not cost the result.
"""

from firmware_adapters.clocks import six_bytes
from firmware_adapters.contract import Reading
from firmware_adapters.dy6100.reports import RECORD, RECORDS, RECORDS_AT
from firmware_adapters.fields import item_of
from firmware_adapters.framing import Found
from firmware_adapters.profile import ItemMap, Profile

_ATP = ItemMap(code="atp", name="ATP 荧光", unit="RLU")


def read_report(frame: Found, profile: Profile) -> list[Reading]:
    places = (RECORDS_AT + RECORD * i for i in range(RECORDS))
    slots = ((at, frame.data[at : at + RECORD]) for at in places)
    return [_reading(frame.offset + at, slot, profile) for at, slot in slots if _is_used(slot)]


def _is_used(slot: bytes) -> bool:
    return bool(slot.strip(b"\xff")) and any(slot[1:4] + slot[5:10])


def _reading(offset: int, raw: bytes, profile: Profile) -> Reading:
    item = item_of(profile, "atp", _ATP)
    light = int.from_bytes(raw[1:4], "big")
    moment = six_bytes(raw[5:10] + raw[17:18])
    return Reading(
        item=item.code,
        item_name=item.name,
        raw=raw,
        offset=offset,
        value=light * item.scale,
        value_text=str(light),
        unit=item.unit,
        measured_at=moment.at,
        measured_at_text=moment.text,
        time_source=profile.time_source(moment.text, moment.source(is_kept=True)),
        flags=moment.flags,
        extra={"limits": raw[14:17].hex(), "first_byte": str(raw[0])},
    )
