"""Looks that are going on: a player asks for a clip range by range, and that is one look."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

_LASTS_S = 300.0
_MOST = 10_000


class Looks:
    """Looks of the last minutes that the audit has. Whatever is forgotten is written again."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._began: OrderedDict[Hashable, float] = OrderedDict()

    def is_going_on(self, who: Hashable) -> bool:
        """Return True when the audit has a look of this one that began a short time ago."""
        began = self._began.get(who)
        return began is not None and self._monotonic() < began + _LASTS_S

    def began(self, who: Hashable) -> None:
        """Note a look that the audit has now."""
        self._began[who] = self._monotonic()
        self._began.move_to_end(who)
        while len(self._began) > _MOST:
            self._began.popitem(last=False)
