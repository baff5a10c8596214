"""The settings that ingest started with, and the ranges of readings, told by a deed where they changed."""

from dataclasses import asdict
from typing import Any

import psycopg

from ingest.probes import ReadingLimit
from ingest.settings import Ingest
from ingest.store import Store
from storage import told_settings
from storage.errors import translated
from storage.steps import run

_TOLD = {"timezone", "gap_after_s", "watch", "budgets"}


def tell(connection: psycopg.Connection[Any], store: Store, settings: Ingest) -> None:
    """Tell them. Raises the errors of storage.errors."""
    values = settings.model_dump(mode="json", include=_TOLD)
    values["reading_limit"] = {limit.code: _told(limit) for limit in store.reading_limits}
    with translated(), connection.transaction(), connection.cursor() as cursor:
        run(cursor, told_settings.tell("ingest", values))


def _told(limit: ReadingLimit) -> dict[str, Any]:
    days = {"valid_from": limit.valid_from.isoformat(), "valid_to": limit.valid_to and limit.valid_to.isoformat()}
    return asdict(limit) | days
