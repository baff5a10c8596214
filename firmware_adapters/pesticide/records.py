"""The records of both testers: a frame in, a `Reading` out.

LZ-4000T, 26 bytes, type 11                      TL-310, 27 bytes, type 16
     4  total in this answer, u16                     4  (not documented)
     6  (not documented; perhaps the index)           5  total, u16
     8  number, u16                                   7  index, u16
    10  name of the food, 6 bytes GBK                 9  channel
    16  yy MM dd HH mm ss                            10  standard: 0 GB/T 5009.199, 1 NY/T 448
    22  inhibition in 1/100 %                        11  yy MM dd HH mm ss
    24  crc, AA                                      17  (4 bytes, not documented)
                                                     21  inhibition in 1/10 %; 7FFE: not available
                                                     23  verdict: 2 pass, 1 over the limit
                                                     24  (not documented), crc, AA

All numbers are little-endian. Undocumented bytes are not interpreted; they stay in `Reading.raw`.

Decisions where the facts leave a doubt
- **Sign.** Inhibition is (control - sample) / control, so a clean sample can lie below zero by noise. The TL-310's
  mark 7FFE is the second largest signed number, which says s16. For the LZ-4000T the vendor's driver reads u16; the
  upper half of that would be 327 % and more, which cannot be, while -0.5 % is an every-day value (and as 654.86 % a
  false alarm). So both are read as s16. Above 110 % the number is kept and flagged `implausible`. Below -100 % it can
  be neither of the two, and would be a clean sample: it is invalid (unless the tester says over the limit), its text
  kept, flagged `implausible` too.
- **Zero** is a value like any other.
- **7FFE** is in the profile (`not_available`), with 7FFF, "invalid" on the DY-3000 family, and for the LZ-4000T also
  FFFF, erased memory, which would else be a clean -0.01 %. Such a record is a
  reading without a value, verdict invalid, whatever its verdict byte says (kept in `extra`).
- **Dates** are binary (where a tester sends BCD the facts say so) and 20yy. An impossible one leaves `measured_at`
  empty, flagged `bad_time`; its text is kept. It is never replaced by the clock of this computer.
- **Record number.** The LZ-4000T's number is its own; how far it counts before it begins anew is not documented, so it
  is believed within its day (`daily`), and beyond that its time tells. The TL-310's index is a place in one answer, and
  may be another one when the same record is read again by day or as the last: so it does not tell one record from
  another (`extra`).
- **Verdict.** The LZ-4000T gives none, and names no standard. Verdict bytes that the profile does not map give none,
  flagged `unknown_verdict`; unknown standard codes give no limit, flagged `unknown_standard`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from firmware_adapters.contract import DeviceLimit, Reading
from firmware_adapters.fields import padded_text, role_of
from firmware_adapters.pesticide.frames import LZ_RECORD, OVERHEAD, RECORD_LENGTHS, TL_RECORD, Frame
from firmware_adapters.profile import ItemMap, Profile
from wire.terms import Comparison, RecordKind, TimeSource, Verdict

STANDARDS = {0: ("GB/T 5009.199", 50.0), 1: ("NY/T 448", 70.0)}
ITEM = "inhibition"
_PLAUSIBLE_PERCENT = (-100.0, 110.0)


class RecordError(ValueError):
    """A whole frame of the record's type that has not the record's layout."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of an answer. `total` is how many the answer has; `key` is what does not depend on the answer."""

    total: int
    key: bytes
    day: date | None
    reading: Reading


@dataclass(slots=True)
class _Value:
    """The inhibition, and the oddities of the record so far."""

    number: float | None
    text: str
    flags: list[str] = field(default_factory=list)


def is_empty_answer(frame: Frame) -> bool:
    """Return True for an answer without records: a short frame that counts none, or a whole record of zeros."""
    start = _total_at(frame.kind) - 4
    payload = frame.payload
    if len(payload) < RECORD_LENGTHS[frame.kind]:
        return not any(payload[start : start + 2])
    return not any(payload[start:])


def read_record(frame: Frame, profile: Profile) -> Record:
    """Read a record. Raises RecordError."""
    if len(frame.data) != RECORD_LENGTHS[frame.kind] + OVERHEAD:
        raise RecordError(
            f"a record of type {frame.kind:02X} has {RECORD_LENGTHS[frame.kind]} bytes, not {len(frame.payload)}"
        )
    return _read_lz(frame, profile) if frame.kind == LZ_RECORD else _read_tl(frame, profile)


