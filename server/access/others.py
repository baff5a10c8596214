"""The reach of accounts other than the caller's: who may be given something to do."""

from uuid import UUID

from pydantic import BaseModel

from server.access.caller import NOTHING, Reach
from server.access.district import District
from server.database import Transaction
from storage.accounts import Grant


class _Area(BaseModel):
    code: str
    parent: str | None


class _Station(BaseModel):
    name: str
    area: str | None


class _Grant(BaseModel):
    role: str
    area: str | None


class _Held(BaseModel):
    id: UUID
    name: str
    title: str
    grants: list[_Grant]


class Colleague(BaseModel):
    """Account that may do something at a station."""

    id: UUID
    name: str
    title: str


async def reach_of(transaction: Transaction, permission: str, account: UUID) -> Reach:
    """Return how far an account has a permission now; nothing, where it has ended."""
    held = await transaction.rows(_Held, "access.enabled", {"account": account})
    grants = [Grant(given.role, given.area) for one in held for given in one.grants]
    return (await _district(transaction)).reaches(grants).get(permission, NOTHING)


async def _district(transaction: Transaction) -> District:
    areas = await transaction.rows(_Area, "access.areas")
    stations = await transaction.rows(_Station, "access.stations")
    return District({area.code: area.parent for area in areas}, {one.name: one.area for one in stations})


async def who_may(
    transaction: Transaction, permission: str, station: str, account: UUID | None = None
) -> list[Colleague]:
    """Return the enabled accounts that have the permission at this station (`""`: for the whole district), by name.
    `account`: look at this one alone."""
    held = await transaction.rows(_Held, "access.enabled", {"account": account})
    district = await _district(transaction)
    return [
        Colleague(id=one.id, name=one.name, title=one.title)
        for one in held
        if (reach := district.reaches(Grant(given.role, given.area) for given in one.grants).get(permission))
        and reach.has_station(station)
    ]
