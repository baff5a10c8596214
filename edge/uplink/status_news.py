"""Decides when the station's status is told again. Pure."""

_AT_ONCE_S = 2.0


class StatusNews:
    """The times of the status: every `status_s`, and when something of weight has changed: at once, but not more often
    than every 2 s."""

    def __init__(self, status_s: float) -> None:
        self._status_s = status_s
        self._told_at: float | None = None
        self._told: object = None

    def is_due(self, weight: object, now: float) -> bool:
        """Tell whether the status is to be told now; it then counts as told."""
        if self._told_at is not None:
            is_changed = weight != self._told and now >= self._told_at + min(_AT_ONCE_S, self._status_s)
            if now < self._told_at + self._status_s and not is_changed:
                return False
        self._told_at, self._told = now, weight
        return True

    def due_s(self, now: float) -> float:
        """Return the time until the status is told again, should nothing change."""
        return 0.0 if self._told_at is None else max(0.0, self._told_at + self._status_s - now)
