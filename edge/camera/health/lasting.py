"""A finding that counts once it has lasted. Pure."""

from edge.camera.view import State

_GAP_S = 2.5  # so long without a look that can tell, and a run that was not told yet is over
_BLIND_S = 16 * 3600.0  # longer than a night: a light in which nothing can be told has come to stay


class Lasting:
    """A run of looks that say the same, told once it has lasted `after_s`."""

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self._since_s: float | None = None
        self._seen_s = 0.0
        self._is_told = False

    @property
    def is_told(self) -> bool:
        return self._is_told

    @property
    def is_running(self) -> bool:
        return self._since_s is not None

    def lasted(self, at_s: float) -> float:
        return 0.0 if self._since_s is None else at_s - self._since_s

    def forget(self) -> None:
        self._since_s, self._is_told = None, False

    def skip(self, at_s: float) -> State:
        """Return the state after a look that could not tell: a run that was told stays open, over a night."""
        if self._is_told and at_s - self._seen_s > _BLIND_S:
            self.forget()
        if self._is_told:
            return State.UNSURE
        if self._since_s is not None and not 0 <= at_s - self._seen_s <= _GAP_S:
            self._since_s = None
        return State.NO if self._since_s is None else State.UNSURE

    def see(self, at_s: float, *, begins: bool, goes_on: bool) -> State:
        """Return the state after a look. A run begins by the stricter rule and goes on by the looser one. Time in which
        nobody looked does not count."""
        if self._since_s is not None and (not goes_on or at_s < self._seen_s):
            self.forget()
        if self._since_s is None and begins:
            self._since_s = self._seen_s = at_s
        if self._since_s is not None:
            self._since_s += max(0.0, at_s - self._seen_s - _GAP_S)
        self._seen_s = at_s
        if self._since_s is None:
            return State.NO
        self._is_told = self._is_told or at_s - self._since_s >= self._after_s
        return State.YES if self._is_told else State.UNSURE
