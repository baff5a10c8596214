"""A result that is declared void: a mistake of sample, kit or hand that somebody knows of. It stays in the ledger, in
the lists and in the counts, and all of them say so; nothing is deleted, and no verdict is changed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from server.database import Transaction
from server.problems import Kind, ProblemError
from server.records.alerts import steps
from server.records.proposals.asking import Asked, Deedable
from server.records.words import words_of

_VOID = Kind(409, "void-already", "This result was declared void already.", "该检测结果已作废。")


class _Alert(BaseModel):
    id: UUID


async def _void(transaction: Transaction, asked: Asked) -> Mapping[str, Any]:
    """Mark the result and the alerts that it is behind, and tell those who were told of them.

    Raises ProblemError (404, 409)."""
    values = {"event": asked.subject, "actor": asked.by, "confirmed_by": asked.confirmed_by, "why": asked.why}
    if await transaction.run("results.void", values) == 0:
        if await transaction.rows(_Alert, "results.is_void", {"event": asked.subject}):
            raise ProblemError(_VOID)
        raise words_of("results").not_found()
    alerts = await transaction.rows(_Alert, "results.alerts", {"event": asked.subject})
    found = [alert.id for alert in alerts]
    await steps.note_void(transaction, found, UUID(asked.subject), asked.by, asked.why)
    return {"alerts": [str(alert) for alert in found]}


VOID = Deedable("result_voided", "results.void", _void)


async def check_not_void(transaction: Transaction, event: UUID) -> None:
    """Refuse a result that is void already. Raises ProblemError (409)."""
    if await transaction.rows(_Alert, "results.is_void", {"event": event}):
        raise ProblemError(_VOID)
