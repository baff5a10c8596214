"""The filters of a list: one model a list, whose fields are the API's parameters and carry their SQL.

FastAPI reads the model from the address, so its types, limits and texts are also those of the OpenAPI document and of
the 422 answers. A parameter that the model does not have is refused: a misspelt filter would answer everything.
"""

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


EQUAL = Where("{name} = %({name})s")
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
_OTHERS = {"limit", "cursor", "after", "language"}


def _where(metadata: list[Any]) -> Where | None:
    return next((part for part in metadata if isinstance(part, Where)), None)


class Filters(BaseModel):
    """The filters of a list. Every field of a subclass is a filter and has its `Where`."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Refuse a filter without SQL, which would be taken and do nothing."""
        forgotten = {name for name, field in cls.model_fields.items() if not _where(field.metadata)} - _OTHERS
        if forgotten:
            raise TypeError(f"{cls.__name__}: no Where for {', '.join(sorted(forgotten))}")

    def conditions(self, at: str) -> list[str]:
        """Return the SQL of each filter that is asked for. `at`: the column of the list's times."""
        wheres = {name: _where(field.metadata) for name, field in type(self).model_fields.items()}
        return [
            where.sql.format(name=name, at=at)
            for name, where in wheres.items()
            if where and getattr(self, name) is not None
        ]


class Period(Filters):
    """A list whose rows have a time: `from` <= time < `to`."""

    since: Annotated[AwareDatetime | None, Field(alias="from"), Where("{at} >= %({name})s")] = None
    until: Annotated[AwareDatetime | None, Field(alias="to"), Where("{at} < %({name})s")] = None


class Paged(Filters):
    """A page of a list, newest first."""

    limit: Annotated[int, Field(ge=1, le=500, description="rows a page")] = 100
    cursor: Annotated[str | None, Field(max_length=64, description="`next` of the page before")] = None

    @property
    def place(self) -> str | None:
        """Return the cursor of the page, as its list's order gave it."""
        return self.cursor


class PagedByName(Filters):
    """A page of a list that is in the order of names."""

    limit: Annotated[int, Field(ge=1, le=1000, description="rows a page")] = 500
    after: Annotated[str | None, Field(max_length=140, description="`next` of the page before")] = None

    @property
    def place(self) -> str | None:
        """Return the name that the page before ended with."""
        return self.after


class Exported(Filters):
    """All rows of a list that fit, as one file."""

    language: Annotated[Literal["en", "zh"] | None, Field(description="none: that of Accept-Language")] = None
