"""Finds out which test a reading is: as surely as the words of the device allow, and no surer.

    strong    the test's own time, or a running number with the serial of the device    the same one for ever
    daily     a number that begins anew each day                                     the same one within its day
    own       anything else                                                          never the same one

`own` is salted, so that it never equals another. For such readings (and for daily ones whose day only we know) a
likeness is kept: everything that the device said but the time of the message. A reading whose likeness was recorded
before is perhaps a repeat, which can neither be proven nor excluded: it is recorded, and marked.

A time counts as that of a test only where it is possible, and not that of a clock that lost its power.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from firmware_adapters.clocks import is_reset
from firmware_adapters.contract import Reading
from wire.terms import RecordKind, TimeSource

_NUMBERS = (RecordKind.RUNNING, RecordKind.DAILY)
_OWN_TIMES = (TimeSource.TEST, TimeSource.DAY)


class Strength(StrEnum):
    STRONG = "strong"
    DAILY = "daily"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity of a reading, 64 hex digits each. `likeness` is None where the identity alone excludes a repeat;
    `name` is the same whenever the device says the same."""

    value: str
    strength: Strength
    likeness: str | None
    name: str


def identify(reading: Reading, device: str, serial: str, day: date | None, new_id: Callable[[], UUID]) -> Identity:
    """Identify a reading. `device` names the device where `serial` is empty. `day` is the station's, for a daily number
    without a day of its own; None: nobody knows the day, and number 1 of tomorrow must not be taken for that of
    today."""
    number = reading.record if reading.record_kind in _NUMBERS else ""
    has_time = reading.measured_at is not None and not is_reset(reading.measured_at)
    own_time = reading.measured_at_text if reading.time_source in _OWN_TIMES else ""
    is_timed = reading.time_source is TimeSource.TEST and has_time
    is_numbered = reading.record_kind is RecordKind.RUNNING and bool(reading.record and serial)
    content = _content(reading, serial or device, number)
    name = _digest([*content, "name", reading.measured_at_text])
    if is_timed or is_numbered:
        return Identity(_digest(_at(content, own_time)), Strength.STRONG, None, name)
    any_time = "" if reading.time_source is TimeSource.MESSAGE else reading.measured_at_text
    likeness = _digest([*content, "like", any_time])
    if not number:
        # Salted: nothing names this test, so it must never equal another.
        return Identity(_digest([*content, str(new_id())]), Strength.OWN, likeness, name)
    if reading.time_source in _OWN_TIMES and has_time:
        return Identity(_digest(_at(content, own_time)), Strength.DAILY, None, name)
    if day is None:
        return Identity(_digest([*content, str(new_id())]), Strength.OWN, likeness, name)
    return Identity(_digest(_at(content, f"{own_time} {day:%Y-%m-%d}")), Strength.DAILY, likeness, name)


def _content(reading: Reading, device: str, number: str) -> list[object]:
    """Return everything but the time. The order is that of the spools of earlier versions, whose identities stay
    valid."""
    content: list[object] = [
        device,
        number or reading.mark,
        reading.channel,
        reading.item,
        reading.sample_number,
        reading.value_text,
        reading.verdict,
    ]
    return [*content, reading.copy] if reading.copy else content


def _at(content: list[object], time: str) -> list[object]:
    return [*content[:2], time, *content[2:]]


def _digest(parts: list[object]) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()
