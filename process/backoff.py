"""Waits between tries: doubling up to a bound, jittered so that stations do not come back in step. Pure."""

from random import Random


class Backoff:
    def __init__(self, first_s: float, longest_s: float, random: Random) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._random = random
        self._tries = 0

    def next(self) -> float:
        """Return the seconds to wait now: between half and the whole of the current step."""
        step = min(self._longest_s, self._first_s * 2.0 ** min(self._tries, 30))
        self._tries += 1
        return step * self._random.uniform(0.5, 1.0)

    def reset(self) -> None:
        self._tries = 0
