"""Decides whether the analyzer's clock is right. Pure.

A test cannot be measured after it was read, so `measured - recorded` is a lower bound of the device's skew:

- **Told**: some devices say what their clock is now. Nothing else is needed then.

- **Ahead**: one new record from the future (beyond the threshold) proves it. A later one that is less ahead adds
nothing: it was made longer ago.

- **Made since**: a tester that is asked has told everything that it keeps, and one round later there is one record
more. That record was made in between, whatever its time says; a test may take up to an hour. A right time of such a
record ends what was reported.

- **Behind**, where a device pushes: an old record proves nothing, because some devices hand out their memory. But tests
made now, one after another, on a clock that is behind, all lag by the same amount, while old records read in one go
were measured over hours and lag by different amounts. So the last three new records, each read at least a minute after
the one before, must agree on the lag within the threshold; the smallest lag is the estimate.

- **Reset**: a clock without power begins anew in 2000 (in UTC that may be the last day of 1999), at each start or
standing still, so its lags never agree. Three new records in a row from then are enough: no tester here is that old.

- **Impossible**: a 13th month gives no skew. It is told once, and again only after three possible times.

Only new records count (a repeat is old by definition). One event is made when the skew appears, one when it has changed
by more than the threshold, one when it is gone."""

from collections import deque
from datetime import datetime

_AGREE = 3
_APART_S = 60.0
_RESET_YEAR = 2000
# Some testers write when a test began, and keep it when it ends.
_LONGEST_TEST_S = 3600.0


class ClockWatch:
    def __init__(self, threshold_s: float) -> None:
        self._threshold_s = threshold_s
        self._lags: deque[float] = deque(maxlen=_AGREE)
        self._last_at: datetime | None = None
        self._reported_s = 0.0
        self._resets = 0
        self._possible = _AGREE
        self._read_through: datetime | None = None

    def forget(self) -> None:
        """Begin a new conversation: nobody knows what the device has made since the last one."""
        self._read_through = None

    def caught_up(self, now: datetime) -> None:
        """Note that everything that the device keeps is read. Where our own clock goes back after this, the note is
        ignored."""
        self._read_through = now

    def observe_clock(self, told: datetime, now: datetime) -> float | None:
        """Take the time of the device's clock, as the device told it. Returns as `observe`."""
        self._lags.clear()
        return self._report((told - now).total_seconds())

    def observe_impossible(self) -> bool:
        """Note that the device wrote an impossible time. Returns whether that is worth an event."""
        is_news = self._possible >= _AGREE
        self._possible = 0
        return is_news

    def observe(self, measured_at: datetime, recorded_at: datetime) -> float | None:
        """Take the time of a new record. Returns the skew in seconds (device minus edge) when it is worth an event,
        else None."""
        self._possible += 1
        lag = (measured_at - recorded_at).total_seconds()
        # Less ahead than reported before is no news: that record was made longer ago.
        if lag > self._threshold_s and lag > self._reported_s:
            return self._report(lag)
        if self._read_through is not None and self._read_through <= recorded_at:
            behind = (self._read_through - measured_at).total_seconds()
            # Made since the last round: the lag is the clock's, or the test took up to an hour.
            if behind > max(self._threshold_s, _LONGEST_TEST_S) or abs(lag) <= self._threshold_s:
                return self._report(lag)
        if self._last_at is not None and recorded_at < self._last_at:
            # Our own clock was set back: the lags from before are void.
            self._lags.clear()
            self._resets = 0
        elif self._last_at is not None and (recorded_at - self._last_at).total_seconds() < _APART_S:
            return None
        self._last_at = recorded_at
        self._lags.append(lag)
        self._resets = self._resets + 1 if measured_at.year <= _RESET_YEAR else 0
        if self._resets >= _AGREE:
            return self._report(max(self._lags))
        if len(self._lags) < _AGREE or max(self._lags) - min(self._lags) > self._threshold_s:
            # The lags differ, so these records may be old ones, read in one go.
            return None
        return self._report(max(self._lags))

    def _report(self, skew_s: float) -> float | None:
        if abs(skew_s) <= self._threshold_s:
            is_news = self._reported_s != 0.0
            self._reported_s = 0.0
        else:
            is_news = abs(skew_s - self._reported_s) > self._threshold_s
            self._reported_s = skew_s if is_news else self._reported_s
        return skew_s if is_news else None
