"""The deeds of an officer for one station: a code for its enrolment, and the end of the trust in it.

Each is one transaction with its row in the audit. The server redeems the codes (server/enrolment)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import psycopg

from storage import deeds
from storage.codes import LIFETIME_S, Code, new_code
from storage.deeds import Actor, Deed
from storage.errors import StorageError, UnknownStationError, translated
from storage.named import queries

_SQL = queries("enrolment")
_DRAWS = 5
Cursor = psycopg.Cursor[Any]
Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Place at which stations enrol. `fingerprint`: of the authority's certificate; '' where there is none."""

    url: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code that was just made; it is kept nowhere."""

    code: Code
    expires_at: datetime


def make_code(connection: Connection, name: str, *, actor: str, why: str = "") -> NewCode:
    """Make a code for the station; an older one that is open ends. Raises UnknownStationError, storage.errors."""
    with translated(), connection.transaction(), connection.cursor() as cursor:
        _lock(cursor, name)
        cursor.execute(_SQL["end_codes"], {"name": name, "outcome": "replaced"})
        made = _draw(cursor, name)
        deeds.write(connection, Deed(Actor.command(actor), "enrolment_code_made", name, name, why))
    return made


def _draw(cursor: Cursor, name: str) -> NewCode:
    for _ in range(_DRAWS):
        code = new_code()
        values = {"id": code.id, "name": name, "hash": code.hash, "lifetime_s": LIFETIME_S}
        row = cursor.execute(_SQL["add_code"], values).fetchone()
        if row is not None:
            return NewCode(code, row[0])
    raise StorageError("no code is free: too many were made within a day")


def end_trust(
    connection: Connection, name: str, standing: Literal["revoked", "retired"], *, actor: str, why: str = ""
) -> int:
    """Listen to the station no more: its certificates are revoked, its codes end. Return the number of certificates.

    Raises UnknownStationError and the errors of storage.errors."""
    with translated(), connection.transaction(), connection.cursor() as cursor:
        _lock(cursor, name)
        cursor.execute(_SQL["end_codes"], {"name": name, "outcome": "revoked"})
        revoked = cursor.execute(_SQL["revoke_certificates"], {"name": name, "why": standing}).fetchall()
        cursor.execute(_SQL["set_standing"], {"name": name, "standing": standing})
        facts = {"certificates": [row[0] for row in revoked]}
        deeds.write(connection, Deed(Actor.command(actor), f"station_{standing}", name, name, why, facts))
    return len(revoked)


def rename(
    connection: Connection, name: str, *, title: str | None, title_en: str | None, actor: str, why: str = ""
) -> None:
    """Give the station another title. Its name, which its records carry, never changes. Raises UnknownStationError."""
    with translated(), connection.transaction(), connection.cursor() as cursor:
        before = _lock(cursor, name)
        cursor.execute(_SQL["rename"], {"name": name, "title": title, "title_en": title_en})
        facts = {"before": before["title"], "title": title, "title_en": title_en}
        deeds.write(connection, Deed(Actor.command(actor), "station_renamed", name, name, why, facts))


def move(connection: Connection, name: str, area: str | None, *, actor: str, why: str = "") -> None:
    """Put the station into another area; None: into none. Raises UnknownStationError, RowsRefusedError (no such
    area)."""
    with translated(), connection.transaction(), connection.cursor() as cursor:
        before = _lock(cursor, name)
        cursor.execute(_SQL["move"], {"name": name, "area": area})
        facts = {"before": before["area"], "after": area}
        deeds.write(connection, Deed(Actor.command(actor), "station_moved", name, name, why, facts))


def place(connection: Connection) -> Place | None:
    """Return where stations enrol, as the server noted it at its start."""
    with translated():
        row = connection.execute(_SQL["place"]).fetchone()
    return Place(*row) if row else None


def revoked(connection: Connection) -> list[tuple[str, datetime]]:
    """Return serial and time of each certificate that stands in the list of the revoked."""
    with translated():
        return [(serial, at) for serial, at in connection.execute(_SQL["revoked"])]


def _lock(cursor: Cursor, name: str) -> Mapping[str, Any]:
    """Lock the station's row and return what it says. Raises UnknownStationError."""
    row = cursor.execute(_SQL["lock_station"], {"name": name}).fetchone()
    if row is None:
        raise UnknownStationError(f"station {name!r} is not enrolled")
    return dict(zip(("standing", "public_key", "title", "area"), row, strict=True))
