"""Changes of the database by hand: the walk behind `shian verify` must name that event and no other. Afterwards
everything is put back."""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from storage.findings import Finding, Kind
from tests.simulate.centre import Centre


class _Victim(NamedTuple):
    stream: UUID
    sequence: int
    id: UUID


class _How(NamedTuple):
    """A kind of change. `what` is done to rows of `table`; `beside` are findings that follow from it elsewhere."""

    table: str
    what: str
    kind: Kind
    beside: frozenset[Kind] = frozenset()


# A removed event leaves its typed row without a reason, and a checkpoint that signs it without what it signs; what it
# said of a stream that was given up is not known any more. A removed row is missing in the counts of its day.
HOWS: dict[str, _How] = {
    "remove_event": _How("event", "DELETE FROM event", Kind.REMOVED, frozenset({Kind.ADDED, Kind.SIGNATURE, Kind.GAP})),
    "change_event": _How(
        "event", "UPDATE event SET body = set_byte(body, 40, 33)", Kind.CHANGED, frozenset({Kind.GAP})
    ),
    "remove_row": _How("result", "DELETE FROM result", Kind.REMOVED, frozenset({Kind.COUNT})),
    "change_row": _How("result", "UPDATE result SET value = value + 1", Kind.CHANGED),
    "name_another_limit": _How("result", "UPDATE result SET decided_by = 'polar-compounds-2716'", Kind.VERDICT),
}
_VICTIMS = """
SELECT event.stream, event.sequence, event.id FROM event JOIN stream ON stream.id = event.stream
WHERE event.sequence <= stream.through ORDER BY 1, 2
"""


def look(centre: Centre, how: str, place: int, fail: Callable[[str], Exception]) -> None:
    """Do the change to the event at `place`, and raise the error that `fail` makes of the words when the walk does not
    name it."""
    chosen = HOWS[how]
    key = "id" if chosen.table == "event" else "event"
    there = {row[0] for row in centre.rows(f"SELECT {key} FROM {chosen.table}")}
    victims = [victim for victim in (_Victim(*row) for row in centre.rows(_VICTIMS)) if victim.id in there]
    if not victims:
        return
    victim = victims[place % len(victims)]
    before = set(centre.findings())
    where = f"WHERE {key} = '{victim.id}'"
    _do(centre, f"CREATE TABLE sim.kept AS SELECT * FROM {chosen.table} {where}", f"{chosen.what} {where}")
    new = [finding for finding in centre.findings() if finding not in before]
    names = f"({', '.join(_stored_columns(centre, chosen.table))})"
    columns = names.strip("()")
    _do(
        centre,
        f"DELETE FROM {chosen.table} {where}",
        f"INSERT INTO {chosen.table} {names} SELECT {columns} FROM sim.kept",
        "DROP TABLE sim.kept",
    )
    named = [finding for finding in new if finding.kind is chosen.kind and _place(finding) == victim[:2]]
    others = [
        finding
        for finding in new
        if finding not in named and finding.kind not in chosen.beside and "folded into" not in finding.detail
    ]
    if len(named) != 1 or others:
        raise fail(
            f"{how} of event {victim.sequence} was told as {[f'{finding.kind} {finding.sequence}' for finding in new]}"
        )


def _place(finding: Finding) -> tuple[UUID | None, int | None]:
    return finding.stream, finding.sequence


def _stored_columns(centre: Centre, table: str) -> list[str]:
    rows = centre.rows(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
        " AND is_generated = 'NEVER' ORDER BY ordinal_position",
        table,
    )
    return [name for (name,) in rows]


def _do(centre: Centre, *statements: Any) -> None:
    for statement in statements:
        centre.db.execute(statement.encode())
