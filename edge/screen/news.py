"""News of the agent: one thread waits for them, and every open page hears them (server-sent events).

A page hears the number of the newest event, whether the agent is there, and how the line to the centre is. It then asks
for what it shows. A page that takes nothing is dropped: its browser connects again, and hears the newest."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import structlog

from edge.samples.client import AgentAwayError, AgentClient, AskRefusedError

log = structlog.get_logger()

# Receipts of the centre make no event: the line is looked at that often.
_LOOK_S = 2.0
_AGAIN_S = 0.3
_KEPT = 16
_BREATH_S = 15.0


class News:
    """The newest news; `run` in a thread. `stream` yields them to one page, in the event loop that it was begun in."""

    def __init__(self, path: Path, *, now: Callable[[], float] = time.time) -> None:
        self._client = AgentClient(path)
        self._now = now
        self._lock = threading.Lock()
        self._listeners: dict[asyncio.Queue[str | None], asyncio.AbstractEventLoop] = {}
        # Pages of this machine: a scanner is plugged in here.
        self._here: set[asyncio.Queue[str | None]] = set()
        self._scanner: str | None = None
        self._away_since = now()
        self._newest: dict[str, Any] = {"is_there": False, "away_since": self._away_since}

    @property
    def newest(self) -> dict[str, Any]:
        return self._newest

    def run(self, stop: threading.Event) -> None:
        """Wait for news until `stop` is set."""
        recorded = 0
        while not stop.is_set():
            try:
                state = self._client.ask("state")
                if state["recorded"] == recorded:
                    # Somebody may have recorded since the state was asked for: that is news at once.
                    recorded = self._client.ask("wait", after=recorded, seconds=_LOOK_S)["recorded"]
                    state |= {"recorded": recorded}
                recorded = state["recorded"]
                self._tell({"is_there": True, **state})
            except (AgentAwayError, AskRefusedError) as exc:
                if self._newest["is_there"]:
                    self._away_since = self._now()
                    log.warning("agent_away", reason=str(exc))
                self._tell({"is_there": False, "away_since": self._away_since})
                stop.wait(_AGAIN_S)
        self._client.close()
        self.leave()

    def leave(self) -> None:
        """End all streams: the server goes, and would wait for its open pages."""
        with self._lock:
            for queue, loop in self._listeners.items():
                loop.call_soon_threadsafe(_put, queue, None)

    def scanned(self, text: str) -> None:
        """Tell the pages of this machine of a code; where none is open, all pages. From any thread."""
        line = f"event: scan\n{_line({'text': text})}"
        with self._lock:
            meant = self._here or set(self._listeners)
            for queue in meant:
                self._listeners[queue].call_soon_threadsafe(_put, queue, line)

    def scanner_changed(self, trouble: str) -> None:
        """Tell the pages why the scanner cannot be read; "": it can. With the next news."""
        self._scanner = trouble

    def _tell(self, news: dict[str, Any]) -> None:
        if self._scanner is not None:
            news = {**news, "scanner": self._scanner}
        if news == self._newest:
            return
        self._newest = news
        line = _line(news)
        with self._lock:
            for queue, loop in self._listeners.items():
                loop.call_soon_threadsafe(_put, queue, line)

    async def stream(self, *, is_here: bool = True) -> AsyncGenerator[str, None]:
        """Yield the newest news, and every later one. `is_here`: to a page of this machine."""
        queue: asyncio.Queue[str | None] = asyncio.Queue(_KEPT)
        with self._lock:
            self._listeners[queue] = asyncio.get_running_loop()
            if is_here:
                self._here.add(queue)
        try:
            yield _line(self._newest)
            while True:
                try:
                    line = await asyncio.wait_for(queue.get(), _BREATH_S)
                except TimeoutError:
                    line = ":\n\n"  # so that a connection that is dead is found
                if line is None:
                    return
                yield line
        finally:
            with self._lock:
                self._listeners.pop(queue, None)
                self._here.discard(queue)


def _line(news: dict[str, Any]) -> str:
    return f"data: {json.dumps(news, ensure_ascii=False)}\n\n"


def _put(queue: "asyncio.Queue[str | None]", line: str | None) -> None:
    """Put a line; where the page has not taken the ones before, the oldest gives way: each says all."""
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(line)
