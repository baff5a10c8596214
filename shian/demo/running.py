"""The demo district, running: stations enrolled with their keys, an agent each, virtual analyzers that measure."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import psycopg

from edge.keys import load_or_make
from edge.samples.desk import SOCKET
from firmware_adapters.contract import Simulator, Specimen
from firmware_adapters.registry import family
from process.connections import DISTRICT_ZONE
from process.language import t
from shian.demo import lists
from shian.demo.cameras import DemoCameras
from shian.demo.control import Answer
from shian.demo.district import Device, District, Equipment, Pace, Samples, measured
from shian.demo.district import Station as Site
from shian.demo.goods import Goods
from shian.demo.operated import Runs
from shian.demo.virtual import Rack, VirtualAnalyzer, analyzer_time, impatient_profile
from shian.local.layout import Table, write_settings
from shian.local.stack import Stack
from storage import areas, deeds
from storage.areas import Area
from storage.deeds import Actor, Deed
from storage.stations import Station, enrol, pin_key
from wire.chain import public_key

ZONE = ZoneInfo(DISTRICT_ZONE)
# Testers that are asked answer with the whole day, or with all they have: in a demo that runs for days their memory is
# cleared now and then, as the staff of a market would do.
_ASKED = frozenset({"dy2620", "dy6100", "dy723", "pesticide"})
# Probes always show something, also before the first change: their memory does not begin with zeros.
_PROBES = frozenset({"modbus_rtu"})
_POLL_S = 2.0
_TITLE = "INSERT INTO device_title (station, device, title, title_en) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
_MEMORY = 100
# Nine processes at once on two cores would hold each other, and the page, up: the others wait for the page, so long at
# most.
_FIRST_AGENTS = 2
_FIRST_PAUSE_S = 30.0
_NEXT_AGENT_S = 1.0


def _local_now() -> datetime:
    return analyzer_time(ZONE)


@dataclass(frozen=True, slots=True)
class Place:
    """One analyzer of the district and where it stands."""

    station: str
    device: Device
    analyzer: VirtualAnalyzer


@dataclass(slots=True)
class Demo:
    district: District
    stack: Stack
    rack: Rack
    cameras: DemoCameras
    rng: Random
    rate: float
    screens: dict[str, str] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    _samples: Samples = field(init=False)
    _goods: Goods = field(init=False)
    _pace: Pace = field(init=False)
    _started_at: float = 0.0
    _next_agent_at: float = 0.0
    _goes_on: bool = False
    _waiting: list[str] = field(default_factory=list)
    _measured: dict[str, int] = field(default_factory=dict)
    _runs: dict[str, Runs] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._samples = Samples(self.rng, {item.code: item for item in self.district.item})
        count = sum(len(station.device) for station in self.district.station)
        self._goods = Goods(self.rng)
        self._pace = Pace(self.rng, count, self.rate)

    def prepare(self) -> None:
        """Enrol the stations, write the agents' settings, switch the analyzers on. The database must be migrated."""
        with psycopg.connect(self.stack.dsn) as connection:
            for area in self.district.area:
                areas.ensure(connection, Area(area.code, area.name, area.parent, area.name_en))
            for station in self.district.station:
                self._enrol(connection, station.name)
            lists.take_in(connection, self.district)
        for station in self.district.station:
            self.places += [self._place(station.name, device) for device in station.device]
        for place in self.places:
            if place.device.adapter in _PROBES:
                self._show_first(place)
        self.cameras.prepare()
        self.rack.start([place.analyzer for place in self.places])
        for station in self.district.station:
            if station.has_screen:
                self.screens[station.name] = f"127.0.0.1:{self.stack.screen_port(len(self.screens))}"
        self._started_at = time.monotonic()
        self._next_agent_at = self._started_at + _FIRST_PAUSE_S
        self._waiting = [station.name for station in self.district.station]

    def _show_first(self, place: Place) -> None:
        for item in self.district.item:
            if item.code in {test.item for test in place.device.tests}:
                value = measured(self.rng, item, is_failed=False)
                place.analyzer.measure(Specimen("", "", item.code, value, _local_now()))

    def start_first_agents(self) -> None:
        """Start so many agents that results are there when the page is; the others follow one by one with `tick`."""
        for _ in range(_FIRST_AGENTS):
            self._start_next()

    def go_on(self, now: float) -> None:
        """Let the other agents start, one by one: the page is there."""
        if not self._goes_on:
            self._goes_on = True
            self._next_agent_at = now
            for station in self.district.station:
                if station.has_screen:
                    self._start_screen(station.name)

    def tick(self, now: float) -> None:
        """Let those analyzers measure whose turn it is."""
        if self.rack.failure:
            raise RuntimeError("the virtual analyzers died") from self.rack.failure
        self.cameras.tick()
        if self._waiting and now >= self._next_agent_at:
            self._next_agent_at = now + _NEXT_AGENT_S
            self._start_next()
        for index in self._pace.due(now):
            place = self.places[index]
            # Its agent may not run yet: until then an analyzer would measure for nobody.
            if place.analyzer.has_host and not place.device.is_operated:
                self._measure(place, now, must_fail=False)
        for place in self.places:
            if place.device.is_operated and place.analyzer.has_host:
                self._run(place, now)

    def _run(self, place: Place, now: float) -> None:
        """Let a tester test what somebody has laid out at the screen, if it is time."""
        runs = self._runs_of(place)
        item = next(item for item in self.district.item if item.code == runs.item)
        for turn in runs.due(now):
            # By chance none fails: whoever is at the screen says so with `shian demo fail`.
            value = measured(self.rng, item, is_failed=runs.must_fail)
            runs.must_fail = False
            specimen = Specimen("", "", item.code, value, _local_now(), channel=turn.channel)
            self.rack.measure(place.analyzer, specimen)

    def _runs_of(self, place: Place) -> Runs:
        name = place.analyzer.name
        if name not in self._runs:
            client = self._goods.client(self._socket(place.station))
            self._runs[name] = Runs(client.ask, place.device.name, place.device.tests[0].item)
        return self._runs[name]

    def _socket(self, station: str) -> Path:
        return self.stack.layout.station(station) / "data" / SOCKET

    def _start_screen(self, station: str) -> None:
        """Start the screen of a station. Its agent may have to wait for its cameras: until then the page says so."""
        if not self.stack.layout.edge(station).exists():
            self._write_edge(station)
        arguments = ["--config", str(self.stack.layout.edge(station)), "--listen", self.screens[station]]
        self.stack.start_child(f"screen-{station}", ["edge", "screen", *arguments])

    def _start_next(self) -> None:
        """Start the agent of the next station that need not wait for its cameras."""
        ready = (name for name in self._waiting if not self.cameras.is_awaited(self._station(name)))
        name = next(ready, None)
        if name is None:
            return
        self._waiting.remove(name)
        self._write_edge(name)
        self.stack.start_child(f"edge-{name}", ["edge", "run", "--config", str(self.stack.layout.edge(name))])

    def provoke(self, station: str | None, now: float) -> Answer:
        """Make a sample fail at `station`, or anywhere."""
        fitting = [
            place for place in self.places if station in (None, place.station) and self.district.can_fail(place.device)
        ]
        if not fitting:
            names = ", ".join(sorted({place.station for place in self.places}))
            return Answer(
                False, t(f"no station {station!r}; there are: {names}", f"没有检测点 {station!r}；现有：{names}")
            )
        for place in fitting:
            if place.device.is_operated and (runs := self._runs_of(place)).is_awaited and station:
                runs.must_fail = True
                text = t(
                    f"the first sample of the next run at {place.station} fails",
                    f"{place.station} 下一批的第一个样品将不合格",
                )
                return Answer(True, text)
        place = self.rng.choice([other for other in fitting if other.analyzer.has_host] or fitting)
        self._measure(place, now, must_fail=True)
        return Answer(True, t(f"a sample fails at {place.station}", f"{place.station} 将出现一个不合格样品"))

    def _measure(self, place: Place, now: float, *, must_fail: bool) -> None:
        specimen = self._samples.next(
            place.station, place.device, _local_now(), now - self._started_at, must_fail=must_fail
        )
        self._measured[place.analyzer.name] = count = self._measured.get(place.analyzer.name, 0) + 1
        if place.device.adapter in _ASKED and count % _MEMORY == 0:
            place.analyzer.clear(self._simulator(place.device))
        if place.device.adapter not in _PROBES:
            is_free = self._goods.register(self._socket(place.station), specimen, specimen.measured_at.date())
            if not is_free and not must_fail:
                return
        self.rack.measure(place.analyzer, specimen)

    def _enrol(self, connection: "psycopg.Connection[tuple[object, ...]]", name: str) -> None:
        station = self._station(name)
        folder = self.stack.layout.station(name) / "data"
        folder.mkdir(parents=True, exist_ok=True)
        private, _ = load_or_make(folder / "key")
        key = public_key(private)
        is_new = enrol(
            connection,
            Station(
                station.name,
                station.title,
                station.title_en,
                station.area,
                station.kind,
                station.latitude,
                station.longitude,
                key,
            ),
            actor="shian up --demo",
        )
        if is_new:
            self._name_devices(connection, station)
        else:
            known = connection.execute("SELECT public_key FROM station WHERE name = %s", [name]).fetchone()
            if known and known[0] != key:
                # The stations' folder was deleted and made anew; in a demo we are the officer who accepts the new key.
                pin_key(connection, name, key, actor="shian up --demo")

    def _name_devices(self, connection: "psycopg.Connection[tuple[object, ...]]", station: Site) -> None:
        """Give devices and cameras their titles, as an officer does on the page."""
        actor = Actor.command("shian up --demo")
        equipment: tuple[Equipment, ...] = (*station.device, *station.camera)
        for one in equipment:
            with connection.transaction():
                connection.execute(_TITLE, [station.name, one.name, one.title, one.title_en])
                facts = {"title": one.title, "title_en": one.title_en}
                deeds.write(connection, Deed(actor, "device_renamed", one.name, station.name, facts=facts))

    def _station(self, name: str) -> Site:
        return next(site for site in self.district.station if site.name == name)

    def _write_edge(self, name: str) -> None:
        station = self._station(name)
        layout = self.stack.layout
        broker = self.stack.broker_table(name, layout.station(name) / "data" / "station.pem")
        tables: dict[str, Table] = {"broker": broker, "uplink": {"receipt_s": 1.5}, "down": {"url": self.stack.address}}
        cameras = self.cameras.rows(station)
        if cameras:
            tables["media"] = {"url": self.stack.address}
        devices: list[Table] = [
            {
                "name": device.name,
                "port": str(layout.port(name, device.name)),
                "adapter": device.adapter,
                "profile": self._profile(device),
            }
            for device in station.device
        ]
        write_settings(
            layout.edge(name),
            {"station": name, "data": str(layout.station(name) / "data"), "timezone": str(ZONE)},
            tables,
            {"device": devices, "camera": cameras},
        )

    def _profile(self, device: Device) -> str:
        if device.adapter not in _ASKED:
            return device.profile
        folder = self.stack.layout.folder / "profiles"
        return str(impatient_profile(family(device.adapter), device.profile, _POLL_S, folder))

    def _place(self, station: str, device: Device) -> Place:
        port = self.stack.layout.port(station, device.name)
        return Place(station, device, VirtualAnalyzer(f"{station}/{device.name}", self._simulator(device), port))

    def _simulator(self, device: Device) -> Simulator:
        chosen = family(device.adapter)
        return chosen.simulator(chosen.profile(device.profile), Random(self.rng.random()))  # noqa: S311  a demo
