"""Four eyes: somebody asks for a deed, and another account confirms or rejects it. One mechanism for all such deeds.

    ask -> the deed is done at once, where the table `four_eyes` says so
        -> else a proposal: confirmed by a second account (and done then), rejected, withdrawn, or ended by its time

A noun declares what can be asked for (`Deedable`) and asks from its own route, which needs the permission; whoever
decides needs the same permission for the same station, and another account.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from uuid_utils.compat import uuid7

from server.access.caller import Caller
from server.access.table import table
from server.database import Transaction
from server.problems import Kind, ProblemError
from storage import four_eyes
from storage.deeds import Deed

LIFETIME_S = 7 * 86_400.0
_NOBODY_ELSE = Kind(
    409,
    "nobody-else",
    "This needs a second account that may confirm it, and there is none. Add one (`shian account add`), or let this"
    " deed need none (`shian four-eyes --off`).",
    "此操作须由另一账号复核，但没有其他有权复核的账号。请新增账号（shian account add），"
    "或关闭复核（shian four-eyes --off）。",
)
_NO_ACCOUNT = Kind(
    403,
    "account-needed",
    "This needs two accounts: sign in with one of your own.",
    "此操作须由两个账号完成：请以本人账号登录。",
)
_WAITS = Kind(
    409, "waits-already", "The same was asked for and waits for a second account.", "同一操作已提交，正待复核。"
)


class Why(BaseModel):
    """Reason. It cannot be left out."""

    model_config = ConfigDict(extra="forbid")

    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]


class Outcome(BaseModel):
    """Outcome of asking for a deed. `is_done`: at once; else the proposal waits for a second account."""

    is_done: bool
    proposal: Annotated[UUID | None, Field(description="see /proposals/{proposal}")]


@dataclass(frozen=True, slots=True)
class Asked:
    """Deed as it was asked for. `by`: who asked; `confirmed_by`: the second account, '' where none was needed."""

    subject: str
    station: str
    why: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""
    confirmed_by: str = ""


@dataclass(frozen=True, slots=True)
class Deedable:
    """Deed that may need a second account. `action`: its word in the audit; `permission`: of both accounts.

    `do` does it in the transaction and returns what the audit shall know of it beside the facts; raises ProblemError
    where it can not be done (any more)."""

    action: str
    permission: str
    do: Callable[[Transaction, Asked], Awaitable[Mapping[str, Any]]]


class _Others(BaseModel):
    is_there: bool


async def ask(transaction: Transaction, caller: Caller, deed: Deedable, asked: Asked) -> Outcome:
    """Do the deed, or propose it. Raises ProblemError (403, 409), and what `do` raises.

    The caller has the permission, and has checked that the subject lies within reach."""
    if not await transaction.take(four_eyes.needed(deed.action)):
        done = Asked(asked.subject, asked.station, asked.why, asked.facts, caller.name)
        await transaction.record(await carried_out(transaction, caller, deed, done))
        return Outcome(is_done=True, proposal=None)
    return Outcome(is_done=False, proposal=await _propose(transaction, caller, deed, asked))


async def carried_out(transaction: Transaction, caller: Caller, deed: Deedable, asked: Asked) -> Deed:
    """Do the deed, and return what the audit shall say."""
    facts = {**asked.facts, **await deed.do(transaction, asked)}
    if asked.confirmed_by:
        facts |= {"asked_by": asked.by, "confirmed_by": asked.confirmed_by}
    return Deed(caller.actor, deed.action, asked.subject, asked.station, asked.why, facts)


async def _propose(transaction: Transaction, caller: Caller, deed: Deedable, asked: Asked) -> UUID:
    if caller.account is None:
        raise ProblemError(_NO_ACCOUNT)
    deciding = table().permissions["proposals.decide"].roles
    roles = [role for role in table().permissions[deed.permission].roles if role in deciding]
    others = {"station": asked.station, "account": caller.account, "roles": roles}
    found = await transaction.row(_Others, "proposals.others", others)
    if found is None or not found.is_there:
        raise ProblemError(_NOBODY_ELSE)
    proposal = uuid7()
    row = {"id": proposal, "action": deed.action, "subject": asked.subject, "station": asked.station}
    row |= {"why": asked.why, "facts": Jsonb(dict(asked.facts)), "account": caller.account, "asked_by": caller.name}
    if await transaction.run("proposals.make", row | {"for_s": LIFETIME_S}) == 0:
        raise ProblemError(_WAITS)
    facts = {"action": deed.action, "subject": asked.subject, **asked.facts}
    said = Deed(caller.actor, "proposal_made", str(proposal), asked.station, asked.why, facts)
    await transaction.record(said)
    return proposal
