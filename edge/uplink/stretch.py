"""A stretch of the outbox, read in pages. Pure."""

from dataclasses import dataclass, field

from wire.terms import Lane


@dataclass(slots=True)
class Stretch:
    """The waiting events of `lane` above the number `start`; with `is_backward` those below it, the newest first.

    `position`: the number of the last one that was sent."""

    lane: Lane
    start: int = 0
    is_backward: bool = False
    position: int = field(init=False)

    def __post_init__(self) -> None:
        self.position = self.start

    def rewind(self) -> None:
        """Begin again, because an event in the stretch must be sent again."""
        self.position = self.start


def of_connection(head: int) -> tuple[Stretch, Stretch, Stretch]:
    """Return the stretches to send over a new connection, the most urgent first, when `head` is the newest event: tests
    that fail from now on; those that failed before, the last one first, for it may be a second old; everything else."""
    return Stretch(Lane.URGENT, head), Stretch(Lane.URGENT, head + 1, is_backward=True), Stretch(Lane.NORMAL)
