"""Reads the events that are left in a spool that was put aside: from a copy, row by row, so that damage costs only what
it hit.

A damaged page makes SQLite give up a scan, but not a look at one row of a sound page. Events that SQLite cannot read
are looked for in the bytes of the file and its log, where id, hash and body of an event stand side by side. Only bytes
that have the hash beside them are taken."""

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from edge.spool.file import FILE
from edge.spool.rows import LANES
from edge.spool.runs import Runs
from wire import chain
from wire.codec import MAX_BYTES, RefusedError, decode
from wire.kinds import Event
from wire.kinds.agent import Again
from wire.kinds.checkpoint import CheckpointEvent
from wire.terms import Lane

_ASIDE = f"{FILE}.aside-*"
_LOG = "-wal"
_BEGIN = re.compile(rb'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}([0-9a-f]{64})(?=\{"specversion")')
_ROW = "SELECT hash, body FROM event WHERE sequence = ?"
_OPEN, _CLOSE, _QUOTE, _ESCAPE = b'{}"\\'
_OF_SAMPLES = tuple(f'"type":"shian.{kind}.v1"'.encode() for kind in ("sample", "result", "link", "handling"))
_LANE_OF = {number: lane for lane, number in LANES.items()}


@dataclass(slots=True)
class Left:
    """The events found in `file`.

    `events`: those without a receipt, or of which nobody can tell whether they have one, in order, each with its lane.
    `unreadable`: the number of events without a receipt that are not among them. `stream`: the newest that was in it;
    "" when none could be read. `again`: the numbers of that stream that are answered for by `events`, and those of its
    checkpoints. `known`: the bytes of all events about samples and their results, also of those with a receipt, for the
    rows beside the events; `requests`: the names of the requests that registered samples, by their keys; `wells`: the
    number of wells that were laid out for a run."""

    file: str
    stream: str = ""
    events: list[tuple[Event, Lane]] = field(default_factory=list)
    unreadable: int = 0
    again: tuple[Again, ...] = ()
    known: list[bytes] = field(default_factory=list)
    requests: dict[str, str] = field(default_factory=dict)
    wells: int = 0


def files_aside(folder: Path) -> list[str]:
    """Return the names of the spools put aside in `folder`, the oldest first; for a log without its file, the log's
    name."""
    names = {path.name for path in folder.glob(_ASIDE) if path.is_file()}
    return sorted(name for name in names if not name.endswith(_LOG) or name.removesuffix(_LOG) not in names)


def read_left(folder: Path, file: str) -> Left:
    """Read the spool `file` in `folder`, which stays as it is. Raises OSError."""
    with tempfile.TemporaryDirectory(prefix="salvage-", dir=folder) as place:
        copy = Path(place) / FILE
        for tail in ("", _LOG):  # of a log without its file only the bytes are read
            if (folder / (file + tail)).exists():
                is_alone = file.endswith(_LOG)
                shutil.copy(folder / (file + tail), copy.with_name("log" if is_alone else FILE + tail))
        carved = _carved(Path(place))
        rows = _rows(copy)
    return _put_together(file, rows, carved)


@dataclass(slots=True)
class _Rows:
    """The rows that SQLite could read. `lanes`: of the numbers without a receipt; None: nobody can tell."""

    head: int = 0
    base: int = 0
    stream: str = ""
    lanes: dict[int, Lane] | None = None
    bodies: dict[int, bytes] = field(default_factory=dict)
    hashes: set[str] = field(default_factory=set)
    known: dict[str, bytes] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    wells: int = 0


def _rows(path: Path) -> _Rows:
    found = _Rows()
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            _read(connection, found)
    except sqlite3.Error:
        pass  # what could be read until then is there; the rest is carved
    return found


def _read(connection: sqlite3.Connection, found: _Rows) -> None:
    try:
        stream, sequence = connection.execute("SELECT id, sequence FROM stream").fetchone()
        base = connection.execute("SELECT base FROM stream").fetchone()[0] if _version(connection) > 1 else 0
        found.stream, found.base, found.head = str(stream), int(base), int(base) + int(sequence)
    except (sqlite3.Error, TypeError):
        found.head = _highest(connection)
    try:
        rows = connection.execute("SELECT sequence, lane FROM outbox").fetchall()
        found.lanes = {number: _LANE_OF.get(lane, Lane.NORMAL) for number, lane in rows}
    except sqlite3.Error:
        found.lanes = None
    for number in sorted({*range(1, found.head + 1), *(found.lanes or ())}):
        try:
            row = connection.execute(_ROW, (number,)).fetchone()
        except sqlite3.Error:
            continue
        if row is None or chain.digest(row[1]) != row[0]:
            continue
        if found.lanes is None or number in found.lanes:
            found.bodies[number] = row[1]
            found.hashes.add(row[0])
        if _is_of_samples(row[1]):
            found.known[row[0]] = row[1]
    with suppress(sqlite3.Error):  # a spool of before had none
        found.requests = dict(connection.execute("SELECT key, request FROM sample").fetchall())
        found.wells = connection.execute("SELECT count(*) FROM layout WHERE run IS NULL").fetchone()[0]


