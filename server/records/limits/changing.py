"""Changes of the limit table by people at the server: a new limit, and the end of one. Nothing else can be asked for,
so every earlier verdict stays right (docs/storage.md, Verdicts)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel

from server.database import Transaction
from server.problems import Kind, ProblemError
from server.records.proposals.asking import Asked, Deedable

_TAKEN = Kind(409, "code-taken", "There is a limit with this code already.", "已有相同代码的限量。")
_OVER = Kind(
    409, "ends-already", "The limit is not there, or ends by that day already.", "该限量不存在，或已在此日之前终止。"
)


class _Done(BaseModel):
    is_done: bool


async def _add(transaction: Transaction, asked: Asked) -> Mapping[str, Any]:
    """Add the limit. Raises ProblemError (409)."""
    return await _change(transaction, "limits.add", asked, _TAKEN)


async def _end(transaction: Transaction, asked: Asked) -> Mapping[str, Any]:
    """Let the limit end. Raises ProblemError (409)."""
    return await _change(transaction, "limits.end", asked, _OVER)


async def _change(transaction: Transaction, name: str, asked: Asked, refused: Kind) -> Mapping[str, Any]:
    days = {key: date.fromisoformat(asked.facts[key]) for key in ("valid_from", "valid_to") if asked.facts.get(key)}
    done = await transaction.row(_Done, name, {**asked.facts, **days})
    if done is None or not done.is_done:
        raise ProblemError(refused)
    return {}


ADD = Deedable("limit_added", "limits.change", _add)
END = Deedable("limit_ended", "limits.change", _end)
