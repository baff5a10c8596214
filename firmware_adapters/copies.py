"""Equal readings of one message are several tests, not one that came twice: each gets its place among its equals."""

from collections import Counter
from dataclasses import replace

from firmware_adapters.contract import Reading
from wire.terms import RecordKind, TimeSource

_NUMBERS = (RecordKind.RUNNING, RecordKind.DAILY)
_TIMES = (TimeSource.TEST, TimeSource.DAY)
_MOST = 5000


class Copies:
    """Counts equal readings until `forget`: at the end of a message, or of a round through a device's memory."""

    def __init__(self) -> None:
        # Hashes, for there may be thousands: should two meet, a test is counted as a second one, and nothing is lost.
        self._seen: Counter[int] = Counter()

    def numbered(self, reading: Reading) -> Reading:
        """Return the reading with its `copy`."""
        said = (
            reading.item,
            reading.channel,
            reading.sample_number,
            reading.value_text,
            reading.verdict,
            reading.mark,
            reading.record if reading.record_kind in _NUMBERS else "",
            reading.measured_at_text if reading.time_source in _TIMES else "",
        )
        key = hash(said)
        copy = self._seen[key]
        if copy or len(self._seen) < _MOST:
            self._seen[key] += 1
        return replace(reading, copy=copy) if copy else reading

    def forget(self) -> None:
        self._seen.clear()
