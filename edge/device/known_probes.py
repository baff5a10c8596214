"""The probes that a station reads, in a file beside the spool.

A trouble that an agent reported of a probe ends by a later report. Of one that was renamed, taken out of its profile or
moved to another device nobody reports anything any more: the agent that begins anew without it says so."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import structlog
from pydantic import TypeAdapter, ValidationError

from process import private_files
from wire.kinds.probe import NOT_READ, ProbeV1
from wire.terms import ProbeState

log = structlog.get_logger()

FILE = "probes.json"
_MOST = 5000


class Place(NamedTuple):
    """A probe of a station."""

    device: str
    quantity: str
    channel: int | None


_PLACES = TypeAdapter(list[Place])


class KnownProbes:
    """The probes that were read here, also by agents before this one; from any thread."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._lock = threading.Lock()
        self._places: dict[Place, None] = {}

    def load(self) -> None:
        """Read the file. One that is broken is as one that is not there: what is read is noted again."""
        try:
            found = _PLACES.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return
        except (OSError, ValidationError) as exc:
            log.error("known_probes_unreadable", reason=str(exc)[:200])
            return
        with self._lock:
            self._places = dict.fromkeys(found)

    def note(self, device: str, quantity: str, channel: int | None) -> None:
        """Note that a probe is read."""
        with self._lock:
            place = Place(device, quantity, channel)
            if place in self._places:
                return
            # A profile that takes its quantities from the line must fill neither memory nor disk.
            if len(self._places) >= _MOST:
                del self._places[next(iter(self._places))]
            self._places[place] = None
            self._write()

    def forget(self, place: Place) -> None:
        with self._lock:
            del self._places[place]
            self._write()

    def left(self, may_come: Callable[[Place], bool]) -> list[Place]:
        """Return those that cannot come any more."""
        with self._lock:
            return [place for place in self._places if not may_come(place)]

    def _write(self) -> None:
        try:
            private_files.replace(self._path, json.dumps(list(self._places), ensure_ascii=False).encode())
        except OSError as exc:  # the next change tries again
            log.warning("known_probes_not_written", reason=str(exc))


def end_of(place: Place, key: UUID) -> ProbeV1:
    """Return the event that ends whatever was reported of a probe that is not read any more."""
    return ProbeV1(
        key=key, phase="end", state=ProbeState.OK, quantity=place.quantity, channel=place.channel, reason=NOT_READ
    )
