"""A record -> a reading.

Decisions where the facts leave a doubt
- **Value.** DY-6200: unsigned, as written; a profile may say `signed`. Which numbers mean "not available" is not
  documented: list them in `not_available` (four hex digits).
- **BCD value and number of the DY-6400**: the digits stand with the most significant first, the number as in the
  DY-6200 (low byte first).
- **Verdict** (DY-6200): 1 pass, 2 fail, 3 suspect, 4 over the limit, which is a fail; the profile maps them.
- **Day.** The DY-6400 has no time of day: `measured_at` is the day's midnight, flag `date_only`.
- The item's and the kind's codes are not documented; the profile's [items] maps them in hex.
"""

from firmware_adapters.clocks import bcd_number
from firmware_adapters.contract import Reading
from firmware_adapters.dy6200.frames import Model, time_of
from firmware_adapters.fields import item_of, joined
from firmware_adapters.framing import Found
from firmware_adapters.profile import ItemMap, Profile
from wire.terms import RecordKind, TimeSource, Verdict


def read_record(frame: Found, profile: Profile, model: Model, *, is_signed: bool) -> Reading:
    data = frame.data
    moment = time_of(data, model)
    if model == "6200":
        place, number = 5, int.from_bytes(data[3:5], "little", signed=is_signed) / 100
        text, record, code = f"{number:.2f}", data[1:3], data[3:5][::-1].hex().upper()
        verdict, verdict_code = profile.verdicts.get(str(data[6])), {"verdict_code": str(data[6])}
        flags = () if verdict else ("unknown_verdict",)
    else:
        place, number = 3, (bcd_number(data[1:3]) or 0) / 10
        text, record, code = f"{number:.1f}", data[7:9], data[1:3].hex().upper()
        verdict, verdict_code, flags = None, {}, ("date_only",)
    is_available = code not in profile.not_available
    kind = f"{data[place]:02X}"
    item = item_of(profile, kind, ItemMap(code=f"item-{kind}"))
    return Reading(
        item=item.code,
        item_name=item.name,
        raw=data,
        offset=frame.offset,
        value=number * item.scale if is_available else None,
        value_text=text if is_available else "NA",
        unit=item.unit,
        verdict=verdict if is_available else Verdict.INVALID,
        record=str(int.from_bytes(record, "little")),
        record_kind=profile.record_kind("number", RecordKind.DAILY),
        measured_at=moment.at,
        measured_at_text=moment.text if model == "6200" else moment.text[:8],
        time_source=profile.time_source(moment.text, TimeSource.TEST if model == "6200" else TimeSource.DAY),
        flags=joined(flags, () if is_available else ("not_available",), moment.flags),
        extra={"item_code": kind, **verdict_code},
    )
