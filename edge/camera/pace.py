"""Chooses the pictures of a stream that are looked at. Pure."""

# Time stamps are rounded, by some cameras to milliseconds.
_SLACK_S = 0.001


class Pace:
    """A grid of at most `rate` pictures a second, from `begin_s` on.

    With a grid, a rate that does not divide the camera's rate does not drift below the wanted one. After a gap the grid
    begins anew: missed pictures are not made up for."""

    def __init__(self, rate: float, begin_s: float = float("-inf")) -> None:
        self._every_s = 1 / rate
        self._due_s = begin_s

    def is_due(self, at_s: float) -> bool:
        """Tell whether the picture at `at_s` (seconds) is due. Call once a picture, in the order of their times."""
        late_s = at_s - self._due_s
        if late_s < -_SLACK_S:
            return False
        self._due_s = (at_s if late_s > self._every_s else self._due_s) + self._every_s
        return True
