"""The deeds of an officer for one station: a code for its enrolment, and the end of the trust in it.

Each is one transaction with its row in the audit. The server redeems the codes (server/enrolment)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import psycopg

from storage import areas, deeds
from storage.codes import LIFETIME_S, Code, new_code
from storage.deeds import Actor, Deed
from storage.errors import StorageError, UnknownStationError, translated
from storage.named import queries
from storage.steps import Ask, Steps, run

_SQL = queries("enrolment")
_DRAWS = 5
Standing = Literal["revoked", "retired"]
Facts = Mapping[str, Any]
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
        made = run(cursor, code_made(name))
        deeds.write(connection, Deed(Actor.command(actor), "enrolment_code_made", name, name, why))
    return made


def code_made(name: str) -> Steps[NewCode]:
    """Make a code, and return it; the caller writes the deed. Raises UnknownStationError, StorageError."""
    yield from _lock(name)
    yield Ask(_SQL["end_codes"], {"name": name, "outcome": "replaced"}, has_rows=False)
    for _ in range(_DRAWS):
        code = new_code()
        values = {"id": code.id, "name": name, "hash": code.hash, "lifetime_s": LIFETIME_S}
        if rows := (yield Ask(_SQL["add_code"], values)):
            return NewCode(code, rows[0][0])
    raise StorageError("no code is free: too many were made within a day")


def invitation(made: NewCode, place: Place | None) -> str:
    """Return the command to run at the station."""
    words = ["shian edge enroll", f"--server {place.url if place else 'https://CENTRE'}", f"--code {made.code}"]
    if place and place.fingerprint:
        words.append(f"--ca-fingerprint {place.fingerprint}")
    return " ".join(words)


def end_trust(
    connection: Connection,
    name: str,
    standing: Standing,
    *,
    actor: str,
    why: str = "",
    said: Mapping[str, Any] | None = None,
) -> int:
    """Listen to the station no more: its certificates are revoked, its codes end. Return the number of certificates.
    `said`: further facts of the deed.

    Raises UnknownStationError and the errors of storage.errors."""
    with translated(), connection.transaction(), connection.cursor() as cursor:
        serials = run(cursor, trust_ended(name, standing))
        facts = {"certificates": serials, **(said or {})}
        deeds.write(connection, Deed(Actor.command(actor), f"station_{standing}", name, name, why, facts))
    return len(serials)


def trust_ended(name: str, standing: Standing) -> Steps[list[str]]:
    """End the trust in a station, and return the serials of its certificates; the caller writes the deed. Raises
    UnknownStationError."""
    yield from _lock(name)
    yield Ask(_SQL["end_codes"], {"name": name, "outcome": "revoked"}, has_rows=False)
    revoked = yield Ask(_SQL["revoke_certificates"], {"name": name, "why": standing})
    yield Ask(_SQL["set_standing"], {"name": name, "standing": standing}, has_rows=False)
    return [row[0] for row in revoked]


def rename(
    connection: Connection, name: str, *, title: str | None, title_en: str | None, actor: str, why: str = ""
) -> None:
    """Give the station another title. Its name, which its records carry, never changes. Raises UnknownStationError."""
    with translated(), connection.transaction(), connection.cursor() as cursor:
        facts = run(cursor, renamed(name, title, title_en))
        deeds.write(connection, Deed(Actor.command(actor), "station_renamed", name, name, why, facts))


def renamed(name: str, title: str | None, title_en: str | None) -> Steps[Facts]:
    """Give the station another title, and return the facts of the deed. Raises UnknownStationError."""
    before = yield from _lock(name)
    yield Ask(_SQL["rename"], {"name": name, "title": title, "title_en": title_en}, has_rows=False)
    return {"before": before["title"], "title": title, "title_en": title_en}


def move(connection: Connection, name: str, area: str | None, *, actor: str, why: str = "") -> None:
    """Put the station into another area; None: into none. Raises UnknownStationError, UnknownAreaError."""
    with translated(), connection.transaction(), connection.cursor() as cursor:
        facts = run(cursor, moved(name, area))
        deeds.write(connection, Deed(Actor.command(actor), "station_moved", name, name, why, facts))


def moved(name: str, area: str | None) -> Steps[Facts]:
    """Put the station into another area, and return the facts of the deed. Raises UnknownStationError,
    UnknownAreaError."""
    yield from areas.known(area)
    before = yield from _lock(name)
    yield Ask(_SQL["move"], {"name": name, "area": area}, has_rows=False)
    return {"before": before["area"], "after": area}


def place(connection: Connection) -> Place | None:
    """Return where stations enrol, as the server noted it at its start."""
    with translated(), connection.cursor() as cursor:
        return run(cursor, noted_place())


def noted_place() -> Steps[Place | None]:
    """Return the same, for the server."""
    rows = yield Ask(_SQL["place"])
    return Place(*rows[0]) if rows else None


def revoked(connection: Connection) -> list[tuple[str, datetime]]:
    """Return serial and time of each certificate that stands in the list of the revoked."""
    with translated():
        return [(serial, at) for serial, at in connection.execute(_SQL["revoked"])]


def _lock(name: str) -> Steps[Facts]:
    """Lock the station's row and return what it says. Raises UnknownStationError."""
    rows = yield Ask(_SQL["lock_station"], {"name": name})
    if not rows:
        raise UnknownStationError(f"station {name!r} is not enrolled")
    return dict(zip(("standing", "public_key", "title", "area"), rows[0], strict=True))
