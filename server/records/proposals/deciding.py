"""The decision about a deed that another account asked for."""

from typing import Any, Literal
from uuid import UUID

from psycopg import AsyncCursor
from pydantic import BaseModel

from server.access.caller import Caller
from server.access.need import forbidden
from server.access.table import table
from server.database import Transaction, query
from server.problems import Kind, ProblemError
from server.records.proposals.asking import Asked, Deedable, carried_out
from server.records.words import words_of
from storage import deeds
from storage.deeds import SYSTEM, Deed
from storage.steps import run_async

_DECIDED = Kind(409, "decided-already", "This was decided already.", "该操作已有决定。")
_LATE = Kind(
    409, "proposal-ended", "The time to decide is over; it must be asked for again.", "复核期限已过，须重新提交。"
)
_SAME = Kind(
    403,
    "same-account",
    "Another account than the one that asked must decide. You may withdraw what you asked for.",
    "须由提交人以外的账号复核；提交人可以撤回。",
)
_NOT_YOURS = Kind(403, "not-yours", "Only who asked for it may withdraw it.", "只有提交人可以撤回。")


class _Locked(BaseModel):
    id: UUID
    action: str
    subject: str
    station: str
    why: str
    facts: dict[str, Any]
    account: UUID
    asked_by: str
    state: str
    is_late: bool


async def confirm(
    transaction: Transaction, caller: Caller, known: dict[str, Deedable], proposal: UUID, why: str
) -> None:
    """Confirm: the deed is done now, in the name of both. Raises ProblemError (403, 404, 409)."""
    row = await _locked(transaction, proposal)
    deed = known[row.action]
    _check_other(row, _asking(caller, deed, row))
    _check_open(row)
    asked = Asked(row.subject, row.station, row.why, row.facts, row.asked_by, caller.name)
    done = await carried_out(transaction, caller, deed, asked)
    await _settle(transaction, caller, row, "confirmed", why, done)


async def reject(
    transaction: Transaction, caller: Caller, known: dict[str, Deedable], proposal: UUID, why: str
) -> None:
    """Reject: nothing is done. Raises ProblemError (403, 404, 409)."""
    row = await _locked(transaction, proposal)
    _check_other(row, _asking(caller, known[row.action], row))
    _check_open(row)
    await _settle(transaction, caller, row, "rejected", why)


async def withdraw(transaction: Transaction, caller: Caller, proposal: UUID, why: str) -> None:
    """Withdraw what one asked for oneself. Raises ProblemError (403, 404, 409)."""
    row = await _locked(transaction, proposal)
    if not caller.reach.has_station(row.station):
        raise words_of("proposals").not_found()
    if caller.account != row.account:
        raise ProblemError(_NOT_YOURS)
    _check_open(row)
    await _settle(transaction, caller, row, "withdrawn", why)


async def end_late(cursor: AsyncCursor[Any]) -> None:
    """End what nobody decided in time, by a deed each. Raises psycopg.Error."""
    await cursor.execute(query("proposals.end"))
    said = [
        Deed(
            SYSTEM,
            "proposal_ended",
            str(row[0]),
            row[3],
            facts={"action": row[1], "subject": row[2], "asked_by": row[4]},
        )
        for row in await cursor.fetchall()
    ]
    await run_async(cursor, deeds.append(said))


async def _locked(transaction: Transaction, proposal: UUID) -> _Locked:
    row = await transaction.row(_Locked, "proposals.lock", {"id": proposal})
    if row is None:
        raise words_of("proposals").not_found()
    return row


def _asking(caller: Caller, deed: Deedable, row: _Locked) -> Caller:
    """Return the caller with the reach of the deed's own permission. Raises ProblemError (403, 404)."""
    asking = caller.asking(deed.permission)
    if not caller.reach.has_station(row.station) or (
        caller.may(deed.permission) and not asking.reach.has_station(row.station)
    ):
        raise words_of("proposals").not_found()
    if not caller.may(deed.permission):
        raise ProblemError(forbidden(table().permissions[deed.permission]))
    return asking


def _check_other(row: _Locked, caller: Caller) -> None:
    """Refuse whoever asked for it, and who has no account: nobody knows that he is another one."""
    if caller.account is None or caller.account == row.account:
        raise ProblemError(_SAME)


def _check_open(row: _Locked) -> None:
    """Refuse what is decided already, or too late. Raises ProblemError (409)."""
    if row.state != "waiting":
        raise ProblemError(_LATE if row.state == "ended" else _DECIDED)
    if row.is_late:
        raise ProblemError(_LATE)


async def _settle(
    transaction: Transaction,
    caller: Caller,
    row: _Locked,
    state: Literal["confirmed", "rejected", "withdrawn"],
    why: str,
    *done: Deed,
) -> None:
    """Note the decision, with its deed and the one that was decided on."""
    await transaction.run("proposals.settle", {"id": row.id, "state": state, "by": caller.name, "why": why})
    facts = {"action": row.action, "subject": row.subject, "asked_by": row.asked_by}
    said = Deed(caller.actor, f"proposal_{state}", str(row.id), row.station, why, facts)
    await transaction.record(said, *done)
