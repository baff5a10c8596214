"""Uploads that no station goes on with are deleted: of a station that was taken away, or whose disk was lost."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter

from server.media.incoming import Incoming
from server.media.threads import TAKING

log = structlog.get_logger()
PRUNED = Counter("shian_server_media_uploads_pruned_total", "Uploads that no station went on with, deleted")
_EVERY_S = 600.0


class Leftovers:
    """Leftovers of uploads. `run` is supervised; it returns only by an exception."""

    def __init__(self, incoming: Incoming, keep: timedelta, now: Callable[[], datetime]) -> None:
        self._incoming = incoming
        self._keep = keep
        self._now = now

    async def run(self) -> None:
        while True:
            before = self._now() - self._keep
            pruned = await TAKING.run(self._incoming.prune, before.timestamp())
            if pruned.files:
                PRUNED.inc(pruned.files)
                log.info("media_uploads_pruned", files=pruned.files, size=pruned.size, untouched_days=self._keep.days)
            await asyncio.sleep(_EVERY_S)
