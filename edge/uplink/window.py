"""The number of events that may be under way without a receipt. Pure.

The window grows by the number of events that receipts cover (so it doubles a round trip), and halves on silence. A slow
centre gets as much as it can take; one that is away gets a trickle that finds out when it is back."""

from dataclasses import dataclass


@dataclass(slots=True)
class SendWindow:
    smallest: int
    largest: int
    size: int = 0

    def __post_init__(self) -> None:
        self.size = min(self.largest, max(self.smallest, self.size))

    def receipted(self, count: int) -> None:
        self.size = min(self.largest, self.size + count)

    def silent(self) -> None:
        self.size = max(self.smallest, self.size // 2)

    def room(self, under_way: int) -> int:
        return max(0, self.size - under_way)
