"""Fetches the document when there is news of it, and now and then without."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.down.fetch import Door, UnreachableError
from edge.down.kept import Kept
from wire.down import DownError

log = structlog.get_logger()

_TURN_S = 1.0
# Not all stations at one moment.
_SPREAD_S = 2.0


@dataclass(frozen=True, slots=True)
class DownState:
    """State of the document, for people. `refusal`: why the last one that came was not taken."""

    version: int
    limits_version: str
    made_at: datetime | None
    asked_at: datetime | None
    failure: str
    refusal: str


class DownWorker:
    """The worker; `run` is supervised. `hear` may be called from any thread."""

    def __init__(
        self,
        door: Door,
        kept: Kept,
        key: Callable[[], Ed25519PrivateKey],
        *,
        every_s: float,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        random: Random,
    ) -> None:
        self._door = door
        self._kept = kept
        self._key = key
        self._every_s = every_s
        self._clock = clock
        self._monotonic = monotonic
        self._random = random
        self._tag = ""
        self._heard = b""
        self._due = 0.0
        self._asked_at: datetime | None = None
        self._failure = ""

    def run(self, stop: threading.Event) -> None:
        """Ask until `stop` is set."""
        while not stop.is_set():
            if self._monotonic() >= self._due:
                self._ask()
            stop.wait(_TURN_S)

    def hear(self, news: bytes) -> None:
        """Hear the news of the retained topic: other bytes than the last ones, and the document is asked for."""
        if news != self._heard:
            self._heard = news
            self._due = min(self._due, self._monotonic() + self._random.uniform(0, _SPREAD_S))

    def state(self) -> DownState:
        document = self._kept.now.document
        return DownState(
            document.version if document else 0,
            document.limits_version if document else "",
            document.made_at if document else None,
            self._asked_at,
            self._failure,
            self._kept.refusal,
        )

    def _ask(self) -> None:
        self._due = self._monotonic() + self._every_s * self._random.uniform(0.9, 1.1)
        try:
            fetched = self._door.fetch(self._key(), self._tag)
            self._asked_at, self._failure = self._clock(), ""
            if fetched.content is not None:
                self._kept.take(fetched.content)
            self._tag = fetched.tag
        except UnreachableError as exc:
            self._fail(str(exc))
        except DownError as exc:
            self._tag = ""
            self._fail(str(exc))
        except OSError as exc:
            self._fail(f"it cannot be kept: {exc}")

    def _fail(self, failure: str) -> None:
        if failure != self._failure:
            log.warning("down_not_fetched", reason=failure)
        self._failure = failure
