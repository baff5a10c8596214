"""Which pictures of a stream are looked at. Pure."""

# Time stamps are rounded, by some cameras to milliseconds.
_SLACK_S = 0.001


class Pace:
    """At most `rate` pictures a second, from `begin_s` on: on a grid, so that a rate that does not divide the camera's
    does not drift below what is asked for. After a gap the grid begins anew: what was missed is not made up for."""

    def __init__(self, rate: float, begin_s: float = float("-inf")) -> None:
        self._every_s = 1 / rate
        self._due_s = begin_s

    def is_due(self, at_s: float) -> bool:
        """Asked once a picture, in the order of their times (seconds)."""
        late_s = at_s - self._due_s
        if late_s < -_SLACK_S:
            return False
        self._due_s = (at_s if late_s > self._every_s else self._due_s) + self._every_s
        return True
