"""Anchors in the database: the next one is made of all heads, in one transaction, by the process that has the key."""

import json
import zlib
from datetime import datetime
from typing import Any

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage import deeds
from storage.deeds import SYSTEM, Deed
from storage.named import queries
from storage.steps import Ask, Steps
from wire.anchors import Anchor, AnchorFile, StationKey, StreamHead, make
from wire.chain import public_key
from wire.topics import CENTRE

_SQL = queries("anchors")
_WALK = queries("walk")


def pin_key(key: Ed25519PrivateKey) -> Steps[bool]:
    """Accept the centre's key by a deed, unless it is the one that was accepted last. Return True for a new one."""
    rows = yield Ask(_SQL["centre_key"])
    mine, before = public_key(key), rows[0][0] if rows else None
    if mine == before:
        return False
    facts = {"before": before, "after": mine}
    yield from deeds.append([Deed(SYSTEM, "key_pinned", CENTRE, facts=facts)])
    return True


def newest() -> Steps[Anchor | None]:
    """Return the newest anchor that the database has."""
    rows = yield Ask(_SQL["newest"])
    return Anchor.model_validate_json(rows[0][0]) if rows else None


def add(key: Ed25519PrivateKey, before: Anchor | None) -> Steps[AnchorFile]:
    """Sign the centre's own head, and make the anchor of all heads that follows `before`. It is a deed too, so that its
    row cannot be taken away unseen."""
    head = yield from deeds.sign(key)
    rows = yield Ask(_SQL["heads"])
    heads = tuple(StreamHead(station=row[0], stream=row[1], through=row[2], hash=row[3]) for row in rows)
    keys = yield from key_list()
    anchor = make(key, before, head.at, heads, keys)
    file = AnchorFile(anchor=anchor, heads=heads, keys=keys)
    yield Ask(_SQL["add"], _row(file, head.at), has_rows=False)
    facts = {"number": anchor.number, "hash": anchor.hash, "streams": anchor.streams, "events": anchor.events}
    yield from deeds.append([Deed(SYSTEM, "anchored", str(anchor.number), facts=facts)])
    return file


def key_list() -> Steps[tuple[StationKey, ...]]:
    """Return every key that is or ever was a station's, or the centre's."""
    rows = yield Ask(_WALK["keys"])
    named = sorted({(row[0], row[1]) for row in rows})
    return tuple(StationKey(station=station, key=key) for station, key in named)


def _row(file: AnchorFile, at: datetime) -> dict[str, Any]:
    lists = file.model_dump(mode="json", include={"heads", "keys"})
    return {
        "number": file.anchor.number,
        "at": at,
        "hash": bytes.fromhex(file.anchor.hash),
        "statement": file.anchor.model_dump_json(),
        "lists": zlib.compress(json.dumps(lists, separators=(",", ":")).encode()),
    }


def unpacked(statement: str, lists: bytes | None) -> AnchorFile:
    """Return the anchor of a row."""
    document = json.loads(zlib.decompress(lists)) if lists else {}
    return AnchorFile.model_validate({"anchor": json.loads(statement), **document})


def read(connection: psycopg.Connection[Any], number: int) -> AnchorFile | None:
    """Read an anchor. Raises psycopg.Error."""
    row = connection.execute(_SQL["by_number"], {"number": number}).fetchone()
    return unpacked(*row) if row else None
