"""Budgets of growth that one station may cause within an hour: storage/budgets.toml, overridden in the settings of
ingest and of the server. The part that was used stands in the table `budget`, so that a restart resets nothing.
"""

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from process.settings import Settings

Most = Annotated[int, Field(ge=0)]
Days = Annotated[int, Field(ge=1, le=3650)]

STRANGERS = ""  # the budget that all share whom nobody enrolled


class Kind(StrEnum):
    """Quantity that is counted. Of alerts: `alerts/` and the rule."""

    EVENTS = "events"
    BYTES = "bytes"
    STREAMS = "streams"
    ALERTS = "alerts"
    QUARANTINE = "quarantine"
    QUARANTINE_BYTES = "quarantine_bytes"
    UPLOADS = "uploads"


def hour_of(at: datetime) -> datetime:
    """Return the full hour in which `at` lies."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


@cache
def shipped() -> Mapping[str, Mapping[str, Any]]:
    """Return the tables of budgets.toml as they are shipped."""
    return tomllib.loads((files("storage") / "budgets.toml").read_text("utf-8"))


class _Part(Settings):
    """Shipped values of one table, where the settings do not name others."""

    table: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _over_shipped(cls, given: Any) -> Any:
        return {**shipped()[cls.table], **given} if isinstance(given, Mapping) else given


class AlertBudgets(_Part):
    """Alerts of their own, by rule."""

    table = "alerts"

    failed_test: Most
    verdicts_disagree: Most
    camera_finding: Most
    camera_untrusted: Most
    stream_replaced: Most
    dead_letters: Most
    repeats: Most
    device_offline: Most
    device_silent: Most
    other: Annotated[Most, Field(description="of each rule that is not named here")]

    def of(self, rule: str) -> int:
        """Return how many alerts of `rule` a station may open within an hour."""
        found: int = getattr(self, rule) if rule in type(self).model_fields else self.other
        return found


class Keep(_Part):
    """Time for which rows are kept that are no evidence."""

    table = "keep"

    quarantine_days: Annotated[Days, Field(description="bodies of refused messages; then their hash and head")]
    counts_days: Annotated[Days, Field(description="what the budgets were used for")]


class StationBudgets(_Part):
    """Budgets of a station within an hour, in ingest: `[budgets]` in ingest.toml."""

    table = "station"

    events: Annotated[Most, Field(description="above: put off, the station keeps them")]
    bytes: Annotated[Most, Field(description="of these events")]
    urgent_percent: Annotated[int, Field(ge=100, description="of both, for what comes by the urgent leaf")]
    streams: Annotated[Most, Field(description="new ones; above: their events are put off")]
    quarantine_messages: Annotated[Most, Field(description="refused messages that make a row")]
    quarantine_bytes: Annotated[Most, Field(description="of bodies that are kept whole")]
    alerts: AlertBudgets = AlertBudgets.model_validate({})
    keep: Keep = Keep.model_validate({})

    def most(self, kind: str) -> int:
        """Return the budget of `kind`."""
        match kind:
            case Kind.EVENTS:
                return self.events
            case Kind.BYTES:
                return self.bytes
            case Kind.STREAMS:
                return self.streams
            case Kind.QUARANTINE:
                return self.quarantine_messages
            case Kind.QUARANTINE_BYTES:
                return self.quarantine_bytes
        return self.alerts.of(kind.removeprefix(f"{Kind.ALERTS}/"))


class UploadBudgets(_Part):
    """Budgets of a station's pictures and clips, in the server: `[budgets]` in server.toml."""

    table = "uploads"

    bytes: Annotated[Most, Field(description="whole ones within an hour; above: 429")]
    unfinished: Annotated[int, Field(ge=1, description="uploads under way; above: the oldest is dropped")]
    unfinished_bytes: Annotated[Most, Field(description="of these, at least one of the largest")]
    free_mib: Annotated[Most, Field(description="of the disk that stay free; below: 507")]
