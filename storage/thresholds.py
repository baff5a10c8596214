"""The thresholds at which the centre says by itself that something is wrong: storage/watch.toml, overridden rule by
rule in the settings of ingest (stations and devices) and of the server (the centre itself)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from process.language import SaidError
from process.named_files import Folder
from process.settings import Settings
from wire.terms import Severity

_TEN_YEARS_S = 315_360_000  # a time further than a calendar reaches would stop every look
Seconds = Annotated[float, Field(ge=0, le=_TEN_YEARS_S)]
Days = Annotated[float, Field(ge=0, le=36_500)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]


@cache
def shipped() -> Mapping[str, Mapping[str, Any]]:
    """Return the shipped thresholds of each rule."""
    return tomllib.loads((files("storage") / "watch.toml").read_text("utf-8"))


class Watched(Settings):
    """A rule. It must last `after_s` to open an alert, and be over for `ends_after_s` to end it."""

    is_on: bool
    severity: Severity
    after_s: Seconds
    ends_after_s: Seconds


class StationOffline(Watched):
    stale_s: Annotated[Seconds, Field(description="an `online` older than this counts as offline")]


class StationWaiting(Watched):
    oldest_s: Annotated[Seconds, Field(description="the oldest event that waits is older")]


class CertificateEnds(Watched):
    days: Annotated[Days, Field(description="it ends within so many")]
    failures: Annotated[Count, Field(description="renewals in a row that failed")]


class Rate(Watched):
    """Opened at `an_hour` within the last hour, over below `ends_below`."""

    an_hour: Count
    ends_below: Count

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.ends_below > self.an_hour:
            raise SaidError("ends_below must not be above an_hour", "ends_below 不得大于 an_hour")
        return self


class CameraUntrusted(Watched):
    changes: Annotated[
        int,
        Field(ge=3, le=1_000_000_000, description="of its state within an hour: then it is unstable, and only that"),
    ]


class DeadLetters(Rate):
    without_results: Annotated[Count, Field(description="so many are enough when no result came")]


class IngestSilent(Watched):
    silent_s: Annotated[Seconds, Field(description="without a heartbeat of a process")]
    never_s: Annotated[Seconds, Field(description="without any process at all")]
    forget_s: Annotated[Seconds, Field(description="then a process is forgotten, while others do its work")]


class FillingUp(Watched):
    percent: Annotated[float, Field(gt=0, le=100, description="used")]
    days: Annotated[Days, Field(description="full within so many, at the pace of the last week")]
    database_gib: Annotated[
        float, Field(ge=0, le=1_000_000_000, description="how large the database may become; 0: nobody said")
    ]
    folders: Annotated[tuple[Folder, ...], Field(description="whose disks are watched beside that of the media")]
    look_s: Annotated[float, Field(gt=0, le=_TEN_YEARS_S, description="between two looks at the sizes")]


class _Thresholds(Settings):
    """Each rule's shipped values, where the settings do not name others."""

    again_s: Annotated[
        float,
        Field(gt=0, le=_TEN_YEARS_S, description="resolved by a person while it goes on: opened again after this"),
    ] = 86_400.0

    @model_validator(mode="before")
    @classmethod
    def _over_shipped(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        rules = {name: values for name, values in shipped().items() if name in cls.model_fields}
        merged = {name: _merged(values, given.get(name, {})) for name, values in rules.items()}
        return {**given, **merged}


def _merged(values: Mapping[str, Any], given: Any) -> Any:
    """Merge given values into the shipped ones. A value that is no table is left for the model to refuse."""
    return {**values, **given} if isinstance(given, Mapping) else given


class StationThresholds(_Thresholds):
    """Thresholds of ingest: `[watch]` in ingest.toml."""

    station_offline: StationOffline
    station_waiting: StationWaiting
    station_full: Watched
    events_refused: Watched
    certificate_ends: CertificateEnds
    dead_letters: DeadLetters
    repeats: Rate
    device_offline: Watched
    device_silent: Watched
    camera_untrusted: CameraUntrusted


class CentreThresholds(_Thresholds):
    """Thresholds of the server: `[watch]` in server.toml."""

    look_s: Annotated[float, Field(gt=0, le=60, description="between two looks")] = 5.0
    ingest_silent: IngestSilent
    broker_away: Watched
    filling_up: FillingUp
    centre_full: Watched
    anchor_missing: Watched
    anchor_not_kept: Watched


# Which process judges by which thresholds, as it tells its settings (storage/told_settings.py).
PARTS: Mapping[str, type[Settings]] = {"ingest": StationThresholds, "server": CentreThresholds}
