"""The SQL that names every typed table: made of the declarations in storage/kinds.py.

Names are those of our own declarations: nothing from outside comes into a statement's text.
"""

from functools import cache
from typing import Any

from storage.kinds import WITH_ROWS
from storage.named import queries

_SQL = queries("walk")


@cache
def links() -> bytes:
    """Return the query for a stream in order, each event beside its typed rows: the columns of WITH_ROWS in their
    order, of which those of one kind at most are there."""
    return _filled("links", "event")


@cache
def disputed() -> bytes:
    """Return the query for the disputed events, each beside its typed rows in the same way."""
    return _filled("disputed", "disputed")


@cache
def unfounded() -> bytes:
    """Return the query for typed rows that no event says."""
    names = [typed.table.name for typed in WITH_ROWS.values()]
    rows = [f"SELECT station, '{name}' AS name, event FROM {name}" for name in names]  # noqa: S608
    return _SQL["unfounded"].replace(b"/* typed rows */", " UNION ALL ".join(rows).encode())


def parts(columns: tuple[Any, ...]) -> dict[str, dict[str, Any]]:
    """Return what is there in the typed tables, by table and column. `columns`: the typed ones of a row of `links`."""
    found, begin = {}, 0
    for typed in WITH_ROWS.values():
        names = typed.table.columns
        if columns[begin] is not None:  # the event, without which there is no row
            found[typed.table.name] = dict(zip(names, columns[begin : begin + len(names)], strict=True))
        begin += len(names)
    return found


def _filled(name: str, source: str) -> bytes:
    joins = [
        f"LEFT JOIN {row.table.name} ON {source}.type = '{kind.event_type}' AND {row.table.name}.event = {source}.id"
        f" AND {row.table.name}.recorded_at = {source}.recorded_at"
        for kind, row in WITH_ROWS.items()
    ]
    columns = [f"{row.table.name}.{column}" for row in WITH_ROWS.values() for column in row.table.columns]
    statement = _SQL[name].replace(b"/* typed columns */", ", ".join(columns).encode())
    return statement.replace(b"/* typed joins */", " ".join(joins).encode())
