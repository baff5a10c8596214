"""The filters of a list: one model a list, whose fields are the API's parameters and carry their SQL.

FastAPI reads the model from the address, so its types, limits and texts are also those of the OpenAPI document and of
the 422 answers. A parameter that the model does not have is refused: a misspelt filter would answer everything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from wire.kinds.envelope import STATION_PATTERN


@dataclass(frozen=True, slots=True)
class Where:
    """The SQL of a filter, true for the rows that are asked for.

    `%(name)s` is the value, `{name}` the field's name, `{at}` the column of the list's times.
    """

    sql: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Way to rows that begins in other tables, written as `Where`: they say which rows of the page there are.

    `rows`: what stands behind FROM, with the list's key, its times and the columns of the filters `known`; `whole`:
    with all columns that a filter of the list may ask about, for when others are asked for as well.
    """

    sql: str
    rows: str
    whole: str
    known: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ways:
    """The SQL of a filter whose rows are found in several ways, each by its own index; written as that of `Where`.

    `sql` holds for the rows that are asked for. Each of `ways` finds some of them, all together find all: each is asked
    by itself, for of an OR over several tables the database reads the whole list.
    """

    sql: str
    ways: tuple[str | Elsewhere, ...]


EQUAL = Where("{name} = %({name})s")
# As an index of text_pattern_ops knows it; `%`, `_` and the backslash are letters as all others.
_BEGINNING = r" LIKE replace(replace(replace(%({name})s, '\', '\\'), '%%', '\%%'), '_', '\_') || '%%'"


def begins(column: str) -> str:
    """Return the SQL of a column that begins with what is asked for."""
    return column + _BEGINNING


Text = Annotated[str | None, Field(max_length=200), EQUAL]
Word = Annotated[str | None, Field(max_length=64), EQUAL]
# An area stands for everything below it. One that is not there is refused (server/lists/areas.py).
Area = Annotated[
    str | None,
    Field(max_length=200, description="a code of an area, with all areas below it"),
    Where(
        "station IN (WITH RECURSIVE below (code) AS (SELECT code FROM area WHERE code = %({name})s"
        " UNION SELECT area.code FROM area JOIN below ON area.parent = below.code)"
        " SELECT s.name FROM station s JOIN below ON s.area = below.code)"
    ),
]
Station = Annotated[str | None, Field(pattern=f"^{STATION_PATTERN}$"), EQUAL]

# The parameters that choose no rows.
_OTHERS = {"limit", "cursor", "after", "language", "sort", "by", "first", "last"}


def _where(metadata: list[Any]) -> Where | Ways | None:
    return next((part for part in metadata if isinstance(part, Where | Ways)), None)


class Filters(BaseModel):
    """The filters of a list. Every field of a subclass is a filter and has its `Where`."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Refuse a filter without SQL, which would be taken and do nothing."""
        forgotten = {name for name, field in cls.model_fields.items() if not _where(field.metadata)} - _OTHERS
        if forgotten:
            raise TypeError(f"{cls.__name__}: no Where for {', '.join(sorted(forgotten))}")

    def conditions(self, at: str, *, without: str = "") -> list[str]:
        """Return the SQL of each filter that is asked for. `at`: the column of the list's times."""
        return [where.sql.format(name=name, at=at) for name, where in self._asked() if name != without]

    def asked(self) -> set[str]:
        """Return the names of the filters that are asked for."""
        return {name for name, _ in self._asked()}

    def ways(self) -> tuple[str, tuple[str | Elsewhere, ...]]:
        """Return the first filter that is found in several ways, and these; none: the list is read as it is."""
        return next(((name, where.ways) for name, where in self._asked() if isinstance(where, Ways)), ("", ()))

    def _asked(self) -> Iterator[tuple[str, Where | Ways]]:
        for name, field in type(self).model_fields.items():
            where = _where(field.metadata)
            if where and getattr(self, name) is not None:
                yield name, where


class Period(Filters):
    """A list whose rows have a time: `from` <= time < `to`."""

    since: Annotated[AwareDatetime | None, Field(alias="from"), Where("{at} >= %({name})s")] = None
    until: Annotated[AwareDatetime | None, Field(alias="to"), Where("{at} < %({name})s")] = None


class Paged(Filters):
    """A page of a list, newest first."""

    limit: Annotated[int, Field(ge=1, le=500, description="rows a page")] = 100
    cursor: Annotated[str | None, Field(max_length=300, description="`next` of the page before")] = None

    @property
    def order(self) -> str:
        """Return the order that is asked for; empty: that of the list."""
        return str(getattr(self, "sort", ""))

    @property
    def place(self) -> str | None:
        """Return the cursor of the page, as its list's order gave it."""
        return self.cursor


class PagedByName(Filters):
    """A page of a list that is in the order of names."""

    limit: Annotated[int, Field(ge=1, le=1000, description="rows a page")] = 500
    after: Annotated[str | None, Field(max_length=140, description="`next` of the page before")] = None

    @property
    def order(self) -> str:
        """Return the order that is asked for: there is one."""
        return ""

    @property
    def place(self) -> str | None:
        """Return the name that the page before ended with."""
        return self.after


class Exported(Filters):
    """All rows of a list that fit, as one file."""

    language: Annotated[Literal["en", "zh"] | None, Field(description="none: that of Accept-Language")] = None
