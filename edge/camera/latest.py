"""The one place between capturing and analysing: the newest frame. What nobody fetched in time is dropped."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """One thread puts, one takes."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: T | None = None
        self.dropped = 0

    def put(self, item: T) -> bool:
        """False: one that nobody had taken was dropped for it."""
        with self._changed:
            is_free = self._item is None
            self.dropped += not is_free
            self._item = item
            self._changed.notify()
        return is_free

    def take(self, timeout_s: float) -> T | None:
        """The newest, as soon as there is one; None: none came within `timeout_s`."""
        with self._changed:
            if self._item is None:
                self._changed.wait(timeout_s)
            item, self._item = self._item, None
            return item
