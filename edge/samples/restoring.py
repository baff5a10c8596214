"""Rebuilds the book's rows from the events that are left of a spool that was put aside (`shian edge salvage`).

All that the rows say was said by events: registrations, results, links, what people did. Only what never was an event
is lost, and is told: the layout of a run, which must not be guessed after a while either."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from uuid import UUID

from edge.samples.book import await_tests
from edge.spool.file import Connection, milliseconds
from edge.spool.leftovers import Left
from edge.spool.spool import Append, Spool
from wire.codec import RefusedError, decode
from wire.kinds import Event
from wire.kinds.handling import HandlingEvent
from wire.kinds.link import LinkEvent
from wire.kinds.result import ResultEvent, ResultV1
from wire.kinds.sample import SampleEvent, SampleV1
from wire.terms import HandlingStep, Role, Verdict
from wire.verdicts import LimitTable, effective, shipped_limits

_ADD = """
INSERT OR IGNORE INTO sample (key, number, code, request, revision, data, registered_ms, event)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_CHANGE = "UPDATE sample SET code = ?, revision = ?, data = ?, event = ? WHERE key = ? AND revision < ?"
_NEWEST = "SELECT data FROM sample WHERE key = ?"
_FIRST = "UPDATE sample SET registered_ms = min(registered_ms, ?) WHERE key = ?"
_TESTED = """
INSERT OR IGNORE INTO tested (id, identity, number, device, item, data, verdict, recorded_ms, rule, who, revision, link)
SELECT ?, ?, ?, ?, ?, ?, ?, ?, '', '', 0, 0 WHERE NOT EXISTS (SELECT 1 FROM tested WHERE identity = ?)
"""
_LINK = "UPDATE tested SET sample = ?, rule = ?, who = ?, revision = ?, link = ? WHERE id = ? AND revision < ?"
_HANDLING = "INSERT OR IGNORE INTO handling (request, result, step, data, at_ms, event) VALUES (?, ?, ?, ?, ?, ?)"
_KNOWN = "SELECT 1 FROM handling WHERE event = ? OR request = ?"
_LOWEST = "SELECT min(0, coalesce((SELECT min(number) FROM tested), 0))"
# A second test that was asked for and has not come.
_AWAITS_RETEST = """
INSERT OR IGNORE INTO awaited (item, sample)
SELECT tested.item, tested.sample FROM handling JOIN tested ON tested.id = handling.result
WHERE handling.step = ? AND tested.sample IS NOT NULL AND NOT EXISTS (SELECT 1 FROM tested AS later
    WHERE later.sample = tested.sample AND later.item = tested.item AND later.recorded_ms > handling.at_ms)
"""
_AGAIN = """SELECT sequence, body FROM event WHERE instr(body, CAST('"originalid"' AS BLOB))"""
_MISSING = """
SELECT count(DISTINCT sample) FROM tested WHERE sample IS NOT NULL AND sample NOT IN (SELECT key FROM sample)
"""
_COUNTS = "SELECT (SELECT count(*) FROM sample), (SELECT count(*) FROM tested)"


@dataclass(frozen=True, slots=True)
class Restored:
    """Rows that are listed again. `missing`: samples that results name, and whose registration cannot be read."""

    samples: int
    results: int
    missing: int


def restore(spool: Spool, left: Left) -> Restored:
    """Rebuild the rows, in one transaction; a second time changes nothing. Events that had a receipt get numbers below
    all others, so that they count as received."""

    def work(connection: Connection, _append: Append) -> Restored:
        before = connection.execute(_COUNTS).fetchone()
        events = sorted(_decoded(left.known), key=lambda event: (event.time, event.sequence))
        here = _numbers(connection)
        (lowest,) = connection.execute(_LOWEST).fetchone()
        numbers = count(lowest - len(events))
        numbered = [(event, here.get(_first(event)) or next(numbers)) for event in events]
        for event, number in numbered:
            if isinstance(event, SampleEvent):
                _sample(connection, event, number, left.requests)
            elif isinstance(event, ResultEvent) and event.data.role is Role.SAMPLE:
                _result(connection, event, number)
        for event, number in numbered:
            if isinstance(event, LinkEvent):
                _link(connection, event, number)
            elif isinstance(event, HandlingEvent):
                _handling(connection, event, number)
        for event, _ in numbered:
            if isinstance(event, SampleEvent) and event.data.key is not None:
                (newest,) = connection.execute(
                    "SELECT data FROM sample WHERE key = ?", (str(event.data.key),)
                ).fetchone()
                await_tests(connection, SampleV1.model_validate_json(newest))
        connection.execute(_AWAITS_RETEST, (HandlingStep.RETEST.value,))
        samples, results = connection.execute(_COUNTS).fetchone()
        (missing,) = connection.execute(_MISSING).fetchone()
        return Restored(samples - before[0], results - before[1], missing)

    return spool.transact(work)


def _decoded(bodies: Iterable[bytes]) -> Iterable[Event]:
    for body in bodies:
        try:
            yield decode(body)
        except RefusedError:
            continue


def _first(event: Event) -> UUID:
    return event.originalid or event.id


def _numbers(connection: Connection) -> dict[UUID, int]:
    """Return the numbers in this file of the events that were recorded again, by the ids that they had first."""
    found = {}
    for number, body in connection.execute(_AGAIN):
        for event in _decoded([body]):
            found[_first(event)] = number
    return found


def _sample(connection: Connection, event: SampleEvent, number: int, requests: dict[str, str]) -> None:
    said = event.data
    if said.key is None:
        return
    key, shown = str(said.key), said.model_dump_json(exclude_defaults=True)
    at = milliseconds(event.time)
    request = requests.get(key, str(_first(event)))
    added = connection.execute(_ADD, (key, said.number, said.code, request, said.revision, shown, at, number))
    if added.rowcount == 0:
        connection.execute(_CHANGE, (said.code, said.revision, shown, number, key, said.revision))
        connection.execute(_FIRST, (at, key))


def _result(connection: Connection, event: ResultEvent, number: int) -> None:
    said = event.data
    shown = said.model_dump_json(exclude={"raw"}, exclude_defaults=True)
    values = (str(_first(event)), said.identity, number, event.device or "", said.item, shown)
    at = milliseconds(event.time)
    connection.execute(_TESTED, (*values, _verdict(said, event).value, at, said.identity))


def _verdict(said: ResultV1, event: ResultEvent) -> Verdict:
    """Return the verdict as the station judged it; where it judged by the package's limits, by those."""
    decided = said.station_verdict or LimitTable(shipped_limits()).decide(said, event.time.date()).verdict
    is_failed = Verdict.FAIL in (decided, said.device_verdict)
    return Verdict.FAIL if is_failed else effective(decided, said.device_verdict)


def _link(connection: Connection, event: LinkEvent, number: int) -> None:
    said = event.data
    key = str(said.sample) if said.sample else None
    values = (key, said.rule.value, said.who, said.revision, number, str(said.result), said.revision)
    connection.execute(_LINK, values)


def _handling(connection: Connection, event: HandlingEvent, number: int) -> None:
    said, first = event.data, str(_first(event))
    if connection.execute(_KNOWN, (number, first)).fetchone() is None:
        shown = said.model_dump_json(exclude_defaults=True)
        values = (first, str(said.result), said.step.value, shown, milliseconds(event.time), number)
        connection.execute(_HANDLING, values)
