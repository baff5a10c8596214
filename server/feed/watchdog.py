"""systemd is told that the server works: by a task of the event loop, as long as the feed's loop turns."""

import asyncio

from process.watched import Systemd
from server.feed.feed import Feed

_FEED_S = 5.0
# A reading, a connect and a pruning have deadlines of their own, which are shorter together.
_LOOP_S = 60.0


class Watchdog:
    """Watchdog of the event loop. `run` is supervised. Where the loop hangs, systemd is not fed either."""

    def __init__(self, feed: Feed, systemd: Systemd) -> None:
        self._feed = feed
        self._systemd = systemd

    async def run(self) -> None:
        self._systemd.ready()
        while True:
            self._systemd.feed({"feed": self._feed.still_s()}, _LOOP_S)
            await asyncio.sleep(_FEED_S)
