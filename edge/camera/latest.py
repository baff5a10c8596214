"""The single slot between capturing and analysing: it holds the newest frame. A frame that is not taken in time is
dropped."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """A slot for one item. One thread puts, one thread takes."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: T | None = None
        self.dropped = 0

    def put(self, item: T) -> bool:
        """Put `item` into the slot. Return False if that dropped an item that nobody had taken."""
        with self._changed:
            is_free = self._item is None
            self.dropped += not is_free
            self._item = item
            self._changed.notify()
        return is_free

    def take(self, timeout_s: float) -> T | None:
        """Return the newest item as soon as there is one; None if none came within `timeout_s`."""
        with self._changed:
            if self._item is None:
                self._changed.wait(timeout_s)
            item, self._item = self._item, None
            return item
