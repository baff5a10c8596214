"""The spool as the settings say, for the agent and for `shian edge salvage`."""

import os
from collections.abc import Callable
from datetime import datetime

from edge.settings import EdgeSettings
from edge.spool.dead_letters import Bounds
from edge.spool.spool import Spool, SpoolPlan
from edge.station_clock import Stamp

_MIB = 1 << 20


def make_spool(
    settings: EdgeSettings,
    *,
    clock: Callable[[], datetime],
    stamp: Callable[[], Stamp] | None = None,
    on_news: Callable[[], None] = lambda: None,
) -> Spool:
    """Not opened yet."""
    it = settings.spool

    def free_bytes() -> int:
        found = os.statvfs(settings.data)
        return found.f_bavail * found.f_frsize

    plan = SpoolPlan(
        station=settings.station,
        folder=settings.data,
        min_free=it.min_free_mib * _MIB,
        checkpoint_events=it.checkpoint_events,
        bounds=Bounds(it.dead_letters, it.dead_letter_mib * _MIB),
    )
    return Spool(plan, clock=clock, stamp=stamp, free_bytes=free_bytes, on_news=on_news)
