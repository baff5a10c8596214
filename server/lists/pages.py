"""Keyset pages: newest first by (time, id), with an opaque cursor. A page never skips or repeats a row that was there
when the walk began, and page 1,000 costs what page 1 does."""

import base64
import binascii
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from server.problems import Kind, ProblemError

_PACKED = struct.Struct(">q16s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
BAD_CURSOR = Kind(422, "invalid-cursor", "The cursor is not one that this server gave.", "游标不是本服务器给出的。")
T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """Some rows, newest first. `next` is the cursor of the page that follows; null: this was the last."""

    items: list[T]
    next: Annotated[str | None, Field(description="give it back as `cursor` to go on")] = None


@dataclass(frozen=True, slots=True)
class Key:
    """Where a page ended."""

    at: datetime
    id: UUID

    def encode(self) -> str:
        return base64.urlsafe_b64encode(_PACKED.pack((self.at - _EPOCH) // _MICROSECOND, self.id.bytes)).decode()

    @classmethod
    def decode(cls, text: str) -> "Key":
        """Raises ProblemError (422)."""
        try:
            micros, raw = _PACKED.unpack(base64.b64decode(text, altchars=b"-_", validate=True))
            return cls(_EPOCH + micros * _MICROSECOND, UUID(bytes=raw))
        except (binascii.Error, struct.error, ValueError, OverflowError) as exc:
            raise ProblemError(BAD_CURSOR) from exc


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page is asked for."""

    limit: int
    after: Key | None

    def parameters(self) -> dict[str, object]:
        """For a query with %(after_at)s, %(after_id)s and %(limit)s: one row more than the page, to know of a next."""
        return {
            "after_at": self.after.at if self.after else None,
            "after_id": self.after.id if self.after else None,
            "limit": self.limit + 1,
        }

    def page(self, rows: Sequence[T], key: Callable[[T], Key]) -> Page[T]:
        shown = list(rows[: self.limit])
        return Page(items=shown, next=key(shown[-1]).encode() if len(rows) > self.limit else None)


def _asked(
    limit: Annotated[int, Query(ge=1, le=500, description="rows a page")] = 100,
    cursor: Annotated[str | None, Query(max_length=64, description="`next` of the page before")] = None,
) -> Asked:
    return Asked(limit, Key.decode(cursor) if cursor else None)


PageAsked = Annotated[Asked, Depends(_asked)]
