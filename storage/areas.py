"""The tree of areas: districts, streets ... that stations lie in and roles are given for."""

import re
from dataclasses import dataclass
from typing import Any

import psycopg

from storage import deeds
from storage.deeds import Actor, Deed
from storage.errors import StorageError, UnknownAreaError, translated
from storage.named import queries
from storage.steps import Ask, Steps

_SQL = queries("areas")
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
Connection = psycopg.Connection[Any]


class AreaThereError(StorageError):
    """Area of this code that is there already."""


class BadAreaCodeError(ValueError):
    """A code has 1 to 64 of a-z, 0-9 and '-', as in dongcheng-1."""


@dataclass(frozen=True, slots=True)
class Area:
    """An area. `parent`: the code of the one around it; None: at the top."""

    code: str
    name: str
    parent: str | None = None
    name_en: str = ""


def add(connection: Connection, area: Area, *, actor: str, why: str = "") -> None:
    """Make an area. Raises AreaThereError, UnknownAreaError (the parent), BadAreaCodeError, storage.errors."""
    if not _CODE.fullmatch(area.code):
        raise BadAreaCodeError(f"{area.code!r}: {(BadAreaCodeError.__doc__ or '').strip()}")
    with translated(), connection.transaction():
        check(connection, area.parent)
        if connection.execute(_SQL["add"], _values(area)).rowcount == 0:
            raise AreaThereError(f"there is an area {area.code!r} already")
        facts = {"name": area.name, "name_en": area.name_en, "parent": area.parent}
        deeds.write(connection, Deed(Actor.command(actor), "area_added", area.code, why=why, facts=facts))


def rename(
    connection: Connection, code: str, *, name: str | None, name_en: str | None, actor: str, why: str = ""
) -> None:
    """Give an area another name; its code never changes. Raises UnknownAreaError, storage.errors."""
    with translated(), connection.transaction():
        row = connection.execute(_SQL["lock"], {"code": code}).fetchone()
        if row is None:
            raise UnknownAreaError(code)
        connection.execute(_SQL["rename"], {"code": code, "name": name, "name_en": name_en})
        facts = {"before": row[0], "name": name, "name_en": name_en}
        deeds.write(connection, Deed(Actor.command(actor), "area_renamed", code, why=why, facts=facts))


def ensure(connection: Connection, area: Area, *, actor: str = "") -> None:
    """Make the area, or make it as it is said here; nothing is done where it is so already. For what starts again and
    again with the same areas."""
    with translated(), connection.transaction():
        check(connection, area.parent)
        if connection.execute(_SQL["ensure"], _values(area)).rowcount:
            facts = {"name": area.name, "name_en": area.name_en, "parent": area.parent}
            deeds.write(connection, Deed(Actor.command(actor), "area_added", area.code, facts=facts))


def check(connection: Connection, code: str | None) -> None:
    """Check that the area is there; None is no area. Raises UnknownAreaError."""
    if code is not None and connection.execute(_SQL["has"], {"code": code}).fetchone() is None:
        raise UnknownAreaError(code)


def known(code: str | None) -> Steps[None]:
    """Check the same, for the server. Raises UnknownAreaError."""
    if code is not None and not (yield Ask(_SQL["has"], {"code": code})):
        raise UnknownAreaError(code)


def codes(connection: Connection) -> list[str]:
    """Return the codes of all areas."""
    with translated():
        return [code for (code,) in connection.execute(_SQL["codes"])]


def _values(area: Area) -> dict[str, str | None]:
    return {"code": area.code, "parent": area.parent, "name": area.name, "name_en": area.name_en}
