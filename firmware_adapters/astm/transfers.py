"""Names for the results of a transfer, so that the same transfer sent again gives the same names.

A sender that hears no answer ends the transfer (or just falls silent) and sends the whole message again later
(LIS01-A2 6.5). The standard gives a message no number, so only the line itself shows that it is the same one:

    what the receiver saw                                      what comes next with the same records is
    a frame accepted, then EOT at once                         another test: the sender had our answer
    a frame accepted, no EOT, or EOT when its time had run out the same transfer, sent again
    no EOT, and then other records                             the sender went on: from then on all is another test

A name is a digest of the result record with the patient and order above it, and its place among its equals in the
transfer. The header is left out: many senders write a new time into it.
"""

import hashlib
from collections import Counter

_MOST = 5000


class Transfers:
    """The names of the transfer that is open, and of those before it that the sender may send again."""

    def __init__(self) -> None:
        self._given: Counter[str] = Counter()
        self._earlier: set[str] = set()
        self._current: set[str] = set()
        self._ends_without_eot = False

    def begin(self) -> bool:
        """Begin a transfer. Return True where the one before is over, though no EOT said so: this sender never sends
        one."""
        if self._ends_without_eot and self._current:
            self._forget()
            return True
        self._earlier = self._earlier | self._current if len(self._earlier) < _MOST else self._current
        self._current = set()
        self._given.clear()
        return False

    def name(self, *records: bytes) -> tuple[str, bool]:
        """Return the name of the result made of these records, and whether the name shows that the sender went on. In a
        transfer of more than thousands of results the rest has no names."""
        if len(self._current) >= _MOST:
            return "", False
        digest = hashlib.sha256(b"\r".join(records)).hexdigest()[:32]
        place = self._given[digest]
        self._given[digest] += 1
        name = f"{digest}.{place}"
        went_on = bool(self._earlier) and not self._current and name not in self._earlier
        if went_on:
            self._earlier.clear()
            self._ends_without_eot = True
        self._current.add(name)
        return name, went_on

    def conclude(self) -> bool:
        """Conclude the transfer: the sender has our answers, and said EOT. Return True where there was one to
        conclude."""
        self._ends_without_eot = False
        has_given = bool(self._earlier or self._current)
        self._forget()
        return has_given

    def _forget(self) -> None:
        self._earlier.clear()
        self._current = set()
        self._given.clear()
