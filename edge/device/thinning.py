"""Chooses the samples of a continuous value that are worth an event, by the profile's dead band and interval, for each
quantity and channel of the device.

One object a device. Its memory ends with the agent, so the first sample after a start is recorded."""

from dataclasses import dataclass
from datetime import datetime

from firmware_adapters.contract import Reading

# A profile names a handful of quantities; one that takes its items from the line must not fill the memory.
_MOST = 1000


@dataclass(frozen=True, slots=True)
class _Last:
    value: float
    unit: str
    at: datetime


class Thinning:
    def __init__(self) -> None:
        self._last: dict[tuple[str, int | None], _Last] = {}

    def is_due(self, reading: Reading, now: datetime) -> bool:
        """Tell whether this sample, which has a value, is to be recorded; if so, the next ones are compared with it."""
        key = (reading.item, reading.channel)
        this = _Last(reading.value or 0.0, reading.unit, now)
        last = self._last.get(key)
        if last is not None and not _differs(reading, this, last):
            return False
        # Forget the key that came first: dicts keep the order of insertion.
        if last is None and len(self._last) >= _MOST:
            del self._last[next(iter(self._last))]
        self._last[key] = this
        return True


def _differs(reading: Reading, this: _Last, last: _Last) -> bool:
    rule = reading.continuous
    if rule is None or this.unit != last.unit:
        return True
    # A clock that was set back must not silence a quantity.
    if abs((this.at - last.at).total_seconds()) >= rule.every_s:
        return True
    # In decimal digits 4.2 - 4.0 is 0.2; in binary it is a little more or less.
    return rule.dead_band is not None and abs(this.value - last.value) >= rule.dead_band * (1 - 1e-9)
