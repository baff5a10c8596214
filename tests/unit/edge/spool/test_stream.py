"""A spool that is not what the centre has of its stream: it begins another, and nothing without a receipt is lost."""

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from edge.spool.rows import Cause
from edge.spool.spool import Spool
from tests.unit.edge.conftest import MakeSpool, Turned, draft
from wire import chain
from wire.codec import decode
from wire.kinds import Event
from wire.kinds.agent import MAX_RUNS, Again, AgentEvent
from wire.kinds.checkpoint import CheckpointEvent
from wire.kinds.envelope import ZERO_HASH
from wire.kinds.reading import ReadingEvent
from wire.receipts import MARK, Receipt, Refused
from wire.terms import Lane


def rows(spool: Spool) -> list[bytes]:
    found = [row for lane in Lane for row in spool.waiting(lane, 0, 100_000)]
    return [row.body for row in sorted(found, key=lambda row: row.sequence)]


def events(spool: Spool) -> list[Event]:
    return [decode(body) for body in rows(spool)]


def quantities(spool: Spool) -> list[str]:
    return [event.data.quantity for event in events(spool) if isinstance(event, ReadingEvent)]


def forked(spool: Spool, *sequences: int, through: int = 0) -> Receipt:
    refused = tuple(Refused(sequence=sequence, reason="forked") for sequence in sequences)
    return Receipt(stream=spool.stream, through=through, refused=refused)


def assert_chained(spool: Spool, stream: UUID) -> None:
    before = ZERO_HASH
    for at, body in enumerate(rows(spool), start=1):
        event = decode(body)
        assert (event.stream, event.sequence, event.previoushash) == (stream, at, before)
        if isinstance(event, CheckpointEvent):
            assert chain.is_signed(event.data, stream)
        before = chain.digest(body)


def other(spool: Spool, kind: str) -> Receipt:
    """Return a receipt that contradicts a spool with five events."""
    wrong = "ab" * 32
    says: dict[str, dict[str, Any]] = {
        "through": {"through": 9, "hash": wrong},
        "through, said by an older centre": {"through": 9},
        "extra": {"through": 0, "extra": (9,)},
        "hash": {"through": 3, "hash": wrong},
        "head's hash": {"through": 5, "hash": wrong},
        "mark": {"through": 0, "extra": (3,), "extra_marks": (wrong[:MARK],)},
        "forked": {"through": 0, "refused": (Refused(sequence=3, reason="forked"),)},
    }
    return Receipt(stream=spool.stream, **says[kind])


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ("through", Cause.BEHIND),
        ("through, said by an older centre", Cause.BEHIND),
        ("extra", Cause.BEHIND),
        ("hash", Cause.DIVERGED),
        ("head's hash", Cause.DIVERGED),
        ("mark", Cause.DIVERGED),
        ("forked", Cause.DIVERGED),
    ],
)
def test_whatever_contradicts_our_events_begins_a_new_stream(spool: Spool, kind: str, cause: Cause) -> None:
    spool.record([draft(number, lane=Lane.URGENT if number == 2 else Lane.NORMAL) for number in range(1, 6)])
    old, before, names = spool.stream, events(spool), [chain.digest(body) for body in rows(spool)]
    applied = spool.apply([other(spool, kind)])
    assert applied.began is not None
    assert (applied.began.cause, applied.began.replaces, applied.began.rerecorded) == (cause, old, 5)
    assert spool.stream == applied.began.stream != old
    assert_chained(spool, spool.stream)
    first, *again, last = events(spool)
    assert isinstance(first, AgentEvent)
    assert (first.data.state, first.data.replaces, first.data.cause) == ("started", old, cause)
    assert first.data.rerecorded == 5
    assert first.data.again == tuple(Again(first=at, last=at, hash=name) for at, name in enumerate(names, 1))
    assert isinstance(last, CheckpointEvent)
    assert [(event.originalid, event.time, event.source, event.data) for event in again] == [
        (event.id, event.time, event.source, event.data) for event in before
    ]
    assert [row.sequence for row in spool.waiting(Lane.URGENT, 0, 10)] == [3]
    assert (spool.counts().waiting, spool.counts().sequence) == (7, 7)


