"""Whose turn is it: the profile's requests, one at a time, each at its interval.

An answer names its request no more than by coming after it. So after a silence nothing is asked for twice `reply_s`,
doubling up to `backoff_s`: an answer that is late then finds no request that it could be taken for.
"""

from firmware_adapters.line.grammar import Request, Settings

SILENCES_TO_REPORT = 2
_MOST_DOUBLINGS = 16


class Poller:
    """Poller of a line device. Call `tick` at `deadline`; call `answered` for each answer to the `open` request."""

    def __init__(self, settings: Settings, now: float) -> None:
        self._settings = settings
        self._due = dict.fromkeys(settings.requests, now)
        self._silences = 0
        self.open: Request | None = None
        self.deadline = now

    def answered(self, now: float) -> None:
        if self.open is None:
            return
        self._due[self.open] = max(self._due[self.open] + self.open.every_s, now)
        self._silences = 0
        self._close(now + self._settings.next_s)

    def tick(self, now: float) -> tuple[Request | None, bool]:
        """Act on the deadline. Return the request to send, and whether the device must now be said not to answer."""
        if self.open is not None:
            self._silences += 1
            wait = self._settings.reply_s * 2.0 ** min(self._silences, _MOST_DOUBLINGS)
            self._close(now + max(min(wait, self._settings.backoff_s), self._settings.reply_s))
            return None, self._silences == SILENCES_TO_REPORT
        self.open = min(self._due, key=lambda request: self._due[request])
        self.deadline = now + self._settings.reply_s
        return self.open, False

    def _close(self, earliest: float) -> None:
        self.open = None
        self.deadline = max(min(self._due.values()), earliest)
