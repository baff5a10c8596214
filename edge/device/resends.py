"""The memory behind "the same transfer, sent again": the transfers of a device in the life of this process.

    a named transfer           minutes   until the decoder says that it is over (`Concluded`), or the sender went on
    a record of its memory     always    it comes again whenever the memory is asked for

The memory is not kept on disk. After a restart nothing can be proven any more, so a transfer that comes again then is
recorded and marked. The clock is a monotonic one: a clock that is set must not make a transfer younger.
"""

from collections import OrderedDict
from dataclasses import dataclass

LASTS_S = 600.0
_MOST_NAMES = 10_000
_MOST_KEPT = 50_000


@dataclass(slots=True)
class _Given:
    """A transfer that has a name."""

    number: int
    at: float


class Resends:
    """The transfers of one device. `number` is the place, in the spool's file, of the event that the first transfer
    became."""

    def __init__(self) -> None:
        self._given: OrderedDict[str, _Given] = OrderedDict()
        self._older: set[str] = set()
        self._kept: OrderedDict[bytes, int] = OrderedDict()

    def find(self, name: str, now: float) -> int | None:
        """Return the event of the first transfer, if `name` is a transfer that is sent again."""
        given = self._given.get(name)
        return given.number if given is not None and now - given.at <= LASTS_S else None

    def find_kept(self, name: str) -> int | None:
        """Return the event of a record of the device's memory."""
        return self._kept.get(_short(name))

    def remember(self, name: str, number: int, now: float, *, is_new: bool) -> None:
        """Remember a transfer. If it is new, the sender went on, so every transfer from before the link was opened
        again is over."""
        self._older.discard(name)
        if is_new:
            for older in self._older:
                self._given.pop(older, None)
            self._older.clear()
        self._given[name] = _Given(number, now)
        if len(self._given) > _MOST_NAMES:
            self._given.popitem(last=False)

    def remember_kept(self, name: str, number: int) -> None:
        self._kept[_short(name)] = number
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)

    def reopen(self) -> None:
        """Note that the link was opened anew: a sender that lost an answer with it may send again, but only that."""
        self._older = set(self._given)

    def conclude(self) -> None:
        self._given.clear()
        self._older.clear()


def _short(name: str) -> bytes:
    """Return half of the digest: that is enough, and there may be many."""
    return bytes.fromhex(name[:32])
