"""One declaration a list. From it come the SQL, the keyset pages, one row by its key, and the CSV file."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Generic, TypeVar

from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from server.access.caller import Caller, Reach
from server.database import Database, Transaction, query
from server.lists import export
from server.lists.areas import check_area
from server.lists.export import Csv, Form, Look, Statement
from server.lists.filters import Elsewhere, Exported, Filters, Paged, PagedByName
from server.lists.orders import Order, Sorted
from storage.deeds import Deed
from wire.words import Terms

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
    with `reach_stations` and `reach_areas`. `key`: the column that names one row, where it is not that of the order.
    `constants`: values that the SQL names in every query. `orders`: others than `order`, by their names in `sort`.
    `own_words`: of the file's columns, beside those of `csv`: the district's own."""

    sql: str
    row: type[Row]
    order: Order
    station: str | None
    csv: Csv | None = None
    within: str = "false"
    key: str = ""
    constants: Mapping[str, object] = field(default_factory=dict)
    orders: tuple[Sorted, ...] = ()
    own_words: Callable[[Transaction], Awaitable[Mapping[str, Terms]]] | None = None

    def statement(self, reach: Reach, filters: Filters, values: Mapping[str, object] | None = None) -> Statement:
        """Return the query for all rows that are asked for and within reach. `values`: those that the SQL names itself.

        Filters that are not asked for are left out, so that the plan is one for the filters that are.
        """
        return self._found(reach, filters, {**filters.model_dump(), **(values or {})})

    def statement_of_page(
        self, reach: Reach, asked: Paged | PagedByName, values: Mapping[str, object] | None = None
    ) -> Statement:
        """Return the query for a page and one row more, to know of a next. Raises ProblemError (422)."""
        given = {**asked.model_dump(), **(values or {}), "limit": asked.limit + 1}
        order = self.order_of(asked)
        if asked.place is None:
            return self._found(reach, asked, given, order)
        beyond = order.beyond(asked.place)
        return self._found(reach, asked, given | beyond.values, order, (beyond.sql,))

    def order_of(self, asked: Paged | PagedByName) -> Order:
        """Return the order that is asked for."""
        return next((order for order in self.orders if order.name == asked.order), self.order)

    def _found(
        self,
        reach: Reach,
        filters: Filters,
        values: Mapping[str, object],
        order: Order | None = None,
        beyond: tuple[str, ...] = (),
    ) -> Statement:
        """Return the query for what the filters ask for: in the ways in which it is found, where there are some."""
        at = self.order.at
        conditions = [*filters.conditions(at), *beyond]
        name, ways = filters.ways()
        if not ways:
            return self._statement(reach, conditions, values, order)
        others = [*filters.conditions(at, without=name), *beyond]
        parts = []
        for way in ways:
            sql = (way if isinstance(way, str) else way.sql).format(name=name, at=at)
            if isinstance(way, Elsewhere):
                rows = way.rows if filters.asked() - {name} <= way.known else way.whole
                sql = self._keys(reach, rows, [sql, *others], self._end(values, order))
            parts.append(self._statement(reach, [*conditions, sql], values, order))
        # A row that is found in two ways is one row.
        found = "\nUNION\n".join(f"({part.sql.decode()})" for part in parts)
        whole = f"SELECT * FROM ({found}) AS found{self._end(values, order)}"  # noqa: S608  of our own parts
        return Statement(whole.encode(), parts[0].values)

    def _keys(self, reach: Reach, rows: str, conditions: list[str], end: str) -> str:
        """Return the condition for the rows whose keys others name: no more of them than the page has rows."""
        key, where = self.key or self.order.key, self._where(reach, conditions).sql.decode()
        return f"{key} = ANY(ARRAY(SELECT {key} FROM {rows} WHERE {where}{end}))"  # noqa: S608  of our own parts

    def _end(self, values: Mapping[str, object], order: Order | None) -> str:
        return f"\nORDER BY {(order or self.order).sql}" + ("\nLIMIT %(limit)s" if "limit" in values else "")

    def _statement(
        self, reach: Reach, conditions: list[str], values: Mapping[str, object], order: Order | None = None
    ) -> Statement:
        where = self._where(reach, conditions)
        values = {**self.constants, **values, **where.values}
        sql = query(self.sql).decode().replace("{where}", where.sql.decode())
        return Statement(f"{sql}{self._end(values, order)}".encode(), values)

    def where(self, reach: Reach, filters: Filters) -> Statement:
        """Return the condition for all rows that are asked for and within reach, with the values of its parameters: for
        counts of the list's rows."""
        found = self._where(reach, filters.conditions(self.order.at))
        return Statement(found.sql, {**filters.model_dump(), **found.values})

    def _where(self, reach: Reach, conditions: list[str]) -> Statement:
        within = self._within(reach)
        conditions = [*conditions, *within.conditions]
        return Statement((" AND ".join(f"({one})" for one in conditions) or "true").encode(), within.values)

    def _within(self, reach: Reach) -> "_Within":
        """Return the condition that leaves out what lies outside the caller's areas: the one place for all lists."""
        if reach.stations is None:
            return _Within()
        within = f"{self.station} = ANY(%(reach_stations)s::text[])" if self.station else self.within
        stations, areas = reach.texts()
        return _Within((within,), {"reach_stations": stations, "reach_areas": areas})

    async def page(
        self, db: Database, reach: Reach, asked: Paged | PagedByName, values: Mapping[str, object] | None = None
    ) -> Page[Row]:
        """Return the page that is asked for. Raises ProblemError (422) for a cursor that no page ended with."""
        async with db.transaction() as transaction:
            rows = await self.rows(transaction, reach, asked, values)
        shown = rows[: asked.limit]
        return Page(items=shown, next=self.order_of(asked).cursor(shown[-1]) if len(rows) > asked.limit else None)

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

    async def file(self, db: Database, caller: Caller, look: Look, asked: Exported, form: Form) -> StreamingResponse:
        """Return all rows that are asked for as one file; the audit has it first. Raises ProblemError (429, 503): too
        many are being written; 422: more rows than a workbook is made of."""
        assert self.csv is not None, "a list without columns has no file"
        async with db.transaction() as transaction:
            await check_area(transaction, asked)
            more = await self.own_words(transaction) if self.own_words else {}
        statement = self.statement(caller.reach, asked)
        filters = asked.model_dump(mode="json", by_alias=True, exclude_none=True)
        place = getattr(asked, "station", None) or ""
        deed = Deed(caller.actor, "exported", f"{self.csv.name}.{form}", place, facts={"filters": filters})
        csv = replace(self.csv, words={**self.csv.words, **more})
        return await export.export(db, csv, statement, look, deed, form=form)
