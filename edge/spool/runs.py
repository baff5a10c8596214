"""The numbers without a receipt, as the first event of the next stream names them: in runs, with the hash of the
last."""

from collections import deque
from dataclasses import dataclass, field

from wire.kinds.agent import MAX_RUNS, Again

# The newest stand alone, each with its hash: an older copy or a clone parts from the other shortly before that is
# noticed, and the centre sees by the hash which numbers both have in common.
_ALONE = 100


@dataclass(slots=True)
class Runs:
    """The runs, which grow by `add`, in ascending order.

    An event has room for a limited number of runs: numbers in between that get no room stay missing at the centre if it
    lacks them."""

    _runs: list[Again] = field(default_factory=list)
    _newest: deque[Again] = field(default_factory=deque)

    def add(self, sequence: int, name: str) -> None:
        """Add a number and the hash of its event."""
        self._newest.append(Again(first=sequence, last=sequence, hash=name))
        if len(self._newest) > _ALONE:
            self._join(self._newest.popleft())

    @property
    def all(self) -> tuple[Again, ...]:
        """Return all runs, ascending."""
        return (*self._runs, *self._newest)

    def _join(self, one: Again) -> None:
        if self._runs and self._runs[-1].last + 1 == one.first:
            self._runs[-1] = one.model_copy(update={"first": self._runs[-1].first})
        elif len(self._runs) < MAX_RUNS - _ALONE:
            self._runs.append(one)
