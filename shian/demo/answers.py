"""The demo's subscribers as people: some of the failed tests that they are told of they acknowledge by the link in the
message, after a while; the others stay open for the visitor."""

import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.error import URLError

import structlog

log = structlog.get_logger()
_EVERY = 3
_LOOK_S = 0.5
_DEADLINE_S = 10.0


def press(link: str) -> None:
    """Press the button behind a link. Raises OSError: the server is away, or the link does nothing any more."""
    request = urllib.request.Request(link, data=b"", method="POST")  # noqa: S310  a link of our own server
    with urllib.request.urlopen(request, timeout=_DEADLINE_S):  # noqa: S310
        pass


@dataclass(slots=True)
class Answers:
    """Subscriber who answers one of three messages. `turn`: which; `after_s`: his time to read it."""

    turn: int
    after_s: float
    press: Callable[[str], None] = press
    clock: Callable[[], float] = time.monotonic
    _links: dict[str, float | None] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> "Answers":
        self._thread = threading.Thread(target=self._run, name="demo-answers", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._thread:
            self._thread.join()

    def read(self, link: str) -> None:
        """Take note of a message with a link. One that comes twice is one message."""
        with self._lock:
            if link and link not in self._links:
                is_answered = len(self._links) % _EVERY == self.turn
                self._links[link] = self.clock() + self.after_s if is_answered else None

    def look(self) -> None:
        """Answer what was read long enough ago."""
        with self._lock:
            due = [link for link, at in self._links.items() if at is not None and at <= self.clock()]
            self._links |= dict.fromkeys(due)
        for link in due:
            try:
                self.press(link)
            except (URLError, OSError) as exc:
                log.info("demo_answer_refused", error=str(exc)[:200])

    def _run(self) -> None:
        while not self._ended.wait(_LOOK_S):
            self.look()
