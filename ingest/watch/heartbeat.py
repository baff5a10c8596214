"""The heartbeat of a worker: a row that the loop which does the work writes. The server watches it.

A time measured by our own clock goes over as a duration, and the database makes times of it: one clock alone."""

from dataclasses import dataclass
from importlib.metadata import version

from ingest.database import Connection
from storage.errors import translated
from storage.named import queries

_SQL = queries("watch")


@dataclass(frozen=True, slots=True)
class Beat:
    """Beat of a worker. `connected_s`: for how long the broker gives us our share; None: it is away. `committed_s`:
    since the last batch was stored; None: none was."""

    name: str
    lane: str
    connected_s: float | None
    committed_s: float | None
    queued: int


def beat(connection: Connection, state: Beat) -> None:
    """Write a beat. Raises the errors of storage.errors."""
    values = {
        "name": state.name,
        "lane": state.lane,
        "connected_s": state.connected_s,
        "committed_s": state.committed_s,
        "queued": state.queued,
        "version": version("shian"),
    }
    with translated():
        connection.execute(_SQL["beat"], values)


def leave(connection: Connection, name: str, lane: str) -> None:
    """Leave in order: nobody shall miss us. Raises the errors of storage.errors."""
    with translated():
        connection.execute(_SQL["leave"], {"name": name, "lane": lane})
