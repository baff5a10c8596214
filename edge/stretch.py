"""A stretch of the outbox, read forward in pages. Pure."""

from dataclasses import dataclass, field

from wire.terms import Lane


@dataclass(slots=True)
class Stretch:
    """The waiting events of `lane` above the number `after`, up to `through` (None: all that will come).

    `position`: the number of the last one that was sent."""

    lane: Lane
    after: int = 0
    through: int | None = None
    position: int = field(init=False)

    def __post_init__(self) -> None:
        self.position = self.after

    def rewind(self) -> None:
        """Begin again: something in it must be sent again."""
        self.position = self.after

    def holds(self, sequence: int) -> bool:
        return self.through is None or sequence <= self.through


def of_connection(head: int) -> tuple[Stretch, Stretch, Stretch]:
    """Return what is sent over a new connection, the most urgent first, when `head` is the newest event: tests that
    fail from now on, those that failed before, everything else."""
    return Stretch(Lane.URGENT, after=head), Stretch(Lane.URGENT, through=head), Stretch(Lane.NORMAL)
