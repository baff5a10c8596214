"""The records of a page: 10 bytes each.

    0  yy MM dd HH mm        binary, 20yy, to the minute
    5  unit                  of the temperature, by its place; the codes are not documented (`extra`)
    6  temperature in 1/10, big-endian
    8  polar compounds in 1/10 %, big-endian

Decisions where the facts leave a doubt
- The temperature may be below zero on paper, so it is read as signed; polar compounds are unsigned.
- A record of zeros or FF was never written: it makes no reading. A date that cannot be leaves `measured_at` empty.
- Tests of one minute with equal numbers are told apart by their place in the memory; with different temperatures, by
  the record's bytes (`mark`).
- The limit of 27 % (GB 2716) is not in the record: the centre's table applies it.
"""

from firmware_adapters.clocks import six_bytes
from firmware_adapters.contract import Reading
from firmware_adapters.dy2620.frames import RECORD
from firmware_adapters.fields import item_of, joined
from firmware_adapters.framing import Found
from firmware_adapters.profile import ItemMap, Profile
from wire.terms import Verdict

ITEM = "polar"
_POLAR = ItemMap(code="polar_compounds", name="极性组分", unit="%")
_MOST_PERCENT = 100.0


def read_page(frame: Found, profile: Profile) -> list[Reading]:
    data = frame.data[3:-2]
    places = range(0, len(data), RECORD)
    return [_reading(frame, place + 3, profile) for place in places if is_written(data[place : place + RECORD])]


def is_written(record: bytes) -> bool:
    return bool(record.strip(b"\0")) and bool(record.strip(b"\xff"))


def _reading(frame: Found, place: int, profile: Profile) -> Reading:
    raw = frame.data[place : place + RECORD]
    item = item_of(profile, ITEM, _POLAR)
    moment = six_bytes(raw[:5])
    temperature = int.from_bytes(raw[6:8], "big", signed=True) / 10
    percent = int.from_bytes(raw[8:10], "big") / 10
    is_available = raw[8:10].hex().upper() not in profile.not_available
    flags = ("not_available",) if not is_available else ("implausible",) if percent > _MOST_PERCENT else ()
    return Reading(
        item=item.code,
        item_name=item.name,
        raw=raw,
        offset=frame.offset + place,
        value=percent * item.scale if is_available else None,
        value_text=f"{percent:.1f}" if is_available else "NA",
        unit=item.unit,
        verdict=None if is_available else Verdict.INVALID,
        mark=raw.hex(),
        measured_at=moment.at,
        measured_at_text=moment.text,
        time_source=profile.time_source(moment.text, moment.source(is_kept=True)),
        flags=joined(moment.flags, flags),
        extra={"temperature": f"{temperature:.1f}", "temperature_unit_code": str(raw[5])},
    )