def test_what_the_centre_has_by_a_matching_hash_is_not_recorded_again(spool: Spool) -> None:
    spool.record([draft(number) for number in range(1, 6)])
    names = [chain.digest(body) for body in rows(spool)]
    stream = spool.stream
    assert spool.apply([Receipt(stream=stream, through=3, hash=names[2])]).done == 3
    assert spool.apply([Receipt(stream=stream, through=3, hash=names[2])]).began is None
    assert spool.apply([Receipt(stream=stream, through=3, extra=(5,), extra_marks=(names[4][:MARK],))]).done == 1
    assert spool.apply([forked(spool, 5)]).began is None, "our event 5 has its receipt: another box's was refused"
    spool.apply([Receipt(stream=stream, through=4, hash="ab" * 32)])
    assert quantities(spool) == ["q4"]


def test_another_box_s_refusal_beside_a_receipt_for_ours_changes_nothing(spool: Spool) -> None:
    spool.record([draft(1)])
    (name,) = [chain.digest(body) for body in rows(spool)]
    refused = (Refused(sequence=1, reason="forked"),)
    applied = spool.apply([Receipt(stream=spool.stream, through=1, hash=name, refused=refused)])
    assert applied.began is None
    assert spool.counts().waiting + spool.counts().refused == 0


def test_the_new_stream_names_the_numbers_without_a_receipt_checkpoints_too(spool: Spool) -> None:
    spool.record([draft(1), draft(2)])
    spool.seal()
    spool.record([draft(4), draft(5)])
    names = [chain.digest(body) for body in rows(spool)]
    spool.apply([Receipt(stream=spool.stream, through=1, hash=names[0], extra=(4,), extra_marks=(names[3][:MARK],))])
    spool.apply([Receipt(stream=spool.stream, through=1, hash="ab" * 32)])
    assert quantities(spool) == ["q2", "q5"]
    (first, *_) = events(spool)
    assert isinstance(first, AgentEvent)
    assert first.data.rerecorded == 2
    assert first.data.again == tuple(Again(first=number, last=number, hash=names[number - 1]) for number in (2, 3, 5))


def test_the_older_ones_are_named_in_runs_and_the_newest_hundred_alone(spool: Spool) -> None:
    spool.record([draft(number) for number in range(1, 251)])
    count, names = spool.counts().sequence, [chain.digest(body) for body in rows(spool)]
    spool.apply([forked(spool, 1)])
    (first, *_) = events(spool)
    assert isinstance(first, AgentEvent)
    run, *alone = first.data.again
    assert run == Again(first=1, last=count - 100, hash=names[count - 101])
    assert alone == [
        Again(first=number, last=number, hash=names[number - 1]) for number in range(count - 99, count + 1)
    ]


def test_of_very_many_runs_the_first_are_named_and_all_is_recorded_again(spool: Spool) -> None:
    spool.record([draft(number) for number in range(1, 3 * MAX_RUNS)])
    bodies = rows(spool)
    had = tuple(range(2, len(bodies), 2))
    spool.apply([Receipt(stream=spool.stream, through=0, extra=had)])
    spool.apply([forked(spool, 1)])
    (first, *_) = events(spool)
    assert isinstance(first, AgentEvent)
    assert len(first.data.again) == MAX_RUNS < first.data.rerecorded == len(quantities(spool))


def test_refused_events_are_recorded_again_too_and_wait(spool: Spool) -> None:
    spool.record([draft(1), draft(2)])
    spool.apply([Receipt(stream=spool.stream, through=0, refused=(Refused(sequence=1, reason="replayed"),))])
    spool.apply([other(spool, "through")])
    assert quantities(spool) == ["q1", "q2"]
    assert spool.counts().refused == 0


def test_twice_in_a_row_the_first_id_and_time_stay(spool: Spool, turned: Turned) -> None:
    spool.record([draft(1)])
    (first,) = events(spool)
    streams = {spool.stream}
    for _ in range(2):
        turned.forward(hours=1)
        spool.apply([other(spool, "through")])
        streams.add(spool.stream)
        again = [event for event in events(spool) if isinstance(event, ReadingEvent)]
        assert [(event.originalid, event.time) for event in again] == [(first.id, first.time)]
        assert_chained(spool, spool.stream)
    assert len(streams) == 3 == len(spool.streams)


