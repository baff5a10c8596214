"""A centre that was put back to an older state of itself: what it lacks, and had receipted, is sent again."""

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from edge.commands import status as status_view
from edge.spool import view as spool_view
from edge.spool.spool import Spool
from tests.unit.edge.conftest import MakeSpool, Turned, draft
from wire import chain
from wire.codec import decode
from wire.kinds.agent import AgentEvent
from wire.kinds.checkpoint import CheckpointEvent
from wire.kinds.envelope import ZERO_HASH
from wire.receipts import Receipt
from wire.terms import Lane


def bodies(spool: Spool) -> dict[int, bytes]:
    found = [row for lane in Lane for row in spool.waiting(lane, 0, 100_000)]
    return {row.sequence: row.body for row in sorted(found, key=lambda row: row.sequence)}


def receipted(spool: Spool, count: int = 10, *failed: int) -> dict[int, bytes]:
    """Record events 1 to `count`, and give all of them a receipt."""
    spool.record([draft(at, lane=Lane.URGENT if at in failed else Lane.NORMAL) for at in range(1, count + 1)])
    had = bodies(spool)
    spool.apply([Receipt(stream=spool.stream, through=count, hash=chain.digest(had[count]))])
    assert bodies(spool) == {}
    return had


def test_what_the_centre_lacks_waits_again_under_its_own_numbers_and_lanes(spool: Spool) -> None:
    had = receipted(spool, 10, 5, 9)
    behind = spool.send_again(4)
    assert (behind.through, behind.known, behind.events, behind.missing) == (4, 10, 6, 0)
    found = bodies(spool)
    assert {number: body for number, body in found.items() if number <= 10} == {at: had[at] for at in range(5, 11)}
    assert [row.sequence for row in spool.waiting(Lane.URGENT, 0, 10)] == [5, 9]
    assert spool.counts().waiting == 8
    told, sealed = (decode(found[number]) for number in (11, 12))
    assert isinstance(told, AgentEvent)
    assert isinstance(sealed, CheckpointEvent)
    data = told.data
    assert (data.state, data.cause, data.through, data.resent, data.lost) == ("started", "centre_behind", 4, 6, 0)


def test_once_is_enough_until_the_centre_has_said_more_again(spool: Spool) -> None:
    had = receipted(spool)
    assert spool.known == 10
    spool.send_again(4)
    assert spool.known == 4
    spool.apply([Receipt(stream=spool.stream, through=4, hash=chain.digest(had[4]), extra=(6, 7))])
    assert spool.known == 4
    whole = bodies(spool)
    spool.apply([Receipt(stream=spool.stream, through=12, hash=chain.digest(whole[12]))])
    assert (spool.known, spool.counts().waiting) == (12, 0)
    assert spool.send_again(4).events == 8, "put back a second time, what was sent again is sent again"


def test_what_came_above_a_hole_is_sent_again_too(spool: Spool) -> None:
    spool.record([draft(number) for number in range(1, 7)])
    had = bodies(spool)
    spool.apply([Receipt(stream=spool.stream, through=3, hash=chain.digest(had[3]), extra=(5,))])
    assert (spool.known, sorted(bodies(spool))) == (3, [4, 6])
    assert spool.send_again(0).events == 4
    assert sorted(bodies(spool))[:6] == [1, 2, 3, 4, 5, 6]


def test_what_is_no_longer_kept_is_counted_and_named(spool: Spool, turned: Turned) -> None:
    spool.record([draft(number) for number in range(1, 6)])
    turned.forward(days=95)
    spool.record([draft(number) for number in range(6, 9)])
    spool.apply([Receipt(stream=spool.stream, through=8)])
    assert spool.prune(timedelta(days=90), timedelta(days=3650)) == 5
    behind = spool.send_again(2)
    assert (behind.events, behind.missing, behind.detail) == (3, 3, "3-5")
    told = decode(bodies(spool)[9])
    assert isinstance(told, AgentEvent)
    assert (told.data.resent, told.data.lost, told.data.detail) == (3, 3, "3-5")


def test_a_refused_event_stays_refused_and_is_not_there_twice(spool: Spool) -> None:
    receipted(spool, 5)
    spool.record([draft(6)])
    spool.refuse(6, "replayed")
    spool.send_again(3)
    assert sorted(bodies(spool)) == [4, 5, 7, 8]
    assert (spool.counts().waiting, spool.counts().refused) == (4, 1)


def test_more_than_a_page_is_put_back(spool: Spool) -> None:
    receipted(spool, 99)
    for start in range(0, 1200, 300):
        spool.record([draft(number) for number in range(start, start + 300)])
    head = spool.counts().sequence
    spool.apply([Receipt(stream=spool.stream, through=head)])
    assert spool.send_again(0).events == head
    assert spool.counts().waiting == len(bodies(spool)) == head + 2


def test_what_the_centre_has_said_survives_a_restart_and_belongs_to_its_stream(
    spool: Spool, make_spool: MakeSpool
) -> None:
    receipted(spool)
    spool.close()
    again = make_spool()
    again.open()
    assert again.known == 10
    again.apply([Receipt(stream=again.stream, through=99, hash=ZERO_HASH)])
    assert again.known == 0, "a new stream began"


def test_a_spool_of_an_older_version_knows_what_its_outbox_lacks(make_spool: MakeSpool, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(Path(__file__).parent / "spool_v1.db", folder / "spool.db")
    shutil.copy(Path(__file__).parent / "spool_v1.key", folder / "key")
    spool = make_spool()
    spool.open()
    (lowest, *_) = bodies(spool)
    assert spool.known == lowest - 1 == 1


def test_failed_tests_that_an_older_version_recorded_are_urgent_again(
    spool: Spool, make_spool: MakeSpool, tmp_path: Path
) -> None:
    receipted(spool, 3)
    spool.close()
    with closing(sqlite3.connect(tmp_path / "data" / "spool.db")) as connection, connection:
        connection.execute("UPDATE event SET lane = NULL")
        connection.execute(
            'UPDATE event SET body = CAST(replace(CAST(body AS TEXT), \'"q2"\', \'"device_verdict":"fail"\') AS BLOB)'
        )
    again = make_spool()
    again.open()
    again.send_again(0)
    assert [row.sequence for row in again.waiting(Lane.URGENT, 0, 10)] == [2]


def test_the_status_says_so(spool: Spool, tmp_path: Path) -> None:
    receipted(spool)
    assert status_view.as_document(tmp_path / "data")["spool"]["centre_behind"] == []
    spool.send_again(4)
    (row,) = status_view.as_document(tmp_path / "data")["spool"]["centre_behind"]
    assert (row["stream"], row["through"], row["known"], row["events"], row["missing"]) == (
        str(spool.stream), 4, 10, 6, 0,
    )  # fmt: skip
    assert spool_view.summary(tmp_path / "data").behind[0].events == 6
    status_view.show(tmp_path / "data")
