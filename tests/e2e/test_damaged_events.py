"""A disk that changes events waiting in a spool: the real spool, the real uplink, a real database. A damaged event is
never sent and never judged, is named everywhere, and holds nobody up."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import CollectorRegistry
from typer.testing import CliRunner

from edge.cli import app
from edge.metrics import Metrics
from edge.settings import UplinkSettings
from edge.spool.rows import Draft
from edge.spool.spool import Spool, SpoolPlan
from edge.uplink.broker import BrokerConnection
from edge.uplink.uplink import Uplink
from ingest.gaps import sweep
from ingest.receipts import receipts
from process.bell import Bell
from process.connections import Broker
from storage.findings import Finding, Kind
from storage.walk import walk
from tests.support.desk import Desk
from tests.support.station import result
from wire.codec import decode
from wire.events import source_of
from wire.kinds import Event
from wire.kinds.envelope import ZERO_HASH
from wire.receipts import Receipt
from wire.receipts import encode as encode_receipt
from wire.status import Status
from wire.terms import Lane
from wire.topics import Leaf, topic

_STATION = "market-1"


class _Line(BrokerConnection):
    """Line from the uplink to the desk, with the receipts back. It ends after some polls in silence."""

    def __init__(self, desk: Desk, stream: UUID, stop: threading.Event) -> None:
        super().__init__(Broker(), _STATION, stream, version="", clock=lambda: datetime.now(UTC), connect_s=1.0)
        self._desk = desk
        self._stop = stop
        self._mids = 0
        self._quiet = 0
        self.sent: list[bytes] = []
        self._fresh: list[bytes] = []

    def open(self) -> None: ...

    def publish(self, body: bytes, leaf: Leaf = Leaf.EVENTS) -> int:
        self._mids += 1
        self._fresh.append(body)
        self._pubacks.append((self._mids, ""))
        return self._mids

    def publish_status(self, status: Status) -> int:
        assert status.stream is not None
        self._receipts.append(encode_receipt(Receipt(stream=status.stream, through=0, hash=ZERO_HASH)))
        return 0

    def say_goodbye(self, status: Status) -> None: ...

    def poll(self, timeout_s: float, *wakers: object) -> None:
        fresh, self._fresh = self._fresh, []
        self.sent += fresh
        self._quiet = 0 if fresh else self._quiet + 1
        if fresh:
            outcome = self._desk.take(topic(_STATION, Leaf.EVENTS), *fresh)
            self._receipts += [receipt.body for receipt in receipts(outcome)]
        if self._quiet > 3:
            self._stop.set()


class Station:
    """A spool on a disk that a test damages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.spool = Spool(
            SpoolPlan(_STATION, folder, checkpoint_events=7),
            clock=lambda: datetime.now(UTC),
            free_bytes=lambda: 1 << 40,
        )
        self.spool.open()

    def record(self, values: list[float]) -> None:
        for number, value in enumerate(values):
            lane = Lane.URGENT if value > 50 else Lane.NORMAL
            data = result(value, number=str(number), raw="")
            self.spool.record([Draft(data, source_of(_STATION, "tester-1"), lane)])

    def damage(self, sequence: int, how: Callable[[bytes], bytes]) -> None:
        with closing(sqlite3.connect(self.folder / "spool.db", isolation_level=None)) as connection:
            ((body,),) = connection.execute("SELECT body FROM event WHERE sequence = ?", (sequence,)).fetchall()
            assert how(body) != body
            connection.execute("UPDATE event SET body = ? WHERE sequence = ?", (how(body), sequence))

    def send(self, desk: Desk) -> list[Event]:
        stop = threading.Event()
        lines: list[_Line] = []

        def connect(stream: UUID) -> _Line:
            lines.append(_Line(desk, stream, stop))
            return lines[-1]

        class Report:
            def weight(self) -> Any:
                return ()

            def status(_, **more: Any) -> Status:  # noqa: N805
                return Status(state="online", at=datetime.now(UTC), version="", stream=self.spool.stream)

        metrics = Metrics(CollectorRegistry())
        bell = Bell()
        settings = UplinkSettings(reconnect_s=0.001, reconnect_longest_s=0.002)
        report: Any = Report()
        uplink = Uplink(settings, self.spool, connect, report=report, bell=bell, metrics=metrics, random=Random(1))
        uplink.run(stop)
        bell.close()
        return [decode(body) for line in lines for body in line.sent]


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    box = Station(tmp_path / "data")
    yield box
    box.spool.close()


