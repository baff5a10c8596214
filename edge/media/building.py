"""Builds the media store from the settings."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from edge.media.settings import MediaSettings
from edge.media.store import MediaPlan, MediaStore


def make_store(settings: MediaSettings, data: Path, *, clock: Callable[[], datetime]) -> MediaStore:
    plan = MediaPlan(
        folder=data / "media",
        sends=bool(settings.url),
        keep=timedelta(days=settings.keep_days),
        disk_share=settings.disk_share,
        min_free=settings.min_free_mib << 20,
    )
    return MediaStore(plan, clock=clock)
