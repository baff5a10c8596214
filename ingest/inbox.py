"""The queue between the receive loop and the worker: bounded by messages and by bytes."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Message(NamedTuple):
    """Message from the broker. `session` numbers the connection that it came by: a packet id means nothing on another
    one. `is_retained`: the broker kept it for later subscribers; nobody knows how old it is."""

    topic: str
    body: bytes
    mid: int = 0
    session: int = 0
    is_retained: bool = False


class Inbox:
    """Inbox of messages. `is_full` is a request to stop reading, not a wall: messages that were read already still find
    room."""

    def __init__(self, *, most_messages: int, most_bytes: int, on_room: Callable[[], None] = lambda: None) -> None:
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._messages: deque[Message] = deque()
        self._bytes = 0
        self._news = threading.Condition()
        self._is_closed = False
        self.on_room = on_room

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def is_full(self) -> bool:
        return len(self._messages) >= self._most_messages or self._bytes >= self._most_bytes

    def put(self, messages: Sequence[Message]) -> None:
        with self._news:
            self._messages.extend(messages)
            self._bytes += sum([len(message.body) for message in messages])
            if messages:
                self._news.notify()

    def take(self, most: int, timeout_s: float) -> list[Message]:
        """Take up to `most` messages; wait for the first up to `timeout_s`, and not at all when closed."""
        with self._news:
            if not self._messages and not self._is_closed:
                self._news.wait(timeout_s)
            was_full = self.is_full
            taken = [self._messages.popleft() for _ in range(min(most, len(self._messages)))]
            self._bytes -= sum(len(message.body) for message in taken)
        if was_full and not self.is_full:
            self.on_room()
        return taken

    def close(self) -> None:
        """Wake whoever waits: the process ends."""
        with self._news:
            self._is_closed = True
            self._news.notify_all()
