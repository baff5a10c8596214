"""An export of the ledger: the exact bytes of every event, the keys, the anchors. One gzip file of JSON lines.

{"type": "shian.export.v1", ...}
{"anchor": ..., "heads": [...], "keys": [...]}          every anchor that the database has
{"stream": ID, "station": S, "accounted": [[n, hash]]}  then its events, in order:
{"specversion": ...                                     an event: its exact bytes are the line
{"n": 5, "base64": "..."}                               what stands there and is not plainly event 5, or no line of text
"""

import base64
import gzip
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from storage import anchors
from storage.errors import translated
from storage.named import queries
from wire import links
from wire.anchors import encode

_SQL = queries("anchors")
_WALK = queries("walk")
TYPE = "shian.export.v1"
PLAIN = b'{"specversion":'


@dataclass(slots=True)
class Exported:
    """Extent of an export."""

    streams: int = 0
    events: int = 0
    anchors: int = 0


def export(connection: psycopg.Connection[Any], path: Path, stations: Collection[str] = ()) -> Exported:
    """Write the ledger of these stations, or of all, as it is at one moment. Raises OSError and the errors of
    storage.errors."""
    done = Exported()
    with translated(), connection.transaction(), gzip.open(path, "wb", compresslevel=6) as out:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for line in _lines(connection, stations, done):
            out.write(line + b"\n")
    return done


def _lines(connection: psycopg.Connection[Any], stations: Collection[str], done: Exported) -> Iterator[bytes]:
    yield first_line(stations)
    number = 0
    while rows := connection.execute(_SQL["every"], {"number": number}).fetchall():
        for _, statement, lists in rows:
            done.anchors += 1
            yield encode(anchors.unpacked(statement, lists))
        number = rows[-1][0]
    for row in connection.execute(_WALK["streams"]).fetchall():
        stream, station = row[:2]
        if not stations or station in stations:
            done.streams += 1
            yield from _stream(connection, stream, station, done)


def _stream(connection: psycopg.Connection[Any], stream: UUID, station: str, done: Exported) -> Iterator[bytes]:
    accounted = connection.execute(_WALK["accounted"], {"stream": stream}).fetchall()
    yield stream_line(stream, station, accounted)
    after = -(2**63)
    while rows := connection.execute(_SQL["bodies"], {"stream": stream, "after": after}).fetchall():
        for sequence, body in rows:
            done.events += 1
            yield event_line(stream, sequence, bytes(body))
        after = rows[-1][0]


def first_line(stations: Collection[str]) -> bytes:
    """Return the line that says what the file is, and of which stations; of none: of all."""
    return _json({"type": TYPE, "at": datetime.now(UTC).isoformat(), "stations": sorted(stations)})


def stream_line(stream: UUID, station: str, accounted: Iterable[tuple[int, bytes]]) -> bytes:
    """Return the line that begins a stream. `accounted`: numbers that the station's disk damaged, with their hashes."""
    named = [[sequence, bytes(digest).hex()] for sequence, digest in accounted]
    return _json({"stream": str(stream), "station": station, "accounted": named})


def event_line(stream: UUID, sequence: int, body: bytes) -> bytes:
    """Return the line of an event that stands under this number."""
    link = links.read(body) if body.startswith(PLAIN) else None
    if link is not None and (link.stream, link.sequence) == (str(stream), sequence):
        return body
    return _json({"n": sequence, "base64": base64.b64encode(body).decode()})


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
