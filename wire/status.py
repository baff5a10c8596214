"""A station's status: retained on its topic, and its last will."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from wire import strict
from wire.kinds.envelope import Model
from wire.layouts import Polygon, Zone
from wire.strict import Moment


class DeviceStatus(Model):
    """One analyzer. `results` to `dead_letters` count the last hour. `is_due`: its link is up, these are its hours, and
    it has said nothing for longer than its settings allow."""

    name: Annotated[str, Field(max_length=64)]
    is_open: bool = False
    is_expected: Annotated[bool, Field(description="these are its hours; outside of them silence says nothing")] = True
    is_due: bool = False
    last_bytes_at: Moment | None = None
    last_result_at: Moment | None = None
    results: Annotated[int, Field(ge=0)] = 0
    repeats: Annotated[int, Field(ge=0, description="results sent again without being asked for, and folded")] = 0
    dead_letters: Annotated[int, Field(ge=0, description="rejected frames included")] = 0


class CertificateStatus(Model):
    """The station's own certificate. `failures`: renewals in a row that failed."""

    ends_at: Moment | None = None
    failures: Annotated[int, Field(ge=0)] = 0


class CameraStatus(Model):
    """One camera's zones and masks. `layout`: the version of the centre's that is in force; 0: none, but those of
    edge.toml, which are `zones` and `masks`. `refused`: the version that was not taken, `refusal` and `detail`: why.
    `needed`: the zones that its rules name."""

    name: Annotated[str, Field(max_length=64)]
    layout: Annotated[int, Field(ge=0)] = 0
    refused: Annotated[int, Field(ge=0)] = 0
    refusal: Annotated[str, Field(max_length=64)] = ""
    detail: Annotated[str, Field(max_length=200)] = ""
    zones: tuple[Zone, ...] = ()
    masks: tuple[Polygon, ...] = ()
    needed: Annotated[tuple[str, ...], Field(max_length=64)] = ()


class DocumentStatus(Model):
    """The document that came down (wire/down.py). `version`: of the one in force; 0: none. `refusal` and `detail`: why
    the last one that came was not taken."""

    version: Annotated[int, Field(ge=0)] = 0
    refusal: Annotated[str, Field(max_length=64)] = ""
    detail: Annotated[str, Field(max_length=200)] = ""


class Status(Model):
    """Status of a station. `offline` is published by the broker as the last will: its `at` is when the agent connected.
    A centre answers `online` with a receipt for `stream`, in which `asks` comes back as `answers`."""

    state: Literal["online", "offline"]
    at: Moment
    version: Annotated[str, Field(max_length=64)] = ""
    stream: UUID | None = None
    asks: Annotated[UUID | None, Field(description="new with each status")] = None
    waiting: Annotated[int, Field(ge=0, description="events in the spool without a receipt")] = 0
    oldest_waiting_s: Annotated[float, Field(ge=0, description="age of the oldest of these, by the station")] = 0.0
    refused: Annotated[int, Field(ge=0, description="events that the centre refused, kept in the spool")] = 0
    full_since: Annotated[Moment | None, Field(description="since when nothing can be recorded")] = None
    takeovers: Annotated[int, Field(ge=0, description="connections ended by another client of this name")] = 0
    repeats: Annotated[int, Field(ge=0, description="results folded as repeats, ever")] = 0
    devices: Annotated[tuple[DeviceStatus, ...], Field(max_length=64)] = ()
    certificate: Annotated[CertificateStatus | None, Field(description="none: it comes without one")] = None
    cameras: Annotated[tuple[CameraStatus, ...], Field(max_length=64)] = ()
    document: Annotated[DocumentStatus | None, Field(description="none: nothing is fetched")] = None


class StatusError(ValueError):
    """The bytes are not a status."""


def encode(status: Status) -> bytes:
    return status.model_dump_json().encode()


def decode(body: bytes) -> Status:
    """Decode a status. Raises StatusError."""
    try:
        strict.load(body)
        return Status.model_validate_json(body, strict=True)
    except (ValueError, RecursionError) as exc:
        raise StatusError(str(exc)) from exc
