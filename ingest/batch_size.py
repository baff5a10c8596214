"""The number of messages that a transaction may take. Pure.

A batch locks rows that others need (heads, devices, counts) in its last part, until it is committed, and another lane
may wait for one of them: a failed test for the head of its station's stream. So a batch shrinks when it held them for
too long, and grows while it is full and quick: a machine under load takes smaller batches, an idle one the largest.
"""

import math
from dataclasses import dataclass, field


@dataclass(slots=True)
class BatchSize:
    """Size of a batch in messages, between `smallest` and `largest`, so that rows are held for about `aim_s` at
    most."""

    largest: int
    aim_s: float
    smallest: int = 50
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.smallest = min(self.smallest, self.largest)
        self.size = self.largest

    @classmethod
    def fixed(cls, size: int) -> "BatchSize":
        """Return one that does not change: for a lane that others hardly wait for."""
        return cls(size, math.inf, smallest=size)

    def held(self, messages: int, seconds: float) -> None:
        """Learn from a commit of so many messages, which held its rows for so long."""
        if seconds > self.aim_s:
            fitting = int(messages * self.aim_s / seconds)
            self.size = max(self.smallest, min(self.size, fitting))
        elif messages >= self.size:
            self.size = min(self.largest, self.size + self.size // 4 + 1)
