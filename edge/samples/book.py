"""The book of samples: registers, lays out, links and lists. Every change is one transaction of the spool, with the
event that says so; from any thread."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from edge.samples import listing
from edge.samples.asked import (
    Amend,
    ImportResults,
    LayOut,
    LinkTo,
    Register,
    Results,
    Said,
    Samples,
    TypeResult,
)
from edge.samples.entered import Entered, drafted, imported, typed
from edge.samples.errors import Reason, RefusedError, unknown_sample
from edge.samples.finding import Found, Test, find
from edge.samples.numbers import next_number
from edge.samples.tables import Table
from edge.spool.file import Connection, milliseconds
from edge.spool.rows import Draft, Recorded
from edge.spool.spool import Append, Spool
from process.language import t
from wire.events import source_of
from wire.kinds.link import LinkV1
from wire.kinds.result import ResultV1
from wire.kinds.sample import SampleV1
from wire.terms import LinkRule, Role

_ADD = """
INSERT INTO sample (key, number, code, request, revision, data, registered_ms, event) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_CHANGE = "UPDATE sample SET code = ?, revision = ?, data = ?, event = ? WHERE key = ?"
_OF_REQUEST = "SELECT data FROM sample WHERE request = ?"
_ONE = "SELECT data FROM sample WHERE key = ? OR number = ? LIMIT 1"
_AWAIT = (
    "INSERT OR IGNORE INTO awaited (item, sample) SELECT ?, ?"
    " WHERE NOT EXISTS (SELECT 1 FROM tested WHERE tested.sample = ? AND tested.item = ?)"
)
_AWAITS_NO_MORE = "DELETE FROM awaited WHERE sample = ?"
_WAS_TESTED = "DELETE FROM awaited WHERE item = ? AND sample = ?"
_CLEAR = "DELETE FROM layout WHERE device = ?"
_LAY = "INSERT INTO layout (device, channel, sample, item, who) VALUES (?, ?, ?, ?, ?)"
_USE = "UPDATE layout SET run = ? WHERE device = ? AND channel = ?"
_TESTED = """
INSERT OR IGNORE INTO tested
    (id, identity, number, device, item, data, verdict, recorded_ms, sample, rule, who, revision, link)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_BY_IDENTITY = "SELECT id FROM tested WHERE identity = ?"
# Known for years, also when the row went with its event.
_WAS_RECORDED = "SELECT 1 FROM identity WHERE identity = ?"
_ITS_LINK = "SELECT item, sample, rule, who, revision, verdict FROM tested WHERE id = ?"
_LINK = "UPDATE tested SET sample = ?, rule = ?, who = ?, revision = ?, link = ? WHERE id = ?"
_LINKED_BY = "UPDATE tested SET link = ? WHERE id = ?"
# An event without a receipt keeps its rows.
_OLD_RESULTS = """
DELETE FROM tested WHERE recorded_ms < ? AND NOT EXISTS (SELECT 1 FROM event WHERE event.sequence = tested.number)
"""
_OLD_SAMPLES = """
DELETE FROM sample WHERE registered_ms < ? AND key NOT IN (SELECT sample FROM layout)
AND key NOT IN (SELECT sample FROM tested WHERE sample IS NOT NULL)
AND NOT EXISTS (SELECT 1 FROM event WHERE event.sequence = sample.event)
"""
_OLD_HANDLINGS = """
DELETE FROM handling WHERE at_ms < ? AND result NOT IN (SELECT id FROM tested)
AND NOT EXISTS (SELECT 1 FROM event WHERE event.sequence = handling.event)
"""
_NOT_AWAITED = "DELETE FROM awaited WHERE sample NOT IN (SELECT key FROM sample)"


class Book:
    """The book; `today` is the station's day. It is the spool's companion: results that are recorded come to it in
    their own transaction."""

    def __init__(
        self, station: str, folder: Path, *, today: Callable[[], date], new_id: Callable[[], UUID] = uuid7
    ) -> None:
        self.source = source_of(station)
        self._folder = folder
        self._today = today
        self._new_id = new_id

    # Of analyzers

    def find(self, spool: Spool, test: Test) -> Found | None:
        """Find the sample of a test that is about to be recorded."""
        return spool.look(lambda connection: find(connection, test))

    def follow(self, connection: Connection, draft: Draft, recorded: Recorded) -> Draft | None:
        """Note a result that was recorded. Returns its link, where its sample was found."""
        data = draft.data
        if not isinstance(data, ResultV1) or data.role is not Role.SAMPLE:
            return None
        tie, device = draft.tie, draft.source.rpartition("/devices/")[2] if "/devices/" in draft.source else ""
        shown = data.model_dump_json(exclude={"raw"}, exclude_defaults=True)
        key = str(tie.sample) if tie else None
        said = (key, tie.rule.value, tie.who, 1, 0) if tie else (None, "", "", 0, 0)
        at = milliseconds(recorded.recorded_at)
        values = (
            str(recorded.id),
            data.identity,
            recorded.number,
            device,
            data.item,
            shown,
            draft.verdict.value,
            at,
            *said,
        )
        connection.execute(_TESTED, values)
        if tie is None:
            return None
        connection.execute(_WAS_TESTED, (data.item, key))
        if tie.rule is LinkRule.LAYOUT and data.channel is not None:
            connection.execute(_USE, (data.run, device, data.channel))
        link = LinkV1(result=recorded.id, sample=tie.sample, number=tie.number, rule=tie.rule, who=tie.who)
        return Draft(link, self.source, draft.lane)

    def followed(self, connection: Connection, recorded: Recorded, by: Recorded) -> None:
        """Take note of the number of a result's link."""
        connection.execute(_LINKED_BY, (by.number, str(recorded.id)))

    def prune(self, connection: Connection, before_ms: int) -> None:
        """Forget results and samples that are that old and have no event here any more. Numbers are never
        forgotten."""
        connection.execute(_OLD_RESULTS, (before_ms,))
        connection.execute(_OLD_HANDLINGS, (before_ms,))
        connection.execute(_OLD_SAMPLES, (before_ms,))
        connection.execute(_NOT_AWAITED)

    # Of people

    def register(self, spool: Spool, asked: Register) -> SampleV1:
        """Register a sample and give it its number. The same request again: the sample that it made."""

        def work(connection: Connection, append: Append) -> SampleV1:
            if known := connection.execute(_OF_REQUEST, (str(asked.request),)).fetchone():
                return SampleV1.model_validate_json(known[0])
            like = _copied(_sample(connection, asked.like)) if asked.like else {}
            number = next_number(connection, self._today(), self._folder)
            own = {"key": self._new_id(), "number": number, "registrar": asked.who}
            sample = SampleV1.model_validate({**like, **_said(asked), **own})
            recorded = append(Draft(sample, self.source))
            values = (str(sample.key), number, sample.code, str(asked.request), 1, _json(sample))
            connection.execute(_ADD, (*values, milliseconds(recorded.recorded_at), recorded.number))
            await_tests(connection, sample)
            return sample

        return spool.transact(work)

    def amend(self, spool: Spool, asked: Amend) -> SampleV1:
        """Say more of a sample, or something else: another event, nothing is overwritten. Raises RefusedError where
        somebody else did so since."""

        def work(connection: Connection, append: Append) -> SampleV1:
            before = _sample(connection, asked.sample)
            if before.revision != asked.revision:
                raise RefusedError(
                    Reason.CHANGED,
                    t(f"somebody changed {before.number} meanwhile", f"{before.number} 已被他人修改"),
                    sample=json.loads(_json(before)),
                )
            changed = {**before.model_dump(), **_said(asked), "revision": before.revision + 1, "registrar": asked.who}
            sample = SampleV1.model_validate(changed)
            recorded = append(Draft(sample, self.source))
            connection.execute(_CHANGE, (sample.code, sample.revision, _json(sample), recorded.number, str(sample.key)))
            connection.execute(_AWAITS_NO_MORE, (str(sample.key),))
            await_tests(connection, sample)
            return sample

        return spool.transact(work)

    def lay_out(self, spool: Spool, asked: LayOut) -> list[dict[str, Any]]:
        """Lay out the next run of a device, in place of the one before. Raises RefusedError."""
        places = [(well.channel, well.item) for well in asked.wells]
        channels = {channel for channel, _ in places}
        if len(channels) != len(places):
            raise RefusedError(Reason.BAD_REQUEST, t("one well stands there twice", "同一孔位出现两次"))

        def work(connection: Connection, _append: Append) -> list[dict[str, Any]]:
            connection.execute(_CLEAR, (asked.device,))
            for well in asked.wells:
                sample = _sample(connection, well.sample)
                connection.execute(_LAY, (asked.device, well.channel, str(sample.key), well.item, asked.who))
            return listing.layout(connection, asked.device)

        return spool.transact(work)

    def link(self, spool: Spool, asked: LinkTo) -> dict[str, Any]:
        """Say which sample a result is of. Raises RefusedError where somebody else said so since the caller looked."""

        def work(connection: Connection, append: Append) -> dict[str, Any]:
            row = connection.execute(_ITS_LINK, (str(asked.result),)).fetchone()
            if row is None:
                raise RefusedError(Reason.UNKNOWN_RESULT, t("there is no such result", "没有该检测结果"))
            item, before, rule, who, revision, _verdict = row
            if revision != asked.revision:
                raise RefusedError(
                    Reason.CHANGED,
                    t("somebody linked this result meanwhile", "该结果已被他人关联"),
                    sample=before,
                    rule=rule,
                    who=who,
                    revision=revision,
                )
            sample = _sample(connection, asked.sample) if asked.sample else None
            said = LinkV1(
                result=asked.result,
                sample=sample.key if sample else None,
                number=sample.number if sample else "",
                rule=LinkRule.PERSON,
                revision=revision + 1,
                who=asked.who,
                why=asked.why,
            )
            recorded = append(Draft(said, self.source))
            key = str(sample.key) if sample else None
            values = (key, LinkRule.PERSON.value, asked.who, revision + 1, recorded.number, str(asked.result))
            connection.execute(_LINK, values)
            if sample:
                connection.execute(_WAS_TESTED, (item, key))
            for changed in filter(None, (before, key)):
                await_tests(connection, _sample(connection, changed))
            return listing.result(connection, asked.result)

        return spool.transact(work)

    def type_result(self, spool: Spool, asked: TypeResult, table: Table) -> dict[str, Any]:
        """Record a result that a person read by eye. The same request again: the result that it made. Raises
        RefusedError."""
        ((event, is_new),) = self._record(spool, [typed(asked)], table)
        if event is None:
            raise RefusedError(
                Reason.UNKNOWN_RESULT, t("it was recorded, and is no longer kept here", "早已记录，本站已不再保存")
            )
        return {**spool.look(lambda connection: listing.result(connection, event)), "is_new": is_new}

    def import_results(self, spool: Spool, asked: ImportResults, table: Table) -> dict[str, Any]:
        """Record results of another program's file; those that were recorded before are folded."""
        events = self._record(spool, [imported(asked.profile, row) for row in asked.rows], table)
        recorded = sum(is_new for _, is_new in events)
        return {"recorded": recorded, "known": len(events) - recorded}

    def _record(self, spool: Spool, results: Sequence[Entered], table: Table) -> list[tuple[UUID | None, bool]]:
        """Record results that are not here yet; return the event of each, where its row is kept, and whether it is
        new."""
        today = self._today()

        def work(connection: Connection, append: Append) -> list[tuple[UUID | None, bool]]:
            events: list[tuple[UUID | None, bool]] = []
            for entered in results:
                identity = entered.result.identity
                if known := connection.execute(_BY_IDENTITY, (identity,)).fetchone():
                    events.append((UUID(known[0]), False))
                elif connection.execute(_WAS_RECORDED, (bytes.fromhex(identity),)).fetchone():
                    events.append((None, False))
                else:
                    sample = _sample(connection, entered.sample) if entered.sample else None
                    draft = drafted(entered, sample, table, today, self.source)
                    events.append((append(draft).id, True))
            return events

        return spool.transact(work)

    # What there is

    def samples(self, spool: Spool, asked: Samples) -> list[dict[str, Any]]:
        """List samples, the last registered first."""
        return spool.look(lambda connection: listing.samples(connection, asked))

    def sample(self, spool: Spool, name: str) -> dict[str, Any]:
        """Return a sample by key or number, with its results. Raises RefusedError."""

        def query(connection: Connection) -> dict[str, Any]:
            found = _sample(connection, name)
            shown = listing.sample(connection, str(found.key))
            of_it = Results(sample=str(found.key), limit=200)
            return {**shown, "results": listing.results(connection, of_it)}

        return spool.look(query)

    def layout(self, spool: Spool, device: str) -> list[dict[str, Any]]:
        """Return the wells of the next run of a device; '' of all."""
        return spool.look(lambda connection: listing.layout(connection, device))

    def results(self, spool: Spool, asked: Results) -> list[dict[str, Any]]:
        """List results, the newest first, each with what the centre has of it."""
        return spool.look(lambda connection: listing.results(connection, asked))


def _sample(connection: Connection, name: str) -> SampleV1:
    """Return a sample by its key or number. Raises RefusedError."""
    row = connection.execute(_ONE, (name, name)).fetchone()
    if row is None:
        raise unknown_sample(name)
    return SampleV1.model_validate_json(row[0])


def _said(asked: Said) -> dict[str, Any]:
    """Return what the request says of the sample."""
    return {name: value for name in Said.model_fields if (value := getattr(asked, name)) is not None}


def _copied(sample: SampleV1) -> Mapping[str, Any]:
    """Return what the next sample of the same goods has in common with this one."""
    own = {"number", "code", "key", "revision", "scanned", "photo", "registrar", "sampled_at"}
    return sample.model_dump(exclude=own)


def await_tests(connection: Connection, sample: SampleV1) -> None:
    """Let a sample wait for all that it is to be tested for and was not."""
    key = str(sample.key)
    for item in sample.items:
        connection.execute(_AWAIT, (item, key, key, item))


def _json(sample: SampleV1) -> str:
    return sample.model_dump_json(exclude_defaults=True)