def _read_lz(frame: Frame, profile: Profile) -> Record:
    data = frame.data
    item = _item(profile)
    value = _value(data[22:24], 100, item, profile)
    moment = _moment(data[16:22], value.flags)
    commodity, name_flags = padded_text(data[10:16], profile.charset)
    value.flags += name_flags
    total = _u16(data, 4)
    reading = Reading(
        item=item.code,
        item_name=item.name,
        raw=data,
        offset=frame.offset,
        role=role_of(commodity),
        value=value.number,
        value_text=value.text,
        unit=item.unit,
        verdict=Verdict.INVALID if value.number is None else None,
        record=str(_u16(data, 8)),
        record_kind=profile.record_kind("number", RecordKind.DAILY),
        commodity=commodity,
        measured_at=moment,
        measured_at_text=_moment_text(data[16:22]),
        time_source=profile.time_source("time", TimeSource.TEST),
        flags=tuple(value.flags),
        extra={"total": str(total)},
    )
    return Record(total, data[8:24], moment.date() if moment else None, reading)


def _read_tl(frame: Frame, profile: Profile) -> Record:
    data = frame.data
    item = _item(profile)
    value = _value(data[21:23], 10, item, profile)
    moment = _moment(data[11:17], value.flags)
    limit = _limit(data[10], item, value.flags)
    total, index = _u16(data, 5), _u16(data, 7)
    reading = Reading(
        item=item.code,
        item_name=item.name,
        raw=data,
        offset=frame.offset,
        value=value.number,
        value_text=value.text,
        unit=item.unit,
        verdict=_verdict(data[23], value, profile),
        limit=limit,
        standard=limit.standard if limit else "",
        channel=data[9],
        measured_at=moment,
        measured_at_text=_moment_text(data[11:17]),
        time_source=profile.time_source("time", TimeSource.TEST),
        flags=tuple(value.flags),
        extra={"total": str(total), "index": str(index), "verdict_code": str(data[23]), "standard_code": str(data[10])},
    )
    return Record(total, data[9:25], moment.date() if moment else None, reading)


def _total_at(kind: int) -> int:
    return 5 if kind == TL_RECORD else 4


def _u16(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 2], "little")


def _item(profile: Profile) -> ItemMap:
    return profile.items.get(ITEM) or ItemMap(code=ITEM, unit="%")


def _value(data: bytes, divisor: int, item: ItemMap, profile: Profile) -> _Value:
    if f"{_u16(data, 0):04X}" in profile.not_available:
        return _Value(None, "NA", ["not_available"])
    number = int.from_bytes(data, "little", signed=True)
    value = _Value(number / divisor * item.scale, f"{number / divisor:.{len(str(divisor)) - 1}f}")
    low, high = _PLAUSIBLE_PERCENT
    if not low <= number / divisor <= high:
        value.flags.append("implausible")
    if number / divisor < low:
        value.number = None
    return value


def _verdict(code: int, value: _Value, profile: Profile) -> Verdict | None:
    verdict = profile.verdicts.get(str(code))
    if value.number is None and not ("implausible" in value.flags and verdict is Verdict.FAIL):
        return Verdict.INVALID
    if verdict is None:
        value.flags.append("unknown_verdict")
    return verdict


def _limit(code: int, item: ItemMap, flags: list[str]) -> DeviceLimit | None:
    if code not in STANDARDS:
        flags.append("unknown_standard")
        return None
    standard, percent = STANDARDS[code]
    return DeviceLimit(Comparison.AT_LEAST, percent * item.scale, item.unit, standard)


def _moment(data: bytes, flags: list[str]) -> datetime | None:
    year, month, day, hour, minute, second = data
    try:
        if year > 99:
            raise ValueError("two digits")
        return datetime(2000 + year, month, day, hour, minute, second)  # noqa: DTZ001 - the device's clock has no zone
    except ValueError:
        flags.append("bad_time")
        return None


def _moment_text(data: bytes) -> str:
    year, month, day, hour, minute, second = data
    return f"{year:02d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}:{second:02d}"
