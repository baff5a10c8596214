"""Builds the spool from the settings, for the agent and for `shian edge salvage`."""

import os
from collections.abc import Callable
from datetime import datetime

from edge.settings import EdgeSettings
from edge.spool.dead_letters import Bounds
from edge.spool.spool import Companion, Spool, SpoolPlan
from edge.station_clock import Stamp

_MIB = 1 << 20


def make_spool(
    settings: EdgeSettings,
    *,
    clock: Callable[[], datetime],
    stamp: Callable[[], Stamp] | None = None,
    on_news: Callable[[], None] = lambda: None,
    companion: Companion | None = None,
) -> Spool:
    """Build the spool, not opened yet."""
    bounds = settings.spool

    def free_bytes() -> int:
        found = os.statvfs(settings.data)
        return found.f_bavail * found.f_frsize

    plan = SpoolPlan(
        station=settings.station,
        folder=settings.data,
        min_free=bounds.min_free_mib * _MIB,
        checkpoint_events=bounds.checkpoint_events,
        bounds=Bounds(bounds.dead_letters, bounds.dead_letter_mib * _MIB),
    )
    return Spool(plan, clock=clock, stamp=stamp, free_bytes=free_bytes, on_news=on_news, companion=companion)
