"""Probes that a station does not read any more: the agent that begins without them ends what was told of them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from edge.agent import Agent
from edge.device.known_probes import FILE, KnownProbes, Place
from firmware_adapters.profile import parse_profile
from firmware_adapters.registry import family
from shian.local.ports import free_port
from tests.support.edge_station import running, settings_document
from tests.support.ptys import Cable
from tests.support.waiting import wait_for
from wire.codec import read
from wire.kinds.probe import NOT_READ, ProbeEvent
from wire.terms import ProbeState

AIR, CORE = ("air_temperature", 3), ("core_temperature", 3)


def bus_profile(*items: str, slaves: str = "[3]") -> str:
    registers = "".join(
        f'[[settings.register]]\nitem = "{item}"\naddress = {number}\ncontinuous = {{}}\n'
        for number, item in enumerate(items)
    )
    return (
        'name = "room"\nfamily = "modbus_rtu"\nmaker = "m"\nmodel = "m"\nevidence = "simulator"\n'
        f"[settings]\nslaves = {slaves}\nevery_s = 0.1\n{registers}"
    )


class Station:
    """Station without a line to the centre, whose devices are configured anew before each start of the agent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        (folder / "data").mkdir()

    @contextmanager
    def works(self, **profiles: str) -> Iterator[Agent]:
        """Run the agent with devices of these profiles, each with slaves that answer."""
        devices: list[dict[str, Any]] = []
        for name, text in profiles.items():
            path = self._folder / f"{name}.toml"
            path.write_text(text)
            port = str(self._folder / f"port-{name}")
            devices.append({"name": name, "port": port, "adapter": "modbus_rtu", "profile": str(path)})
        document = settings_document(self._folder, self._port, device=devices)
        stop = threading.Event()
        buses = [threading.Thread(target=self._answer, args=(device, stop)) for device in devices]
        for bus in buses:
            bus.start()
        try:
            with running(document, families=family) as agent:
                yield agent
        finally:
            stop.set()
            for bus in buses:
                bus.join(30)

    @staticmethod
    def _answer(device: dict[str, Any], stop: threading.Event) -> None:
        chosen, cable = family("modbus_rtu"), Cable(Path(device["port"]))
        bus = chosen.simulator(chosen.profile(device["profile"]), Random(1))
        try:
            while not stop.wait(0.01):
                if asked := cable.read():
                    cable.write(bus.receive(asked, time.monotonic()))
        finally:
            cable.unplug()

    def known(self) -> set[Place]:
        probes = KnownProbes(self._folder / "data")
        probes.load()
        return set(probes.left(lambda _: False))


def ended(agent: Agent) -> list[tuple[str, str, int | None]]:
    """Return what the agents of the station ended because it is not read any more."""
    rows = agent.spool.events_with(b'"shian.probe.v1"', 0, agent.spool.recorded)
    events = [event for row in rows if isinstance(event := read(row.body), ProbeEvent)]
    gone = [event for event in events if event.data.reason == NOT_READ]
    assert all((event.data.phase, event.data.state) == ("end", ProbeState.OK) for event in gone)
    return [(event.source.rpartition("/")[2], event.data.quantity, event.data.channel) for event in gone]


def test_a_probe_that_is_renamed_and_renamed_back_is_ended_each_time(tmp_path: Path) -> None:
    station = Station(tmp_path)
    with station.works(room=bus_profile("air_temperature", "core_temperature")):
        wait_for(lambda: station.known() == {Place("room", *AIR), Place("room", *CORE)}, what="both probes")
    with station.works(room=bus_profile("cold_room", "core_temperature")) as agent:
        assert ended(agent) == [("room", *AIR)]
        wait_for(lambda: Place("room", "cold_room", 3) in station.known(), what="the new name")
    with station.works(room=bus_profile("cold_room", "core_temperature")) as agent:
        assert ended(agent) == [("room", *AIR)], "once"
    with station.works(room=bus_profile("air_temperature", "core_temperature")) as agent:
        assert ended(agent) == [("room", *AIR), ("room", "cold_room", 3)]
        wait_for(lambda: station.known() == {Place("room", *AIR), Place("room", *CORE)}, what="both probes")
    with station.works(room=bus_profile("cold_room", "core_temperature")) as agent:
        assert ended(agent)[2:] == [("room", *AIR)], "again"


def test_a_channel_that_moves_to_another_device_is_ended_at_the_first(tmp_path: Path) -> None:
    station, two = Station(tmp_path), bus_profile("air_temperature", slaves="[3, 4]")
    with station.works(a=two):
        wait_for(lambda: station.known() == {Place("a", *AIR), Place("a", "air_temperature", 4)}, what="both")
    one = bus_profile("air_temperature")
    with station.works(a=one, b=bus_profile("air_temperature", slaves="[4]")) as agent:
        assert ended(agent) == [("a", "air_temperature", 4)]
    with station.works(b=bus_profile("air_temperature", slaves="[4]")) as agent:
        assert ended(agent) == [("a", "air_temperature", 4), ("a", *AIR)], "the device is gone"


@pytest.mark.parametrize("text", ["", "{}", '[["a", 5]]', "\x00\xff"])
def test_a_file_that_is_broken_is_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    probes = KnownProbes(tmp_path)
    probes.load()
    assert probes.left(lambda _: False) == []
    probes.note("a", *AIR)
    again = KnownProbes(tmp_path)
    again.load()
    assert again.left(lambda _: False) == [Place("a", *AIR)]


LINES = {
    "fixed": """
[[settings.line]]
pattern = 't=(?P<value>\\d+)'
item = "air"
continuous = {}
""",
    "several": """
[[settings.line]]
pattern = '(?P<value_t>\\d+) (?P<value_h>\\d+)'
continuous = {}
[items.t]
code = "air"
""",
    "from the line": """
[[settings.line]]
pattern = '(?P<item>\\w+)=(?P<value>\\d+)'
continuous = {}
""",
    "asked": """
[[settings.request]]
send = "T"
item = "air"
continuous = {}
[[settings.request]]
send = "W"
item = "weight"
[[settings.line]]
pattern = '(?P<value>\\d+)'
is_answer = true
""",
    "no probe": """
[[settings.line]]
pattern = '(?P<value>\\d+)'
item = "air"
""",
}


@pytest.mark.parametrize(
    ("lines", "may_come"),
    [
        ("fixed", {"air"}),
        ("several", {"air", "h"}),
        ("from the line", {"air", "h", "t", "water"}),
        ("asked", {"air"}),
        ("no probe", set[str]()),
    ],
)
def test_what_a_profile_of_lines_may_bring(lines: str, may_come: set[str]) -> None:
    head = 'name = "log"\nfamily = "line"\nmaker = "m"\nmodel = "m"\nevidence = "simulator"\n'
    profile, kind = parse_profile(head + LINES[lines], "log.toml"), family("line")
    kind.check(profile)
    assert {item for item in ("air", "h", "t", "water") if kind.may_bring(profile, item, None)} == may_come
