"""Measures how long a device has brought nothing new while it should have: its link was open, and these were its hours.

Bytes alone do not count: a tester that is asked answers for ever, also when its clock shows a year that nobody asks
for.

Time outside of the hours does not count: an analyzer that is worked with for two hours a day is not called silent each
morning, and four hours of silence are two of its days. A start of the agent begins anew."""

import threading
from datetime import datetime

from edge.hours import Hours, is_open


class Silence:
    """The silence of one device. Call `hear` from the device's thread, `see` often from any other."""

    def __init__(self, hours: tuple[Hours, ...], patience_s: float) -> None:
        self._hours = hours
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._quiet_s = 0.0
        self._seen_at: float | None = None

    def hear(self) -> None:
        """Note that something new came."""
        with self._lock:
            self._quiet_s = 0.0

    def is_expected(self, local: datetime) -> bool:
        """Tell whether `local`, a local time, is within the hours."""
        return is_open(self._hours, local)

    def see(self, *, is_linked: bool, local: datetime, now: float) -> bool:
        """Tell whether the device is due: it has been silent for too long, and still is. `now` never goes back."""
        is_listening = is_linked and self.is_expected(local)
        with self._lock:
            if is_listening and self._seen_at is not None:
                self._quiet_s += now - self._seen_at
            # The time between two looks counts only when the device was expected and linked at both.
            self._seen_at = now if is_listening else None
            return is_listening and self._quiet_s > self._patience_s
