"""The anchors that the centre has shown with its receipts: the station is a witness of what they said.

Functions inside a transaction of edge/spool/spool.py."""

from collections.abc import Iterable
from typing import NamedTuple

import structlog

from edge.spool.file import Connection
from wire.anchors import Anchor, is_signed
from wire.receipts import Receipt

log = structlog.get_logger()
_MOST = 10_000  # more than a year of them
# Made with the first anchor, and no new version of the spool: an older agent does not see the table.
_MAKE = """
CREATE TABLE IF NOT EXISTS witness (
  number    INTEGER NOT NULL,
  hash      TEXT    NOT NULL,
  statement TEXT    NOT NULL,
  seen_ms   INTEGER NOT NULL,
  PRIMARY KEY (number, hash)
) STRICT
"""
_IS_THERE = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'witness'"
_HAS = "SELECT 1 FROM witness WHERE number = ? AND hash = ?"
_KEEP = "INSERT INTO witness (number, hash, statement, seen_ms) VALUES (?, ?, ?, ?)"
_FORGET = """
DELETE FROM witness WHERE rowid IN (SELECT rowid FROM witness ORDER BY seen_ms DESC, number DESC LIMIT -1 OFFSET ?)
"""
_ALL = "SELECT number, hash, statement, seen_ms FROM witness ORDER BY number DESC, hash LIMIT ?"


class Seen(NamedTuple):
    """An anchor as it was shown."""

    number: int
    hash: str
    statement: str
    seen_ms: int


def keep(connection: Connection, receipts: Iterable[Receipt], now_ms: int) -> int:
    """Keep the anchors that are new; return their number. One that its own key did not sign says nothing. Two of one
    number are both kept: they contradict each other."""
    found = {anchor.hash: anchor for receipt in receipts if (anchor := receipt.anchor)}
    if found:
        connection.execute(_MAKE)
    kept = 0
    for digest, anchor in found.items():
        if connection.execute(_HAS, (anchor.number, digest)).fetchone() is None and _is_signed(anchor):
            connection.execute(_KEEP, (anchor.number, digest, anchor.model_dump_json(), now_ms))
            kept += 1
    if kept:
        connection.execute(_FORGET, (_MOST,))
    return kept


def _is_signed(anchor: Anchor) -> bool:
    if is_signed(anchor):
        return True
    log.warning("anchor_not_signed", number=anchor.number, key=anchor.key)
    return False


def read(connection: Connection, limit: int) -> list[Seen]:
    """Read the anchors, the newest first."""
    if connection.execute(_IS_THERE).fetchone() is None:
        return []
    return [Seen(*row) for row in connection.execute(_ALL, (limit,))]
