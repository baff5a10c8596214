"""Decides when a port that comes and goes is worth an event. Pure.

A state is reported once it has lasted `settle_s`. Every report doubles that time (up to `longest_s`, a minute), and ten
quiet minutes bring it back: a loose plug makes a handful of events, not thousands."""

from dataclasses import dataclass, field

_LONGEST_S = 60.0
_CALM_S = 600.0


@dataclass(slots=True)
class Presence:
    settle_s: float
    longest_s: float = _LONGEST_S
    reported: bool | None = None  # before the first report: what everybody takes for granted
    _seen: bool | None = None
    _since: float = 0.0
    _wait_s: float = field(init=False)

    def __post_init__(self) -> None:
        self._wait_s = self.settle_s

    def see(self, is_open: bool, now: float) -> bool | None:
        """Return the state to report now (True: online), or None. Call often."""
        if is_open is not self._seen:
            # The link was quiet for long before this change: begin again with the short wait.
            if now - self._since > _CALM_S:
                self._wait_s = self.settle_s
            self._seen, self._since = is_open, now
        if is_open is self.reported or now - self._since < self._wait_s:
            return None
        self.reported = is_open
        self._wait_s = min(self.longest_s, self._wait_s * 2)
        return is_open
