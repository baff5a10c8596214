"""The agent of a box at the station: its real parts on a folder, without its threads and ports."""

import shutil
import sqlite3
import threading
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from edge.device.clock_watch import ClockWatch
from edge.device.intake import Intake
from edge.device.recorder import Origin, Recorder
from edge.device.session import Session
from edge.device.tally import Tally
from edge.metrics import Metrics
from edge.settings import UplinkSettings
from edge.spool.file import FILE, Connection, Cursor, connect
from edge.spool.rows import Draft
from edge.spool.spool import Spool, SpoolPlan
from edge.uplink.report import Report
from edge.uplink.uplink import Uplink
from firmware_adapters.profile import Profile
from firmware_adapters.registry import family
from process.bell import Bell
from tests.simulate.analyzers import KINDS
from tests.simulate.clocks import Clock, Time
from tests.simulate.network import MemoryConnection, Network
from tests.simulate.puppets import Killed, Puppet, Stop
from wire.codec import decode
from wire.events import source_of
from wire.kinds import Event
from wire.kinds.agent import AgentV1
from wire.verdicts import shipped_limits

STATION = "sim"
ZONE = ZoneInfo("Asia/Shanghai")
_NOT_COPIED = shutil.ignore_patterns("agent.lock", "*-shm")
_MIB = 1 << 20


_EVENTS = "SELECT body, hash, sequence NOT IN (SELECT sequence FROM outbox) FROM event"


class Kept(NamedTuple):
    """An event on a disk. `is_done`: it has its receipt, or was recorded again in another stream."""

    event: Event
    hash: str
    is_done: bool


@dataclass(slots=True)
class _Wire:
    """The line to an analyzer. `is_cut`: the agent is killed as it writes its answer."""

    name: str = "wire"
    heard: bytes = b""
    said: bytes = b""
    is_cut: bool = False

    def read(self, _timeout_s: float) -> bytes:
        heard, self.heard = self.heard, b""
        return heard

    def write(self, data: bytes) -> None:
        if self.is_cut:
            raise Killed
        self.said += data

    def close(self) -> None:
        pass


@dataclass(slots=True)
class _Fuse:
    """A connection of SQLite that kills the agent as it commits, when it is lit."""

    inner: sqlite3.Connection
    is_lit: bool = False

    @property
    def in_transaction(self) -> bool:
        return self.inner.in_transaction

    def execute(self, sql: str, parameters: Any = (), /) -> Cursor:
        if self.is_lit and sql == "COMMIT":
            raise Killed
        return self.inner.execute(sql, parameters)

    def executescript(self, sql_script: str, /) -> Any:
        return self.inner.executescript(sql_script)

    def close(self) -> None:
        self.inner.close()


