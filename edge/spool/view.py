"""Reads a spool from beside it (`shian edge status`, `outbox`, `repeats`), whether the agent runs or not.

The connection is read-only: WAL lets it look while the agent writes, and it can change nothing."""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edge.spool import witness
from edge.spool.damage import readable
from edge.spool.file import FILE
from edge.spool.leftovers import files_aside
from edge.spool.repeats import RepeatCounts, read_counts
from edge.spool.rows import LANES
from edge.spool.witness import Seen

_LANES = {number: lane.value for lane, number in LANES.items()}


class NoSpoolError(Exception):
    """No spool in the folder, or one that cannot be read."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A stream that was given up, and the reason."""

    stream: str
    sequence: int
    cause: str
    detail: str
    rerecorded: int
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class CentreBehind:
    """The centre ended at `through` and had said `known` before: so many events were sent again, and so many are no
    longer kept."""

    stream: str
    through: int
    known: int
    events: int
    missing: int
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Summary:
    """The spool in short. `earlier`: the streams that the file had before; `aside`: spools put aside that nobody has
    salvaged; `behind`: the times when the centre was behind, the last one first."""

    stream: str
    sequence: int
    waiting: int
    urgent: int
    refused: dict[str, int]
    oldest_waiting_at: datetime | None
    dead_letters: dict[str, int]
    dead_dropped: int
    repeats: dict[str, RepeatCounts]
    earlier: tuple[Earlier, ...] = ()
    aside: tuple[str, ...] = ()
    behind: tuple[CentreBehind, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An event without a receipt. `refused` is None for an event that waits."""

    sequence: int
    lane: str
    type: str
    source: str
    recorded_at: datetime
    refused: str | None
    what: str


@dataclass(frozen=True, slots=True)
class LetterRow:
    number: int
    device: str
    reason: str
    detail: str
    offset: int
    size: int
    data: bytes
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class RepeatRow:
    """A repeat. `again` and `first` are the data of a result; `first` is None where it is no longer in the spool."""

    number: int
    device: str
    cause: str
    came_at: datetime
    again: dict[str, Any]
    first_sequence: int
    first_recorded_at: datetime | None
    first: dict[str, Any] | None


def is_agent_running(folder: Path) -> bool:
    """Tell whether an agent runs, by the lock that it holds."""
    try:
        descriptor = os.open(folder / "agent.lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def summary(folder: Path) -> Summary:
    """Return the spool in short. Raises NoSpoolError."""
    with _reader(folder) as reader:
        stream, sequence, dropped = reader.execute("SELECT id, sequence, dead_dropped FROM stream").fetchone()
        lanes = dict(reader.execute("SELECT lane, count(*) FROM outbox WHERE refused IS NULL GROUP BY lane"))
        refused = dict(reader.execute("SELECT refused, count(*) FROM outbox WHERE refused IS NOT NULL GROUP BY 1"))
        letters = dict(reader.execute("SELECT reason, count(*) FROM dead_letter GROUP BY reason"))
        (oldest,) = reader.execute(
            "SELECT min(recorded_ms) FROM event WHERE sequence IN"
            " (SELECT min(sequence) FROM outbox WHERE refused IS NULL GROUP BY lane)"
        ).fetchone()
        is_new = _version(reader) >= 2
        counts = read_counts(reader) if is_new else {}
        earlier = _earlier(reader) if is_new else ()
        salvaged = {file for (file,) in reader.execute("SELECT file FROM salvaged")} if is_new else set()
        behind = _behind(reader) if _version(reader) >= 3 else ()
    waiting, urgent = sum(lanes.values()), lanes.get(0, 0)
    aside = tuple(file for file in files_aside(folder) if file not in salvaged)
    return Summary(
        stream, sequence, waiting, urgent, refused, _moment(oldest), letters, dropped, counts, earlier, aside, behind
    )


def _earlier(reader: sqlite3.Connection) -> tuple[Earlier, ...]:
    rows = reader.execute(
        "SELECT id, sequence, cause, detail, rerecorded, ended_ms FROM earlier_stream ORDER BY base DESC"
    )
    return tuple(
        Earlier(stream, sequence, cause, detail, rerecorded, _known(ended_ms))
        for stream, sequence, cause, detail, rerecorded, ended_ms in rows
    )


def _behind(reader: sqlite3.Connection) -> tuple[CentreBehind, ...]:
    rows = reader.execute(
        "SELECT stream, through, known, events, missing, detail, at_ms FROM behind ORDER BY number DESC LIMIT 100"
    )
    return tuple(
        CentreBehind(stream, through, known, events, missing, detail, _known(at_ms))
        for stream, through, known, events, missing, detail, at_ms in rows
    )


def outbox(folder: Path, limit: int) -> list[OutboxRow]:
    """Return the events without a receipt: refused ones first, then in the order of sending. Raises NoSpoolError."""
    with _reader(folder) as reader:
        rows = reader.execute(
            "SELECT o.sequence, o.lane, e.body, e.recorded_ms, o.refused FROM outbox AS o JOIN event AS e"
            " USING (sequence) ORDER BY o.refused IS NULL, o.lane, o.sequence LIMIT ?",
            (limit,),
        ).fetchall()
    return [_outbox_row(*row) for row in rows]


def dead_letters(folder: Path, limit: int) -> list[LetterRow]:
    """Return the dead letters, the newest first. Raises NoSpoolError."""
    with _reader(folder) as reader:
        rows = reader.execute(
            "SELECT number, device, reason, detail, start, length(data), data, recorded_ms FROM dead_letter"
            " ORDER BY number DESC LIMIT ?",
            (limit,),
        ).fetchall()
    return [_letter_row(row) for row in rows]


def repeats(folder: Path, limit: int) -> list[RepeatRow]:
    """Return the last repeats that were folded, the newest first. Raises NoSpoolError."""
    with _reader(folder) as reader:
        if _version(reader) < 2:
            return []
        rows = reader.execute(
            "SELECT r.number, r.device, r.cause, r.came_ms, r.data, r.first, e.recorded_ms, e.body FROM repeat AS r"
            " LEFT JOIN event AS e ON e.sequence = r.first ORDER BY r.number DESC LIMIT ?",
            (limit,),
        ).fetchall()
    return [_repeat_row(row) for row in rows]


def anchors(folder: Path, limit: int) -> list[Seen]:
    """Return the anchors that the centre has shown, the newest first. Raises NoSpoolError."""
    with _reader(folder) as reader:
        return witness.read(reader, limit)


def newest_events(folder: Path, limit: int) -> list[bytes]:
    """Return the bodies of the newest events, the newest first. Raises NoSpoolError."""
    with _reader(folder) as reader:
        rows = reader.execute("SELECT body FROM event ORDER BY sequence DESC LIMIT ?", (limit,)).fetchall()
    return [body for (body,) in rows]


@contextmanager
def _reader(folder: Path) -> Iterator[sqlite3.Connection]:
    path = (folder / FILE).resolve()
    if not path.exists():
        raise NoSpoolError(f"{path}: no spool")
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=10)) as reader:
            reader.execute("BEGIN")  # one moment for all that is read
            yield reader
    except sqlite3.Error as exc:
        raise NoSpoolError(f"{path}: {exc}") from exc


def _outbox_row(sequence: int, lane: int, body: bytes, recorded_ms: int, refused: str | None) -> OutboxRow:
    event = _document(body)
    if not event:
        return OutboxRow(sequence, _LANES[lane], "", "", _known(recorded_ms), refused, readable(body)[:200])
    data = event["data"]
    words = (data.get(key) for key in ("item", "value_text", "unit", "state", "detail", "sequence"))
    return OutboxRow(
        sequence=event.get("sequence", sequence),
        lane=_LANES[lane],
        type=event.get("type", ""),
        source=event.get("source", ""),
        recorded_at=_known(recorded_ms),
        refused=refused,
        what=" ".join(str(word) for word in words if word not in (None, "")),
    )


def _version(reader: sqlite3.Connection) -> int:
    """Return the version of the file: an older one until its agent starts again."""
    (version,) = reader.execute("PRAGMA user_version").fetchone()
    return int(version)


def _repeat_row(row: tuple[int, str, str, int, str, int, int | None, bytes | None]) -> RepeatRow:
    number, device, cause, came_ms, data, first, first_ms, body = row
    event = None if body is None else _document(body)
    recorded = event["data"] if event else None
    if recorded is not None:
        recorded.pop("raw", None)
    return RepeatRow(number, device, cause, _known(came_ms), json.loads(data), first, _moment(first_ms), recorded)


def _document(body: bytes) -> dict[str, Any]:
    """Return the event; {} for bytes that were damaged on the disk."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    is_event = isinstance(found, dict) and isinstance(found.get("data"), dict)
    return found if is_event else {}


def _letter_row(row: tuple[int, str, str, str, int, int, bytes, int]) -> LetterRow:
    number, device, reason, detail, offset, size, data, recorded_ms = row
    return LetterRow(number, device, reason, detail, offset, size, data, _known(recorded_ms))


def _known(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else _known(milliseconds)
