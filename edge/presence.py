"""When is a port that comes and goes worth an event? Pure.

A state is reported once it has lasted `settle_s`. Every report doubles that time (up to a minute), and ten quiet
minutes bring it back: a loose plug makes a handful of events, not thousands.
"""

from dataclasses import dataclass

_LONGEST_S = 60.0
_CALM_S = 600.0


@dataclass(slots=True)
class Presence:
    settle_s: float
    _reported: bool | None = None
    _reported_at: float = 0.0
    _seen: bool | None = None
    _since: float = 0.0
    _wait_s: float | None = None

    def see(self, is_open: bool, now: float) -> bool | None:
        """Call often. The state to report now (True: online), or None."""
        if is_open is not self._seen:
            self._seen, self._since = is_open, now
        if is_open is self._reported:
            return None
        if self._wait_s is None or now - self._reported_at > _CALM_S:
            self._wait_s = self.settle_s
        if now - self._since < self._wait_s:
            return None
        self._reported, self._reported_at = is_open, now
        self._wait_s = min(_LONGEST_S, max(self._wait_s * 2, self.settle_s))
        return is_open
