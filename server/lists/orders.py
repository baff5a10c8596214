"""The orders of lists, and the places in them. Pages are keyset pages: none skips or repeats a row that was there when
the walk began, and page 1,000 costs what page 1 does."""

import base64
import binascii
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError

from server.problems import Kind, ProblemError

_PACKED = struct.Struct(">q16s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SAID: TypeAdapter[list[str | int]] = TypeAdapter(list[str | int])
BAD_CURSOR = Kind(
    422,
    "invalid-cursor",
    "The cursor is not one that this server gave.",
    "游标不是本服务器给出的。",
    places=("query.cursor",),
)
_BAD_PLACE = replace(BAD_CURSOR, places=("query.after",))


@dataclass(frozen=True, slots=True)
class Key:
    """Key at which a page ended, in a list that is ordered by time."""

    at: datetime
    id: UUID

    def encode(self) -> str:
        """Return the cursor: opaque, and the same length for every place."""
        return base64.urlsafe_b64encode(_PACKED.pack((self.at - _EPOCH) // _MICROSECOND, self.id.bytes)).decode()

    @classmethod
    def decode(cls, text: str) -> "Key":
        """Read a cursor. Raises ProblemError (422)."""
        try:
            micros, raw = _PACKED.unpack(base64.b64decode(text, altchars=b"-_", validate=True))
            return cls(_EPOCH + micros * _MICROSECOND, UUID(bytes=raw))
        except (binascii.Error, struct.error, ValueError, OverflowError) as exc:
            raise ProblemError(BAD_CURSOR) from exc


@dataclass(frozen=True, slots=True)
class Beyond:
    """The rows behind a place: the condition, and the values of its parameters."""

    sql: str
    values: dict[str, object]


class Order(Protocol):
    """Order of a list, which also writes a place in it."""

    @property
    def at(self) -> str:
        """Return the column of the rows' times; empty where they have none."""
        ...

    @property
    def key(self) -> str:
        """Return the column that names one row."""
        ...

    @property
    def sql(self) -> str:
        """Return what stands behind ORDER BY."""
        ...

    def beyond(self, cursor: str) -> Beyond:
        """Return the rows behind `cursor`. Raises ProblemError (422)."""
        ...

    def cursor(self, row: BaseModel) -> str:
        """Return the place of `row`."""
        ...


@dataclass(frozen=True, slots=True)
class Newest:
    """Newest first, by time and id, with an opaque cursor. `shown`: the row's fields, where their names differ."""

    at: str
    key: str
    shown: tuple[str, str] | None = None

    @property
    def sql(self) -> str:
        return f"{self.at} DESC, {self.key} DESC"

    def beyond(self, cursor: str) -> Beyond:
        key = Key.decode(cursor)
        # The second comparison adds nothing but this: of the row comparison alone TimescaleDB excludes no chunk.
        sql = f"({self.at}, {self.key}) < (%(after_at)s, %(after_id)s) AND {self.at} <= %(after_at)s"
        return Beyond(sql, {"after_at": key.at, "after_id": key.id})

    def cursor(self, row: BaseModel) -> str:
        at, key = self.shown or (self.at, self.key)
        return Key(getattr(row, at), getattr(row, key)).encode()


@dataclass(frozen=True, slots=True)
class Column:
    """Column of an order. `of`: its value in a row that is shown."""

    sql: str
    of: Callable[[Any], str | int | datetime | UUID]


@dataclass(frozen=True, slots=True)
class Sorted:
    """Order by columns, the last of which names one row; all upwards, or all downwards. `name`: as people ask for it;
    a cursor of another order is refused. `at`: the column of the rows' times."""

    name: str
    columns: tuple[Column, ...]
    at: str
    is_down: bool = False

    @property
    def key(self) -> str:
        return self.columns[-1].sql

    @property
    def sql(self) -> str:
        return ", ".join(f"{column.sql}{' DESC' if self.is_down else ''}" for column in self.columns)

    def beyond(self, cursor: str) -> Beyond:
        values = self._decoded(cursor)
        names = [f"after_{number}" for number in range(len(values))]
        places = ", ".join(f"%({name})s" for name in names)
        columns = ", ".join(column.sql for column in self.columns)
        return Beyond(f"({columns}) {'<' if self.is_down else '>'} ({places})", dict(zip(names, values, strict=True)))

    def cursor(self, row: BaseModel) -> str:
        values = [column.of(row) for column in self.columns]
        said = [self.name, *(value if isinstance(value, int) else str(value) for value in values)]
        return base64.urlsafe_b64encode(json.dumps(said, ensure_ascii=False).encode()).decode()

    def _decoded(self, cursor: str) -> list[str | int]:
        try:
            said = _SAID.validate_json(base64.b64decode(cursor, altchars=b"-_", validate=True))
        except (ValidationError, ValueError) as exc:
            raise ProblemError(BAD_CURSOR) from exc
        if len(said) != 1 + len(self.columns) or said[0] != self.name:
            raise ProblemError(BAD_CURSOR)
        return said[1:]


@dataclass(frozen=True, slots=True)
class ByName:
    """Order by one or more names, upwards; the place is the names themselves, joined by `/`."""

    names: tuple[str, ...]

    @property
    def at(self) -> str:
        return ""

    @property
    def key(self) -> str:
        return self.names[-1]

    @property
    def sql(self) -> str:
        return ", ".join(self.names)

    def beyond(self, cursor: str) -> Beyond:
        parts = cursor.split("/")
        if len(parts) != len(self.names):
            raise ProblemError(_BAD_PLACE)
        values = {f"after_{name}": part for name, part in zip(self.names, parts, strict=True)}
        return Beyond(f"({self.sql}) > ({', '.join(f'%({name})s' for name in values)})", {**values})

    def cursor(self, row: BaseModel) -> str:
        return "/".join(getattr(row, name) for name in self.names)