def test_the_new_stream_goes_on_after_a_restart_and_its_receipts_are_its_own(
    spool: Spool, make_spool: MakeSpool
) -> None:
    spool.record([draft(number) for number in range(1, 6)])
    old = spool.stream
    spool.apply([other(spool, "through")])
    spool.close()
    again = make_spool()
    assert again.open() == ""
    again.record([draft(6)])
    assert quantities(again) == ["q1", "q2", "q3", "q4", "q5", "q6"]
    assert_chained(again, again.stream)
    assert again.apply([Receipt(stream=old, through=5)]).foreign == 1
    assert not again.is_accepted(2)
    names = [chain.digest(body) for body in rows(again)]
    again.apply([Receipt(stream=again.stream, through=8, hash=names[7])])
    assert again.is_accepted(2)
    assert (again.counts().waiting, again.counts().refused) == (0, 0)


def test_a_checkpoint_of_the_old_stream_is_not_recorded_again(spool: Spool) -> None:
    spool.record([draft(1)])
    spool.seal()
    spool.apply([other(spool, "through")])
    assert [type(event) for event in events(spool)] == [AgentEvent, ReadingEvent, CheckpointEvent]


def test_bytes_that_changed_on_the_disk_are_kept_and_never_recorded_again(
    spool: Spool, make_spool: MakeSpool, tmp_path: Path
) -> None:
    spool.record([draft(1), draft(2), draft(3)])
    spool.close()
    harm(tmp_path, "UPDATE event SET body = CAST(replace(CAST(body AS TEXT), 'q2', 'q9') AS BLOB) WHERE sequence = 2")
    again = make_spool()
    again.open()
    for _ in range(2):
        began = again.apply([other(again, "through")]).began
        assert began is not None
        assert (began.rerecorded, began.damaged) == (2 + (began.replaces != spool.stream), 1)
        assert (again.counts().refused, quantities(again)) == (1, ["q1", "q3"])


def test_without_room_nothing_is_begun_or_lost(spool: Spool, turned: Turned) -> None:
    spool.record([draft(1)])
    old, turned.free = spool.stream, 0
    applied = spool.apply([other(spool, "through")])
    assert (applied.began, applied.is_blocked) == (None, True)
    assert (spool.stream, quantities(spool)) == (old, ["q1"])
    turned.free = 1 << 40
    assert spool.apply([other(spool, "through")]).began is not None


def test_a_pruned_event_is_not_taken_for_another_one(spool: Spool, turned: Turned) -> None:
    spool.record([draft(1), draft(2)])
    names = [chain.digest(body) for body in rows(spool)]
    spool.apply([Receipt(stream=spool.stream, through=1, hash=names[0])])
    turned.forward(days=100)
    assert spool.prune(timedelta(days=90), timedelta(days=3650)) == 1
    assert spool.apply([Receipt(stream=spool.stream, through=1, hash=names[0])]).began is None


def test_the_events_of_all_streams_are_pruned_when_they_are_old_and_receipted(spool: Spool, turned: Turned) -> None:
    spool.record([draft(number) for number in range(1, 6)])
    spool.apply([other(spool, "through")])
    turned.forward(days=100)
    assert spool.prune(timedelta(days=90), timedelta(days=3650)) == 5, "the old stream's rows wait for nothing"
    assert quantities(spool) == ["q1", "q2", "q3", "q4", "q5"]


def test_events_are_found_by_a_mark_over_all_streams_of_the_file(spool: Spool) -> None:
    spool.record([draft(1)])
    spool.apply([other(spool, "through")])
    found = [decode(row.body) for row in spool.events_with(b'"q1"', 0, spool.recorded)]
    assert [event.sequence for event in found] == [1, 2]


def test_a_spool_of_version_1_is_upgraded_in_place(make_spool: MakeSpool, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(Path(__file__).parent / "spool_v1.db", folder / "spool.db")
    shutil.copy(Path(__file__).parent / "spool_v1.key", folder / "key")
    spool = make_spool()
    assert spool.open() == ""
    assert quantities(spool) == ["q2", "q3"]
    assert spool.record([draft(2, identity="ab" * 32)]) == [None]
    spool.record([draft(4)])
    assert [event.sequence for event in events(spool)] == [2, 3, 4]
    assert spool.apply([other(spool, "through")]).began is not None
    assert quantities(spool) == ["q2", "q3", "q4"]


def harm(folder: Path, sql: str) -> None:
    with closing(sqlite3.connect(folder / "data" / "spool.db")) as connection, connection:
        connection.execute(sql)
