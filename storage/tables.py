"""A table's columns with their types, for the fast ways into it and for the walk that compares its rows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A table's name, its columns in the order of a row, and their PostgreSQL types."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]


def table(name: str, columns: str) -> Table:
    """Return the table of `columns`: names with their types, separated by commas."""
    pairs = [pair.split() for pair in columns.split(",")]
    return Table(name, tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))


EVENT = table(
    "event",
    "stream uuid, sequence int8, id uuid, station text, device text, type text, recorded_at timestamptz,"
    " received_at timestamptz, previous bytea, hash bytea, body bytea",
)
