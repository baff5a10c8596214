"""Enrolment: only what is sent by a station that somebody enrolled is taken into the ledger."""

import re
from dataclasses import dataclass
from typing import Any

import psycopg

from storage import areas, deeds
from storage.deeds import Actor, Deed
from storage.errors import UnknownStationError, translated
from storage.named import queries
from storage.steps import Ask, Steps, run
from wire.topics import TopicError, check_station

_SQL = queries("stations")
# The certificates of the centre's own parts have these names, and the broker gives rights by name.
RESERVED = frozenset({"centre", "ingest", "server", "broker"})
_KEY = re.compile(r"[0-9a-f]{64}")


class BadKeyError(ValueError):
    """An Ed25519 public key is 64 lower-case hex digits."""


@dataclass(frozen=True, slots=True)
class Station:
    """A station to enrol. `public_key` (Ed25519, hex) may come later, or be pinned by its first checkpoint."""

    name: str
    title: str = ""
    title_en: str = ""
    area: str | None = None
    kind: str = "market"
    latitude: float | None = None
    longitude: float | None = None
    public_key: str | None = None


def enrol(connection: psycopg.Connection[Any], station: Station, *, actor: str = "") -> bool:
    """Take the station in; False when there is one of this name already (nothing is changed then).

    Raises wire.topics.TopicError for a bad name, BadKeyError, UnknownAreaError, and the errors of storage.errors.
    """
    with translated(), connection.transaction(), connection.cursor() as cursor:
        if not run(cursor, taken_in(station)):
            return False
        facts = {"public_key": station.public_key}
        deeds.write(connection, Deed(Actor.command(actor), "station_enrolled", station.name, station.name, facts=facts))
    return True


def taken_in(station: Station) -> Steps[bool]:
    """Take the station in, and return False when there is one of this name; the caller writes the deed. Raises
    TopicError, BadKeyError, UnknownAreaError."""
    check_station(station.name)
    if station.name in RESERVED:
        raise TopicError(f"station name {station.name!r}: it is that of a part of the centre")
    if station.public_key is not None:
        _check_key(station.public_key)
    yield from areas.known(station.area)
    values = {field: getattr(station, field) for field in Station.__dataclass_fields__}
    return bool((yield Ask(_SQL["enrol_station"], values)))


def pin_key(connection: psycopg.Connection[Any], name: str, key: str, *, actor: str = "") -> None:
    """Make `key` the station's: at enrolment, or when an officer has accepted a new one. Raises UnknownStationError."""
    _check_key(key)
    with translated(), connection.transaction():
        row = connection.execute(_SQL["pinned_key"], {"name": name}).fetchone()
        if row is None:
            raise UnknownStationError(f"station {name!r} is not enrolled")
        connection.execute(_SQL["pin_key"], {"name": name, "public_key": key})
        facts = {"before": row[0], "after": key}
        deeds.write(connection, Deed(Actor.command(actor), "key_pinned", name, name, facts=facts))


def _check_key(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise BadKeyError(f"{(BadKeyError.__doc__ or '').strip()} Got {key[:80]!r}.")
