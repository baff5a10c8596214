"""Asking an analyzer: one request at a time, a time-out, a back-off, and nothing that is not in the request table.

A family writes its dialogue as a generator, so that it reads as the conversation does:

    def dialogue():
        hello = yield Ask(HELLO, wants=("hello",))       # resumed with the frame that answered
        while (yield Ask(NEXT, wants=("group", "end"), may_be_silent=True)):   # None: silence
            ...

One run of it is a round. Rounds follow each other by `poll_s`; a request that stays without an answer ends its round,
and the next one begins after a wait that doubles up to `backoff_s`. Requests go out of `tick` alone, and only after
the line was quiet for `gap_s`: a late or repeated frame is then never taken for the answer to the request behind it.
"""

import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from firmware_adapters.framing import Found


class PollingSettings(BaseModel):
    """Settings that every family that asks lets its profile set. Times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    poll_s: float = Field(default=30.0, gt=0, description="from the end of one round of requests to the next")
    reply_s: float = Field(default=3.0, gt=0, description="silence after which a request is given up")
    gap_s: float = Field(default=0.1, ge=0, description="quiet on the line between an answer and the next request")
    frame_s: float = Field(default=1.0, gt=0, description="silence after which the rest of a frame will not come")
    backoff_s: float = Field(default=60.0, gt=0, description="the longest wait for a tester that does not answer")


@dataclass(frozen=True, slots=True)
class Request:
    """One row of a family's request table: what may be sent, and nothing else. `pattern` matches the whole request;
    parts that vary (a day, a page) are as narrow in it as the protocol allows."""

    name: str
    pattern: re.Pattern[bytes]

    def allows(self, data: bytes) -> bool:
        return self.pattern.fullmatch(data) is not None


def exactly(name: str, data: bytes) -> Request:
    """Return a request without any variable part."""
    return Request(name, re.compile(re.escape(data)))


class ForbiddenRequestError(AssertionError):
    """A dialogue wanted to send what its family's request table does not list: a fault of the program."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request. `wants` are the kinds of frames that complete its answer; without any, the answer is complete when the
    line has been quiet for `reply_s` after at least one frame. `may_be_silent`: no answer is an answer too, though not
    one that shows that there are no records, unless the request `is_courtesy` and no answer would hold any."""

    data: bytes
    wants: Sequence[str] = ()
    may_be_silent: bool = False
    reply_s: float | None = None
    is_courtesy: bool = False


Dialogue = Generator[Ask, Found | None, None]


class Asker:
    """The dialogue with one tester. Tell it every good frame, what was `damaged`, and `tick` it at its `deadline`.
    `rounds_read` counts the rounds in which every request was answered and nothing was damaged."""

    def __init__(
        self, begin: Callable[[], Dialogue], requests: Sequence[Request], settings: PollingSettings, now: float
    ) -> None:
        self._begin = begin
        self._requests = requests
        self._settings = settings
        self._dialogue: Dialogue | None = None
        self._waiting: Ask | None = None
        self._answer: Found | None = None
        self._is_complete = False
        self._failures = 0
        self._is_whole = True
        self.rounds_read = 0
        self.deadline = now

    def heard(self, found: Found, now: float) -> None:
        """Take a good frame or a mark: the tester lives, and the line is not quiet yet."""
        ask = self._waiting
        if ask is None or self._is_complete:
            self.deadline = max(self.deadline, now + self._settings.gap_s)
            return
        self._answer = found
        if found.kind in ask.wants:
            self._is_complete = True
            self.deadline = now + self._settings.gap_s
        else:
            self.deadline = now + (ask.reply_s or self._settings.reply_s)

    def damaged(self) -> None:
        """Take bytes that are no good frame. A record of this round may have been in them."""
        self._is_whole = False

    def tick(self, now: float) -> tuple[bytes, bool]:
        """Act on the deadline. Return a request to send (or nothing), and whether an answer broke off."""
        ask = self._waiting
        if ask is None or self._dialogue is None:
            self._dialogue = self._begin()
            self._is_whole = True
            return self._resume(now), False
        # A request without a named end is answered by whatever came before the line fell quiet.
        is_answered = self._is_complete or (not ask.wants and self._answer is not None)
        if is_answered or (ask.may_be_silent and self._answer is None):
            return self._resume(now), False
        return b"", self._fail(now)

    def _resume(self, now: float) -> bytes:
        assert self._dialogue is not None
        answer, self._answer = self._answer, None
        self._is_complete = False
        if self._waiting is not None and answer is None and not self._waiting.is_courtesy:
            self._is_whole = False
        try:
            ask = next(self._dialogue) if self._waiting is None else self._dialogue.send(answer)
        except StopIteration:
            self.rounds_read += self._is_whole and self._waiting is not None
            self._end(now + self._settings.poll_s)
            self._failures = 0
            return b""
        if not any(request.allows(ask.data) for request in self._requests):
            raise ForbiddenRequestError(ask.data.hex(" "))
        self._waiting = ask
        self.deadline = now + (ask.reply_s or self._settings.reply_s)
        return ask.data

    def _fail(self, now: float) -> bool:
        """End the round because no answer came, or only a part of one. Return True if it was a part."""
        has_part = self._answer is not None
        self._failures += 1
        wait = self._settings.reply_s * 2.0 ** min(self._failures, 16)
        self._end(now + min(wait, self._settings.backoff_s))
        return has_part

    def _end(self, deadline: float) -> None:
        if self._dialogue is not None:
            self._dialogue.close()
        self._dialogue, self._waiting, self._answer, self._is_complete = None, None, None, False
        self.deadline = deadline
