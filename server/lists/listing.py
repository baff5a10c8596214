"""One declaration a list. From it come the SQL, the keyset pages, one row by its key, and the CSV file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Generic, TypeVar

from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from server.access.caller import Caller, Reach
from server.database import Database, Transaction, query
from server.lists import export
from server.lists.areas import check_area
from server.lists.export import Csv, Look, Statement
from server.lists.filters import Exported, Filters, Paged, PagedByName
from server.lists.orders import Order
from storage.deeds import Deed

Row = TypeVar("Row", bound=BaseModel)


class Page(BaseModel, Generic[Row]):
    """Some rows of a list. `next` is the place of the page that follows; null: this was the last."""

    items: list[Row]
    next: Annotated[str | None, Field(description="give it back as `cursor` (or `after`) to go on")] = None


@dataclass(frozen=True, slots=True)
class _Within:
    """Conditions of a caller's reach, and the values of their parameters."""

    conditions: tuple[str, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """A list of the API. Its SQL, `queries.sql` of its noun, says `{where}` where the filters go; the order and the
    limit are added. `csv`: the file that the list can be had as.

    `station`: the column with the station of a row, by which a caller sees the rows of his areas and no others. None:
    the rows are of no station, and who does not see the whole district sees none, or those that `within` says: SQL
    with `reach_stations` and `reach_areas`. `key`: the column that names one row, where it is not that of the order."""

    sql: str
    row: type[Row]
    order: Order
    station: str | None
    csv: Csv | None = None
    within: str = "false"
    key: str = ""

    def statement(self, reach: Reach, filters: Filters, values: Mapping[str, object] | None = None) -> Statement:
        """Return the query for all rows that are asked for and within reach. `values`: those that the SQL names itself.

        Filters that are not asked for are left out, so that the plan is one for the filters that are.
        """
        return self._statement(reach, filters.conditions(self.order.at), {**filters.model_dump(), **(values or {})})

    def statement_of_page(
        self, reach: Reach, asked: Paged | PagedByName, values: Mapping[str, object] | None = None
    ) -> Statement:
        """Return the query for a page and one row more, to know of a next. Raises ProblemError (422)."""
        conditions = asked.conditions(self.order.at)
        given = {**asked.model_dump(), **(values or {}), "limit": asked.limit + 1}
        if asked.place is not None:
            beyond = self.order.beyond(asked.place)
            conditions.append(beyond.sql)
            given |= beyond.values
        return self._statement(reach, conditions, given)

    def _statement(self, reach: Reach, conditions: list[str], values: Mapping[str, object]) -> Statement:
        within = self._within(reach)
        conditions, values = [*conditions, *within.conditions], {**values, **within.values}
        where = " AND ".join(f"({condition})" for condition in conditions) or "true"
        limit = "\nLIMIT %(limit)s" if "limit" in values else ""
        sql = f"{query(self.sql).decode().replace('{where}', where)}\nORDER BY {self.order.sql}{limit}"
        return Statement(sql.encode(), values)

    def _within(self, reach: Reach) -> "_Within":
        """Return the condition that leaves out what lies outside the caller's areas: the one place for all lists."""
        if reach.stations is None:
            return _Within()
        within = f"{self.station} = ANY(%(reach_stations)s::text[])" if self.station else self.within
        return _Within((within,), {"reach_stations": reach.listed(), "reach_areas": sorted(reach.areas or ())})

    async def page(
        self, db: Database, reach: Reach, asked: Paged | PagedByName, values: Mapping[str, object] | None = None
    ) -> Page[Row]:
        """Return the page that is asked for. Raises ProblemError (422) for a cursor that no page ended with."""
        async with db.transaction() as transaction:
            rows = await self.rows(transaction, reach, asked, values)
        shown = rows[: asked.limit]
        return Page(items=shown, next=self.order.cursor(shown[-1]) if len(rows) > asked.limit else None)

    async def rows(
        self,
        transaction: Transaction,
        reach: Reach,
        asked: Paged | PagedByName,
        values: Mapping[str, object] | None = None,
    ) -> list[Row]:
        """Return the rows of a page, and one more where another page follows. Raises ProblemError (422)."""
        await check_area(transaction, asked)
        statement = self.statement_of_page(reach, asked, values)
        return await transaction.select(self.row, statement.sql, statement.values)

    async def one(
        self, transaction: Transaction, reach: Reach, key: object, values: Mapping[str, object] | None = None
    ) -> Row | None:
        """Return the row with this key; None also where it lies outside the caller's areas."""
        statement = self._statement(
            reach, [f"{self.key or self.order.key} = %(key)s"], {**(values or {}), "key": key, "limit": 1}
        )
        return next(iter(await transaction.select(self.row, statement.sql, statement.values)), None)

    async def file(self, db: Database, caller: Caller, look: Look, asked: Exported) -> StreamingResponse:
        """Return all rows that are asked for as CSV; the audit has it first. Raises ProblemError (429, 503): too many
        are being written."""
        assert self.csv is not None, "a list without columns has no file"
        async with db.transaction() as transaction:
            await check_area(transaction, asked)
        statement = self.statement(caller.reach, asked)
        filters = asked.model_dump(mode="json", by_alias=True, exclude_none=True)
        place = getattr(asked, "station", None) or ""
        deed = Deed(caller.actor, "exported", f"{self.csv.name}.csv", place, facts={"filters": filters})
        return await export.export(db, self.csv, statement, look, deed)
