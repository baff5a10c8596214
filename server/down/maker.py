"""Makes the document of a station out of the tables of the district, and signs it.

A document is made when a station asks, in one transaction; as long as it says the same, version and bytes stay the
same. A version is the second in which it was made, and above the one before: also a database that was put back to an
older state goes on upwards."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg import AsyncCursor

from server.database import Database
from server.down.settings import DocumentSettings
from storage.named import queries
from wire.chain import public_key
from wire.down import FORMAT, Down, seal
from wire.words import ITEMS

_SQL = queries("down")
_LIMIT = (
    *("code", "item", "commodity", "standard", "is_only_for_standard", "comparison"),
    *("value", "unit", "valid_from", "valid_to", "source"),
)
_FOOD = ("code", "name", "parent", "name_en", "aliases", "pinyin")
_BUSINESS = ("code", "name", "stall", "licence", "pinyin")
_LOT = ("lot", "food", "supplier", "station", "title", "title_en", "samples", "word", "last_day")
_TASK = ("code", "food", "item", "wanted", "first_day", "last_day", "note")


@dataclass(frozen=True, slots=True)
class Made:
    """Document as it is sent. `tag` names its content."""

    version: int
    tag: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Maker:
    db: Database
    key: Ed25519PrivateKey
    zone: ZoneInfo
    bounds: DocumentSettings

    async def make(self, station: str) -> Made | None:
        """Return the document of a station; None for one that is not enrolled. Raises psycopg.Error."""
        async with self.db.transaction() as transaction, transaction.connection.cursor() as cursor:
            await cursor.execute(_SQL["station"], {"station": station})
            row = await cursor.fetchone()
            if row is None:
                return None
            now: datetime = row[3]
            said = await self._said(cursor, station, now)
            await cursor.execute(_SQL["kept"], {"station": station})
            kept = await cursor.fetchone()
            draft = Down.model_validate({**said, "version": 1, "made_at": now})
            content = self._content(draft)
            if kept is not None and bytes(kept[1]) == content:
                return Made(kept[0], content.hex(), bytes(kept[2]))
            version = max(int(now.timestamp()), (kept[0] if kept else 0) + 1)
            body = seal(draft.model_copy(update={"version": version}), self.key)
            values = {"station": station, "version": version, "content": content, "made_at": now, "body": body}
            await cursor.execute(_SQL["keep"], values)
        return Made(version, content.hex(), body)

    def _content(self, draft: Down) -> bytes:
        """Return the hash of all that a document says, and of the key that signs it."""
        text = draft.model_dump_json(exclude={"version", "made_at"}) + public_key(self.key)
        return hashlib.sha256(text.encode()).digest()

    async def _said(self, cursor: AsyncCursor[Any], station: str, now: datetime) -> dict[str, Any]:
        await cursor.execute(_SQL["areas"], {"station": station})
        areas: list[str] = (await cursor.fetchone() or ([],))[0]
        values = {"station": station, "areas": areas, "today": now.astimezone(self.zone).date()}
        foods = await _rows(cursor, "foods", _FOOD, values)
        await cursor.execute(_SQL["limits_version"])
        version = (await cursor.fetchone() or ("0",))[0]
        return {
            "format": FORMAT,
            "station": station,
            "limits_version": version,
            "limits": await _rows(cursor, "limits", _LIMIT, values),
            "foods": [food | {"aliases": tuple(filter(None, food["aliases"].split("\n")))} for food in foods],
            "businesses": await _rows(cursor, "businesses", _BUSINESS, values),
            "items": [{"code": code, "name": term.zh, "name_en": term.en} for code, term in ITEMS.items()],
            "tasks": await _rows(cursor, "tasks", _TASK, values),
            "operators": await _rows(cursor, "operators", ("code", "name", "pin"), values),
            "cameras": await _rows(cursor, "cameras", ("camera", "version", "layout"), values),
            "procedures": [
                {"step": step, "text": said.zh, "text_en": said.en}
                for step, said in sorted(self.bounds.procedures.items())
            ],
            "lots": await self._lots(cursor, station, now),
        }

    async def _lots(self, cursor: AsyncCursor[Any], station: str, now: datetime) -> list[dict[str, Any]]:
        """Return what other stations found of the lots of this one and of its suppliers."""
        if self.bounds.lots == 0:
            return []
        since = now - timedelta(days=self.bounds.lot_days)
        values = {"station": station, "since": since, "zone": self.zone.key, "most": self.bounds.lots}
        return await _rows(cursor, "lots", _LOT, values)


async def _rows(
    cursor: AsyncCursor[Any], name: str, columns: tuple[str, ...], values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    await cursor.execute(_SQL[name], values)
    return [dict(zip(columns, row, strict=True)) for row in await cursor.fetchall()]