@dataclass(slots=True)
class Box:
    """The agent of one box. `start`, then use; `kill` and `start` again. `disk` is a folder that belongs to this box
    alone."""

    disk: Path
    network: Network
    time: Time
    clock: Clock = field(init=False)
    spool: Spool = field(init=False)
    uplink: Puppet = field(init=False)
    is_up: bool = False
    _wires: dict[str, _Wire] = field(default_factory=dict)
    _sessions: dict[str, Session] = field(default_factory=dict)
    _fuses: list[_Fuse] = field(default_factory=list)
    _bell: Bell = field(default_factory=Bell)
    _stop: Stop = field(init=False)

    def __post_init__(self) -> None:
        self.clock = Clock(self.time)
        self.disk.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        plan = SpoolPlan(STATION, self.disk, min_free=_MIB, checkpoint_events=20)
        self.spool = Spool(plan, clock=self.clock, free_bytes=lambda: 1 << 40, connect=self._connect)
        news = self.spool.open()
        self.is_up = True
        self._tell("started", news)
        self._start_uplink()
        for name in KINDS:
            self._plug_in(name)

    def stop(self) -> None:
        """Stop as an agent that is asked to: its last words are in the spool, and the spool is closed."""
        self._tell("stopped")
        self._end()
        self.spool.close()

    def kill(self) -> None:
        """Kill the agent as kill -9 does. The connection would tidy up as it is closed, so a copy of the disk from
        before that is kept."""
        self._end()
        kept = self.copy()
        self.spool.close()
        shutil.rmtree(self.disk)
        kept.rename(self.disk)

    def lose_power(self) -> None:
        """Lose the power: the agent is killed, and the file with the writes that were not yet in the database's own is
        lost."""
        self.kill()
        (self.disk / f"{FILE}-wal").unlink(missing_ok=True)

    def restore(self, copy: Path) -> None:
        """Replace the disk by an older state of it."""
        self.kill()
        shutil.rmtree(self.disk)
        shutil.copytree(copy, self.disk)

    def copy(self) -> Path:
        """Copy the disk as it is now into a new folder beside it."""
        to = self.disk.with_name(f"copy-{uuid4().hex[:8]}")
        shutil.copytree(self.disk, to, ignore=_NOT_COPIED)
        return to

    def tidy(self) -> None:
        """Make SQLite bring the content of its log into the database's file, as it does from time to time."""
        with sqlite3.connect(self.disk / FILE) as other:
            other.execute("PRAGMA wal_checkpoint(FULL)")
        other.close()

    def talk(self, device: str, data: bytes) -> bytes:
        """Give the agent bytes from an analyzer, and return the agent's answer."""
        wire = self._wires[device]
        wire.heard, wire.said = data, b""
        self._sessions[device].step(threading.Event())
        return wire.said

    def arm(self, device: str, is_before_commit: bool) -> None:
        """Let the next record kill the agent: as it commits, or when that is done and the answer is not."""
        self._wires[device].is_cut = not is_before_commit
        self._fuses[-1].is_lit = is_before_commit

    def seal(self) -> None:
        self.spool.seal()

    @property
    def waiting(self) -> int:
        return self.spool.counts().waiting

    def events(self) -> dict[UUID, Kept]:
        """Return all events on its disk, by id."""
        return read_events(self.disk)

    def _connect(self, path: Path) -> Connection:
        self._fuses.append(_Fuse(connect(path)))
        return self._fuses[-1]

    def _tell(self, state: Any, detail: str = "") -> None:
        self.spool.record([Draft(AgentV1(state=state, version="simulated", detail=detail), source_of(STATION))])
        self.spool.seal()

    def _start_uplink(self) -> None:
        # Small windows and pages: their borders are met with a few events.
        settings = UplinkSettings(window_smallest=2, window_largest=8)
        self._stop = Stop(self._rest)
        uplink = Uplink(
            settings,
            self.spool,
            lambda stream: MemoryConnection(self.network, STATION, stream, clock=self.clock, rest=self._rest),
            report=Report(self.spool, (), version="simulated", clock=self.clock),
            bell=self._bell,
            metrics=Metrics(CollectorRegistry()),
            random=Random(1),
            monotonic=self.time.monotonic,
        )
        self.uplink = Puppet("uplink", lambda: uplink.run(self._stop))

    def _rest(self, seconds: float) -> None:
        self.time.wait(seconds)
        self.uplink.pause()

    def _plug_in(self, name: str) -> None:
        kind = family(name.partition("-")[0])
        profile = _profile(kind.name)
        origin = Origin(STATION, name, kind.name, profile.name, "", ZONE)
        metrics = Metrics(CollectorRegistry())
        intake = Intake(
            origin,
            Recorder(origin, shipped_limits(), uuid4),
            self.spool,
            clock=self.clock,
            retry_s=1.0,
            watch=ClockWatch(300.0),
            metrics=metrics,
            tally=Tally(self.time.monotonic),
            ring=lambda _: None,
        )
        self._wires[name] = wire = _Wire()
        self._sessions[name] = session = Session(
            wire,
            lambda: kind.decoder(profile, passive=False),
            intake,
            monotonic=self.time.monotonic,
            on_bytes=lambda _: None,
        )
        session.start(threading.Event())

    def _end(self) -> None:
        self.is_up = False
        if not self.uplink.is_over:
            self.uplink.kill()
        for fuse in self._fuses:
            fuse.is_lit = False


@cache
def _profile(name: str) -> Profile:
    return family(name).profile()


def read_events(disk: Path) -> dict[UUID, Kept]:
    if not (disk / FILE).exists():
        return {}
    connection = sqlite3.connect(disk / FILE)
    try:
        rows = connection.execute(_EVENTS).fetchall()
    except sqlite3.OperationalError:  # a file without a schema
        return {}
    finally:
        connection.close()
    found = [Kept(decode(body), name, bool(is_done)) for body, name, is_done in rows]
    return {kept.event.id: kept for kept in found}
