"""The status of the running agent, for `shian edge status`: one small JSON file beside the spool.

The file is not synced and only written when something changed: it must not wear a flash card out. Whether the agent
runs is told by its lock, never by this file."""

import json
from pathlib import Path

import structlog
from pydantic import AwareDatetime, ValidationError

from edge.station_clock import ClockVerdict
from wire.kinds.envelope import Model

log = structlog.get_logger()

FILE = "status.json"


class DeviceState(Model):
    """The state of a device. `last_result_at`: time of recording of the last result, also by an agent before this one.
    `last_measured_at` is its time by the device's clock, `last_measured_text` that time as the device wrote it."""

    name: str
    port: str
    is_open: bool
    trouble: str = ""
    results: int = 0
    dead_letters: int = 0
    last_bytes_at: AwareDatetime | None = None
    last_result_at: AwareDatetime | None = None
    last_measured_at: AwareDatetime | None = None
    last_measured_text: str = ""
    is_due: bool = False


class CameraState(Model):
    """The state of a camera. `last_frame_at` is only set while there are no frames: the file is not written for every
    frame. `layout`: the version of the centre's zones and masks that it goes by; 0: those of edge.toml."""

    name: str
    url: str
    is_online: bool
    trouble: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: int = 0
    events: int = 0
    last_frame_at: AwareDatetime | None = None
    layout: int = 0


class MediaState(Model):
    """The pictures and clips of a station. `is_sent`: a centre is configured for them."""

    files: int = 0
    mib: float = 0.0
    is_sent: bool = False
    pending: int = 0
    kept: int = 0
    given_up: int = 0
    lost: int = 0
    trouble: str = ""


class CertificateState(Model):
    """The station's certificate. `failures`: renewals in a row that failed; `trouble`: why the last one did."""

    ends_at: AwareDatetime | None = None
    failures: int = 0
    trouble: str = ""


class BellState(Model):
    """The commands of the lamp. `rung`: those that did their work, since the agent's start; `trouble`: why the last one
    did not."""

    rung: int = 0
    failures: int = 0
    trouble: str = ""
    failed_at: AwareDatetime | None = None


class AgentState(Model):
    station: str
    version: str
    pid: int
    started_at: AwareDatetime
    stream: str
    is_connected: bool
    takeovers: int = 0
    full_since: AwareDatetime | None = None
    clock: ClockVerdict = ClockVerdict()
    devices: tuple[DeviceState, ...] = ()
    cameras: tuple[CameraState, ...] = ()
    media: MediaState | None = None
    certificate: CertificateState | None = None
    bell: BellState | None = None


class StatusFile:
    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._written: AgentState | None = None

    def write(self, state: AgentState) -> None:
        """Replace the file as a whole. A disk without room is no reason to stop: the spool reports it louder."""
        if state == self._written:
            return
        draft = self._path.with_name(FILE + ".new")
        try:
            draft.write_text(state.model_dump_json() + "\n", "utf-8")
            draft.replace(self._path)
        except OSError as exc:
            log.warning("status_file_not_written", reason=str(exc))
        self._written = state


def read(folder: Path) -> AgentState | None:
    """Return the last state that was written; None: there is none, or it is not readable."""
    try:
        return AgentState.model_validate(json.loads((folder / FILE).read_text("utf-8")))
    except (OSError, ValueError, ValidationError):
        return None
