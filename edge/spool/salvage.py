"""Records the events that are left of another spool in this one: functions inside a transaction of edge/spool/spool.py.

Each event keeps its time and the id that it had first. By that id it is known here when the same spool is salvaged
again, and at the centre when it had its receipt after all. A test that its analyzer has told again meanwhile is not
recorded again."""

from collections.abc import Iterable
from uuid import UUID

from edge.spool.file import Connection
from edge.spool.leftovers import Left
from edge.spool.writer import Writer
from wire.kinds import Event
from wire.kinds.agent import AgentV1
from wire.kinds.result import ResultEvent
from wire.terms import Lane

_AGAIN = "INSERT OR IGNORE INTO recorded_again (original) VALUES (?)"
_IDENTITY = "INSERT OR IGNORE INTO identity (identity, recorded_ms, sequence) VALUES (?, ?, ?)"
_DONE = "INSERT OR REPLACE INTO salvaged (file, recorded, unreadable, at_ms) VALUES (?, ?, ?, ?)"
_RECORDED = "SELECT recorded FROM salvaged WHERE file = ?"


def record(connection: Connection, writer: Writer, events: Iterable[tuple[Event, Lane]]) -> int:
    """Record the events that are not here yet, and return their number."""
    recorded = 0
    for event, lane in events:
        if _is_new(connection, writer, event):
            writer.append_again(event, lane)
            recorded += 1
    return recorded


def _is_new(connection: Connection, writer: Writer, event: Event) -> bool:
    original = event.originalid or event.id
    if connection.execute(_AGAIN, (str(original),)).rowcount == 0:
        return False
    if not isinstance(event, ResultEvent):
        return True
    row = bytes.fromhex(event.data.identity), writer.now_ms, writer.head.number + 1
    return connection.execute(_IDENTITY, row).rowcount > 0


def finish(connection: Connection, writer: Writer, left: Left, recorded: int) -> None:
    """Note that the file was read to its end, and tell the centre how much of it is here. A second time with nothing
    new is not told again."""
    before = connection.execute(_RECORDED, (left.file,)).fetchone()
    total = recorded + (before[0] if before else 0)
    connection.execute(_DONE, (left.file, total, left.unreadable, writer.now_ms))
    if recorded or before is None:
        writer.append_agent(
            AgentV1(
                state="started",
                cause="salvaged",
                detail=left.file,
                replaces=UUID(left.stream) if left.stream else None,
                rerecorded=total,
                unreadable=left.unreadable,
                again=left.again if left.stream else (),
            )
        )
        writer.seal()
