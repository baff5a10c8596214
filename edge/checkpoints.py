"""Decides when a signature is due. Pure.

After 100 events the spool signs by itself (edge/spool/writer.py). This is the other half: every new event is signed
within 60 s."""

from dataclasses import dataclass


@dataclass(slots=True)
class SealTimer:
    longest_s: float
    _open_since: float | None = None

    def is_due(self, is_sealed: bool, now: float) -> bool:
        """Tell whether to sign now. Call often, with a monotonic time."""
        if is_sealed:
            self._open_since = None
            return False
        if self._open_since is None:
            self._open_since = now
        # Half a step early, so that the whole stays below the bound.
        return now - self._open_since >= self.longest_s / 2
