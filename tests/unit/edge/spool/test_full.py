"""A full disk: the free-space floor, and SQLite's own "database or disk is full"."""

import sqlite3
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.errors import SpoolFullError
from edge.spool.file import connect
from edge.spool.spool import Spool
from tests.unit.edge.conftest import MakeSpool, Turned, draft
from tests.unit.edge.spool.test_spool import events, receipt
from wire.kinds.agent import AgentEvent


def test_below_the_floor_nothing_is_recorded_and_it_is_said_once(spool: Spool, turned: Turned) -> None:
    spool.record([draft(1)])
    turned.free = 1 << 20
    with capture_logs() as logs:
        for _ in range(3):
            with pytest.raises(SpoolFullError, match="1 MiB free, 64 MiB must stay free"):
                spool.record([draft(2)])
            assert not spool.look_for_room()
    assert [entry["event"] for entry in logs] == ["spool_full"]
    assert spool.full_since == turned.now
    assert spool.counts().sequence == 1


def test_when_there_is_room_again_the_stream_says_what_happened(spool: Spool, turned: Turned) -> None:
    turned.free = 0
    with pytest.raises(SpoolFullError):
        spool.record([draft(1)])
    turned.free = 1 << 40
    turned.forward(minutes=5)
    spool.record([draft(1)])
    assert spool.full_since is None
    told = [event.data for event in events(spool) if isinstance(event, AgentEvent)]
    assert [data.state for data in told] == ["spool_full", "spool_writable"]
    assert "since 2026-01-10T00:00:00+00:00: 0 MiB free" in told[0].detail
    assert spool.look_for_room()
    assert spool.counts().sequence == 3, "said once"


def test_an_agent_without_work_notices_room_as_well(spool: Spool, turned: Turned) -> None:
    turned.free = 0
    assert not spool.look_for_room()
    turned.free = 1 << 40
    assert spool.look_for_room()
    assert spool.full_since is None
    assert spool.counts().sequence == 2


def test_pages_that_receipts_released_are_room(make_spool: MakeSpool, turned: Turned) -> None:
    spool = make_spool()
    spool.open()
    spool.record([draft(number) for number in range(2000)])
    spool.apply([receipt(spool, spool.counts().sequence)])
    turned.forward(days=91)
    turned.free = (64 << 20) - 4096 * 10
    assert not spool.look_for_room()
    from datetime import timedelta

    spool.prune(timedelta(days=90), timedelta(days=3650))
    assert spool.look_for_room()


def test_sqlite_without_room_leaves_nothing_half_written_and_goes_on_later(make_spool: MakeSpool) -> None:
    opened: list[sqlite3.Connection] = []

    def limited(path: Path) -> sqlite3.Connection:
        opened.append(connect(path))
        return opened[-1]

    spool = make_spool(connect=limited)
    spool.open()
    spool.record([draft(1)])
    (pages,) = opened[0].execute("PRAGMA page_count").fetchone()
    opened[0].execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(SpoolFullError, match="takes no writes"):
        spool.record([draft(number, identity=f"{number:064x}") for number in range(2, 200)])
    assert spool.counts().sequence == 1
    opened[0].execute("PRAGMA max_page_count = 1000000")
    answers = spool.record([draft(number, identity=f"{number:064x}") for number in range(2, 200)])
    assert None not in answers
    found = [event.sequence for event in events(spool)]
    assert found == list(range(1, len(found) + 1))
    assert opened[0].execute("PRAGMA integrity_check").fetchone() == ("ok",)