def _flip(body: bytes) -> bytes:
    """Flip one bit: 18.77 becomes 28.77."""
    return body.replace(b"18.77", b"\x3218.77"[0:1] + b"8.77")


def _break(body: bytes) -> bytes:
    return body[:40] + b"\x00\xff\x1b[2J" + body[45:-3]


def _shown(station: Station, command: str) -> str:
    (station.folder / "edge.toml").write_text(f'station = "{_STATION}"\ndata = "{station.folder}"\n', "utf-8")
    told = CliRunner().invoke(app, [command, "--json", "--config", str(station.folder / "edge.toml")])
    assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
    return told.stdout


@pytest.mark.parametrize("how", [_flip, _break], ids=["flipped", "broken"])
@pytest.mark.parametrize("damaged", [[3], [1], [3, 4], [2, 9, 12]], ids=str)
def test_a_damaged_event_is_named_and_holds_nobody_up(
    station: Station, desk: Desk, how: Callable[[bytes], bytes], damaged: list[int]
) -> None:
    desk.station(_STATION)
    station.record([18.77] * 12)
    station.spool.seal()
    for sequence in damaged:
        station.damage(sequence, how if b"18.77" in _body(station, sequence) else _break)
    for _ in range(2):  # what was said once is not said again
        station.send(desk)
    head = station.spool.counts()
    assert (head.waiting, head.refused) == (0, len(damaged))
    assert (
        desk.one("SELECT through FROM stream WHERE station <> 'centre'")
        == desk.one("SELECT highest FROM stream WHERE station <> 'centre'")
        == head.sequence
    )
    assert desk.rows("SELECT sequence FROM accounted ORDER BY 1") == [(number,) for number in damaged]
    assert desk.rows("SELECT broken_at, gap_since FROM stream WHERE station <> 'centre'") == [(None, None)]
    assert desk.one("SELECT count(*) FROM result WHERE value <> 18.77") == 0
    assert desk.one("SELECT count(*) FROM quarantine") == 0
    desk.let_holes_stand(3600)
    sweep(desk.connection, after_s=1)
    assert desk.rows("SELECT rule, count(*) FROM alert GROUP BY 1") == [("spool_damaged", 1)]
    assert desk.one("SELECT facts -> 'sequences' FROM alert") == damaged
    found = [finding for finding in walk(desk.connection) if isinstance(finding, Finding)]
    assert [(finding.kind, finding.sequence) for finding in found] == [(Kind.DAMAGED, number) for number in damaged]
    assert json.loads(_shown(station, "status"))["spool"]["refused"] == {"damaged": len(damaged)}
    assert _shown(station, "outbox").count("damaged") >= len(damaged)


def test_a_failed_test_that_is_damaged_alerts_and_its_text_can_still_be_read(station: Station, desk: Desk) -> None:
    desk.station(_STATION)
    station.record([12.0, 93.5, 12.0])
    station.damage(2, lambda body: body.replace(b"93.5", b"13.5"))
    station.send(desk)
    assert desk.one("SELECT count(*) FROM result") == 2
    note = desk.one(
        "SELECT note FROM alert_step JOIN alert ON alert.id = alert_step.alert WHERE rule = 'spool_damaged'"
    )
    assert "13.5" in note
    assert '"sample"' in note or "sample" in note


def test_the_newest_event_that_is_damaged_costs_itself_alone(station: Station, desk: Desk) -> None:
    desk.station(_STATION)
    station.record([18.77] * 4)
    station.damage(4, _flip)
    station.spool.close()
    again = Station(station.folder)
    try:
        assert again.spool.stream == station.spool.stream
        again.record([18.77])
        again.send(desk)
        assert desk.one("SELECT count(*) FROM result WHERE value = 18.77") == 4
        assert desk.rows("SELECT sequence FROM accounted") == [(4,)]
    finally:
        again.spool.close()


def _body(station: Station, sequence: int) -> bytes:
    with closing(sqlite3.connect(station.folder / "spool.db", isolation_level=None)) as connection:
        ((body,),) = connection.execute("SELECT body FROM event WHERE sequence = ?", (sequence,)).fetchall()
    return bytes(body)
