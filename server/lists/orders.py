"""The orders of lists, and the places in them. Pages are keyset pages: none skips or repeats a row that was there when
the walk began, and page 1,000 costs what page 1 does."""

import base64
import binascii
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from pydantic import BaseModel

from server.problems import Kind, ProblemError

_PACKED = struct.Struct(">q16s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
BAD_CURSOR = Kind(422, "invalid-cursor", "The cursor is not one that this server gave.", "游标不是本服务器给出的。")


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
            raise ProblemError(BAD_CURSOR)
        values = {f"after_{name}": part for name, part in zip(self.names, parts, strict=True)}
        return Beyond(f"({self.sql}) > ({', '.join(f'%({name})s' for name in values)})", {**values})

    def cursor(self, row: BaseModel) -> str:
        return "/".join(getattr(row, name) for name in self.names)
