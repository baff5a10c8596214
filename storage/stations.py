"""Enrolment: only what is sent by a station that somebody enrolled is taken into the ledger."""

import re
from dataclasses import dataclass
from typing import Any

import psycopg

from storage import deeds
from storage.deeds import Actor, Deed
from storage.errors import UnknownStationError, translated
from storage.named import queries
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

    Raises wire.topics.TopicError for a bad name, BadKeyError, and the errors of storage.errors.
    """
    check_station(station.name)
    if station.name in RESERVED:
        raise TopicError(f"station name {station.name!r}: it is that of a part of the centre")
    if station.public_key is not None:
        _check_key(station.public_key)
    values = {field: getattr(station, field) for field in Station.__dataclass_fields__}
    with translated(), connection.transaction():
        if connection.execute(_SQL["enrol_station"], values).rowcount == 0:
            return False
        facts = {"public_key": station.public_key}
        deeds.write(connection, Deed(Actor.command(actor), "station_enrolled", station.name, station.name, facts=facts))
    return True


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


def add_area(
    connection: psycopg.Connection[Any], code: str, name: str, *, parent: str | None = None, name_en: str = ""
) -> None:
    """Add a district, a street ... `parent` must exist."""
    with translated(), connection.transaction():
        connection.execute(_SQL["add_area"], {"code": code, "parent": parent, "name": name, "name_en": name_en})


def _check_key(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise BadKeyError(f"{(BadKeyError.__doc__ or '').strip()} Got {key[:80]!r}.")
