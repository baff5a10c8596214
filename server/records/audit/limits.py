"""Changes of the limit table, told by deeds: the table's owner makes them, and the server notices."""

from typing import Any

from psycopg import AsyncCursor

from server.database import query
from storage import deeds
from storage.deeds import SYSTEM, Deed
from storage.steps import run_async

_COLUMNS = ("id", "at", "action", "role", "code", "value", "unit", "valid_from", "valid_to")


async def tell(cursor: AsyncCursor[Any]) -> None:
    """Write a deed for the changes that no deed has told. The first one says only how far the history was then. Raises
    psycopg.Error.

    The caller sees to it that nobody else does so at this moment."""
    await cursor.execute(query("audit.limits_told"))
    ((told, there),) = await cursor.fetchall()
    if told == there:
        return
    facts: dict[str, Any] = {"through": there}
    if told is not None:
        await cursor.execute(query("audit.limit_changes"), {"after": told})
        changes = [dict(zip(_COLUMNS, row, strict=True)) for row in await cursor.fetchall()]
        facts = {"through": changes[-1]["id"], "changes": changes}
    await run_async(cursor, deeds.append([Deed(SYSTEM, "limits_changed", "analyte_limit", facts=facts)]))
