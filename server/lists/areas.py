"""The check of an area that a filter names: a typing error would otherwise answer nothing, as if all were well."""

from pydantic import BaseModel

from server.database import Transaction
from server.problems import unknown_filter

_KNOWN = b"SELECT EXISTS (SELECT FROM area WHERE code = %(area)s) AS is_known"


class _Known(BaseModel):
    is_known: bool


async def check_area(transaction: Transaction, asked: object) -> None:
    """Check the `area` of a question, if it has one. Raises ProblemError (422) where there is no such area."""
    area = getattr(asked, "area", None)
    if area is None:
        return
    (row,) = await transaction.select(_Known, _KNOWN, {"area": area})
    if not row.is_known:
        raise unknown_filter(f"There is no such area: {area}", f"没有这样的区域：{area}", "query.area")
