"""All of Shian as real processes around a test: durable PostgreSQL, broker, ingest, server, agents with virtual
analyzers, a webhook receiver. Each can be killed and started again."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from edge.keys import load_or_make
from edge.spool.view import NoSpoolError, summary
from firmware_adapters.contract import Specimen
from firmware_adapters.registry import family
from shian.demo.receiver import Receiver
from shian.demo.virtual import Rack, VirtualAnalyzer, impatient_profile
from shian.local.broker import Kind, LocalBroker
from shian.local.children import Child
from shian.local.layout import Table, write_settings
from shian.local.ports import free_port
from shian.local.postgres import LocalPostgres
from storage.migrate import migrate
from storage.stations import Station, enrol
from tests.support import processes, services, tcp_port
from tests.support.waiting import wait_for
from wire.chain import public_key

SECRET = "whsec_" + base64.b64encode(b"a secret of the tests only").decode()
SUBSCRIPTION = "0199b0de-0000-7000-8000-000000000001"
# The protocols' own patience (15 s for an answer) passes five times as fast for the virtual analyzers.
HASTE = 5.0


@dataclass(frozen=True, slots=True)
class Analyzer:
    """A virtual analyzer of a station. `memory`: what it measured before anybody listened. `is_tcp`: the agent reaches
    it over a socket; `is_caller`: it connects to the agent."""

    name: str
    adapter: str
    profile: str
    memory: tuple[Specimen, ...] = ()
    is_tcp: bool = False
    is_caller: bool = False


@dataclass(frozen=True, slots=True)
class Agent:
    station: str
    analyzers: tuple[Analyzer, ...]


@dataclass(slots=True)
class System:
    folder: Path
    postgres: LocalPostgres
    broker: LocalBroker
    receiver: Receiver
    rack: Rack
    zone: ZoneInfo
    port: int
    ingest: Child
    server: Child
    edges: dict[str, Child] = field(default_factory=dict)
    analyzers: dict[tuple[str, str], VirtualAnalyzer] = field(default_factory=dict)

    @property
    def dsn(self) -> str:
        return self.postgres.dsn

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def deliveries(self) -> list[dict[str, Any]]:
        """Return the deliveries that the receiver took, in order."""
        path = self.logs / "webhook.log"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

    def data(self, station: str) -> Path:
        return self.folder / "stations" / station / "data"

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn, connect_timeout=60) as connection:
            return connection.execute(query.encode()).fetchall()

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=60) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError as exc:
            exc.close()
            return False
        except OSError:
            return False

    def wait_until_ready(self) -> None:
        try:
            wait_for(lambda: self.is_ready() or not self.server.is_running, timeout_s=60, what="the server")
            assert self.server.is_running, "the server ended"
        except AssertionError as exc:
            exc.add_note(self.server.log.read_text("utf-8")[-4000:])
            raise

    def waiting(self, station: str) -> int:
        """Count the events of the station without a receipt, the refused ones too; -1: it has no spool yet."""
        try:
            told = summary(self.data(station))
        except NoSpoolError:
            return -1
        return told.waiting + sum(told.refused.values())

    def wait_until_drained(self, timeout_s: float) -> None:
        for station in self.edges:
            wait_for(partial(self._is_drained, station), timeout_s=timeout_s, what=f"the spool of {station} to empty")

    def _is_drained(self, station: str) -> bool:
        return self.waiting(station) == 0


@contextmanager
def running(kind: Kind, agents: tuple[Agent, ...], *, seed: int, is_durable: bool = True) -> Iterator[System]:
    """Start everything and yield it ready; at the end everything is ended, whatever happened."""
    with ExitStack() as closing:
        folder = closing.enter_context(services.short_folder())
        postgres = LocalPostgres(folder / "postgres", settings={} if is_durable else _FAST)
        postgres.start()
        closing.callback(postgres.stop)
        broker = LocalBroker(folder / "broker", free_port(), kind)
        broker.start()
        closing.callback(broker.stop)
        receiver = closing.enter_context(Receiver(folder / "logs" / "webhook.log", SECRET))
        rack = closing.enter_context(Rack(haste=HASTE))
        port = free_port()
        centre = _write_centre(folder, postgres, broker, port)
        system = System(folder, postgres, broker, receiver, rack, zone_near_noon(), port, *centre)
        _prepare_database(system, agents)
        for agent in agents:
            _prepare_agent(system, agent, Random(f"{seed}-{agent.station}"), closing)
        rack.start(list(system.analyzers.values()))
        for child in (system.ingest, system.server, *system.edges.values()):
            closing.callback(child.stop)
            child.start()
        system.wait_until_ready()
        yield system


_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def zone_near_noon() -> ZoneInfo:
    """Return a zone where it is near noon. Analyzers that are asked by day must not see midnight pass in the middle of
    a test."""
    hours = (12 - datetime.now(UTC).hour + 12) % 24 - 12
    # The signs of Etc/GMT are those of POSIX: west is positive.
    return ZoneInfo(f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT")


def _write_centre(folder: Path, postgres: LocalPostgres, broker: LocalBroker, port: int) -> tuple[Child, Child]:
    ingest, server = folder / "ingest.toml", folder / "server.toml"
    address: Table = {"host": "127.0.0.1", "port": broker.port}

    def by(role: str) -> str:
        return services.as_role(services.as_owner(postgres.dsn), role)

    top: dict[str, str | int | float | bool] = {"name": "test", "sweep_s": 1.0}
    if not broker.keeps_sessions:
        top["session_expiry_s"] = 0
    write_settings(ingest, top, {"broker": address, "database": {"dsn": by(services.INGEST)}}, {})
    delivery: Table = {
        "allow_private_addresses": True,
        "ports": [],
        "attempt_s": 2.0,
        "lease_s": 5.0,
        "poll_s": 1.0,
        "retry_first_s": 0.2,
        "retry_longest_s": 2.0,
    }
    tables = {"database": {"dsn": by(services.SERVER)}, "delivery": delivery, "accounts": {"is_on": False}}
    write_settings(server, {"port": port}, tables, {})
    logs = folder / "logs"
    return (
        processes.shian("ingest", logs, ["ingest", "run", "--config", ingest]),
        processes.shian("server", logs, ["server", "run", "--config", server]),
    )


def _prepare_database(system: System, agents: tuple[Agent, ...]) -> None:
    services.make_roles(system.postgres)
    migrate(system.dsn, roles=services.ROLES)
    with psycopg.connect(system.dsn) as connection:
        for agent in agents:
            system.data(agent.station).mkdir(parents=True)
            private, _ = load_or_make(system.data(agent.station) / "key")
            enrol(connection, Station(agent.station, public_key=public_key(private)))
        connection.execute(
            "INSERT INTO subscription (id, name, channel, address, secret) VALUES (%s, 'test', 'webhook', %s, %s)",
            [SUBSCRIPTION, system.receiver.address, SECRET],
        )


def _prepare_agent(system: System, agent: Agent, rng: Random, closing: ExitStack) -> None:
    devices: list[dict[str, str | int | float | bool]] = []
    for analyzer in agent.analyzers:
        chosen = family(analyzer.adapter)
        profile = analyzer.profile
        if analyzer.adapter == "pesticide":
            profile = str(impatient_profile(chosen, profile, 0.5, system.folder / "profiles"))
        port = system.folder / "ports" / f"{agent.station}-{analyzer.name}"
        simulator = chosen.simulator(chosen.profile(profile), rng)
        for specimen in analyzer.memory:
            simulator.measure(specimen)
        system.analyzers[agent.station, analyzer.name] = VirtualAnalyzer(analyzer.name, simulator, port)
        address = str(port)
        if analyzer.is_tcp:
            address = closing.enter_context(tcp_port.serving(port))
        elif analyzer.is_caller:
            address = closing.enter_context(tcp_port.calling(port, free_port()))
        devices.append({"name": analyzer.name, "port": address, "adapter": analyzer.adapter, "profile": profile})
    config = system.folder / "stations" / agent.station / "edge.toml"
    uplink: Table = {"reconnect_s": 0.2, "reconnect_longest_s": 1.0, "receipt_s": 1.0, "receipt_longest_s": 4.0}
    write_settings(
        config,
        {"station": agent.station, "data": str(system.data(agent.station)), "timezone": str(system.zone)},
        {"broker": {"host": "127.0.0.1", "port": system.broker.port}, "uplink": uplink},
        {"device": devices},
    )
    name = f"edge-{agent.station}"
    system.edges[agent.station] = processes.shian(name, system.logs, ["edge", "run", "--config", config])