def _is_of_samples(body: bytes) -> bool:
    return any(mark in body for mark in _OF_SAMPLES)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _highest(connection: sqlite3.Connection) -> int:
    try:
        return int(connection.execute("SELECT coalesce(max(sequence), 0) FROM event").fetchone()[0])
    except sqlite3.Error:
        return 0


def _carved(place: Path) -> dict[str, bytes]:
    """Return bodies by their hash, out of the bytes of the file and its log."""
    found: dict[str, bytes] = {}
    for path in sorted(place.iterdir()):
        data = path.read_bytes()
        for match in _BEGIN.finditer(data):
            name = match[1].decode()
            if name not in found:
                body = _object(data, match.end())
                if chain.digest(body) == name:
                    found[name] = body
    return found


def _object(data: bytes, start: int) -> bytes:
    """Return the JSON object that begins at `start`; as much of it as there is, when it does not end."""
    depth, is_text, is_escaped = 0, False, False
    end = min(len(data), start + MAX_BYTES)
    for at in range(start, end):
        byte = data[at]
        if is_escaped:
            is_escaped = False
        elif is_text:
            is_escaped, is_text = byte == _ESCAPE, byte != _QUOTE
        elif byte == _QUOTE:
            is_text = True
        elif byte == _OPEN:
            depth += 1
        elif byte == _CLOSE:
            depth -= 1
            if depth == 0:
                return data[start : at + 1]
    return data[start:end]


def _put_together(file: str, rows: _Rows, carved: dict[str, bytes]) -> Left:
    left = Left(file, rows.stream)
    for number, body in sorted(rows.bodies.items()):
        lane = (rows.lanes or {}).get(number, Lane.NORMAL)
        left.events += [(event, lane) for event in _events(body)]
    known = {event.id for event, _ in left.events}
    missing = (len(rows.lanes) if rows.lanes is not None else rows.head) - len(rows.bodies)
    if missing > 0 or rows.lanes is None:
        others = [event for name, body in carved.items() if name not in rows.hashes for event in _events(body)]
        others = [event for event in others if event.id not in known and _may_wait(event, rows)]
        others.sort(key=lambda event: event.sequence)
        left.events += [(event, Lane.NORMAL) for event in others]
        missing -= len(others)
    left.unreadable = max(0, missing)
    if not left.stream and left.events:
        left.stream = str(max((event for event, _ in left.events), key=lambda event: event.time).stream)
    left.again = _numbers(left.stream, rows, carved)
    found = {name: body for name, body in carved.items() if _is_of_samples(body)} | rows.known
    left.known, left.requests, left.wells = list(found.values()), rows.requests, rows.wells
    return left


def _numbers(stream: str, rows: _Rows, carved: dict[str, bytes]) -> tuple[Again, ...]:
    """Return the numbers of `stream` whose bytes are here and may have no receipt, in runs."""
    bodies = {chain.digest(body): body for body in rows.bodies.values()}
    names: dict[int, str] = {}
    for name, body in {**carved, **bodies}.items():
        event = _decoded(body)
        if event is not None and str(event.stream) == stream and (name in bodies or _may_wait(event, rows)):
            names[event.sequence] = name
    runs = Runs()
    for number in sorted(names):
        runs.add(number, names[number])
    return runs.all


def _may_wait(event: Event, rows: _Rows) -> bool:
    """Tell whether the event may have no receipt. Where nobody can tell, it may: the centre folds an event that it
    has."""
    if rows.lanes is None or not rows.stream:
        return True
    return str(event.stream) == rows.stream and rows.base + event.sequence in rows.lanes


def _events(body: bytes) -> Iterator[Event]:
    """Yield the event, unless it is a checkpoint, which signs a chain that is given up."""
    event = _decoded(body)
    if event is not None and not isinstance(event, CheckpointEvent):
        yield event


def _decoded(body: bytes) -> Event | None:
    try:
        return decode(body)
    except RefusedError:
        return None
