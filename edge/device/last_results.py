"""The last result of each device: its time of recording, and the time that the device gave it.

The result survives a restart: a new agent finds it among the newest events of the spool; where too much came in since,
in the status file of the agent before."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ValidationError

from edge import status_file
from edge.spool import view as spool_view
from edge.spool.view import NoSpoolError
from wire.events import source_of
from wire.kinds import KINDS
from wire.kinds.envelope import Data

# So many of the newest events are looked through at a start.
_NEWEST = 2000
# What a device measured: the kinds whose data says when.
_MEASURED = tuple(kind for kind in KINDS if ("measured_at",) in kind.times)
_DATA = frozenset(kind.data for kind in _MEASURED)
_RESULTS = tuple(kind.event_type for kind in _MEASURED)


@dataclass(frozen=True, slots=True)
class LastResult:
    """The last result of a device. `measured_at` is the device's clock in UTC, None where it gave none; `measured_text`
    is that time as the device wrote it."""

    recorded_at: datetime
    measured_at: datetime | None = None
    measured_text: str = ""


def last_result(data: Data, recorded_at: datetime) -> LastResult | None:
    """Return the last result in `data`; None for data that nobody measured."""
    if type(data) not in _DATA:
        return None
    told = _ToldData.model_validate(data, from_attributes=True)
    return LastResult(recorded_at, told.measured_at, told.measured_at_text)


def remembered(folder: Path, station: str, devices: Collection[str]) -> dict[str, LastResult]:
    """Return the last result of each device that has one. Reads the disk; without a spool there is none."""
    found = dict(_of_status(folder, station, devices))
    missing = {source_of(station, name): name for name in devices}
    for body in _newest(folder) if missing else ():
        # Most are of other devices, and reading one costs much more than this look.
        told = _told(body) if any(source.encode() in body for source in missing) else None
        if told is None or told.source not in missing:
            continue
        recorded_at = told.time - timedelta(seconds=told.clockoffset or 0.0)
        found[missing.pop(told.source)] = LastResult(recorded_at, told.data.measured_at, told.data.measured_at_text)
        if not missing:
            break
    return found


class _ToldData(BaseModel):
    measured_at: AwareDatetime | None = None
    measured_at_text: str = ""


class _Told(BaseModel):
    """The few fields of an event that matter here; any version of the wire has them. `clockoffset`: the known error of
    the station's clock."""

    type: str
    source: str
    time: AwareDatetime
    clockoffset: float | None = None
    data: _ToldData


def _told(body: bytes) -> _Told | None:
    if not any(name.encode() in body for name in _RESULTS):
        return None
    try:
        told = _Told.model_validate_json(body)
    except ValidationError:  # a damaged body is the uplink's matter
        return None
    return told if told.type in _RESULTS else None


def _newest(folder: Path) -> list[bytes]:
    try:
        return spool_view.newest_events(folder, _NEWEST)
    except NoSpoolError:
        return []


def _of_status(folder: Path, station: str, devices: Collection[str]) -> dict[str, LastResult]:
    state = status_file.read(folder)
    if state is None or state.station != station:
        return {}
    return {
        device.name: LastResult(device.last_result_at, device.last_measured_at, device.last_measured_text)
        for device in state.devices
        if device.name in devices and device.last_result_at
    }
