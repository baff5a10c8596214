"""Rotas as the database has them, and the people on duty."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from server.database import Transaction
from server.delivery.hours import Window
from server.duty.rota import Override, Rota, Shift


class _Shift(BaseModel):
    account: UUID
    hours: Window
    from_day: date
    until_day: date | None
    every_weeks: int


class _Override(BaseModel):
    account: UUID
    starts_at: datetime
    ends_at: datetime
    note: str


class _Rota(BaseModel):
    id: UUID
    title: str
    area: str | None
    after_s: int
    severities: list[str]
    shifts: list[_Shift]
    overrides: list[_Override]


class Person(BaseModel):
    """Account of somebody on duty."""

    id: UUID
    name: str
    title: str


class Way(BaseModel):
    """Subscription by which somebody can be reached. `is_asked`: he wants escalations there."""

    id: UUID
    account: UUID
    is_asked: bool


async def rotas(transaction: Transaction, rota: UUID | None = None) -> list[Rota]:
    """Return the rotas that are on, or one of them."""
    return [_rota(row) for row in await transaction.rows(_Rota, "duty.rotas", {"id": rota})]


def _rota(row: _Rota) -> Rota:
    shifts = tuple(Shift(one.account, one.hours, one.from_day, one.until_day, one.every_weeks) for one in row.shifts)
    overrides = tuple(Override(one.account, one.starts_at, one.ends_at, one.note) for one in row.overrides)
    return Rota(row.id, row.title, row.area, float(row.after_s), frozenset(row.severities), shifts, overrides)


async def people(transaction: Transaction, accounts: Sequence[UUID]) -> list[Person]:
    """Return accounts with their names, in the order that was asked for."""
    rows = await transaction.rows(Person, "duty.names", {"accounts": list(accounts)})
    found = {row.id: row for row in rows}
    return [found[account] for account in accounts if account in found]


async def ways(transaction: Transaction, accounts: Sequence[UUID]) -> list[Way]:
    """Return the working channels of these people: those where each wants escalations, else all of his."""
    rows = await transaction.rows(Way, "duty.working", {"accounts": list(accounts)})
    asked = {row.account for row in rows if row.is_asked}
    return [row for row in rows if row.is_asked or row.account not in asked]
