"""Two analyzers of different families on each other's ports: nothing is read, and everybody can see it.

The tests stay in the analyzers, which have had no answer; when the plugs are right, they come."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from edge.commands import status as status_view
from firmware_adapters.registry import family
from shian.adapters.simulate import Specimens, items_of
from shian.demo.virtual import Rack, VirtualAnalyzer
from shian.local.broker import LocalBroker
from tests.support.centre import Centre
from tests.support.edge_station import running, settings_document
from tests.support.waiting import wait_for

FAMILIES = {"astm": "virtual-food", "hl7": "virtual-food"}
TESTS = 3
AT = datetime(2026, 1, 10, 9, 0)  # noqa: DTZ001 - the clock of a device has no zone


@pytest.fixture
def station() -> str:
    return f"m-{uuid4().hex[:8]}"


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[dict[str, Path]]:
    """Plug in each family's virtual analyzer, with some tests that nobody has heard of yet, and yield the ports."""
    with Rack(haste=10.0) as rack:
        analyzers = {name: _analyzer(name, tmp_path / "ports" / name) for name in FAMILIES}
        rack.start(list(analyzers.values()))
        yield {name: analyzer.port for name, analyzer in analyzers.items()}
        assert rack.failure is None


def _analyzer(name: str, port: Path) -> VirtualAnalyzer:
    kind = family(name)
    profile = kind.profile(FAMILIES[name])
    analyzer = VirtualAnalyzer(name, kind.simulator(profile, Random(1)), port)
    specimens = Specimens(Random(2), items_of(profile), 1.0)
    for number in range(TESTS):
        analyzer.measure(specimens.next(AT + timedelta(minutes=number)))
    return analyzer


def _document(folder: Path, broker: LocalBroker, station: str, ports: dict[str, Path]) -> dict[str, Any]:
    """Return the settings. `ports`: the port to which each family's device is set."""
    devices = [
        {"name": name, "port": str(port), "adapter": name, "profile": FAMILIES[name], "settle_s": 0.05}
        for name, port in ports.items()
    ]
    return settings_document(folder, broker.port, station, device=devices)


def test_swapped_analyzers_are_seen_by_their_dead_letters_and_lose_nothing(
    broker: LocalBroker, station: str, tmp_path: Path, ports: dict[str, Path]
) -> None:
    swapped = dict(zip(ports, reversed(ports.values()), strict=True))
    folder = tmp_path / "data"

    def shown() -> dict[str, Any]:
        """Return the state of each device as `shian edge status` shows it."""
        return {device["name"]: device for device in status_view.as_document(folder)["agent"]["devices"]}

    with Centre(broker.port, station) as centre:
        with running(_document(tmp_path, broker, station, swapped), families=family):
            wait_for(
                lambda: (
                    len(centre.status.devices) == len(ports)
                    and all(device.dead_letters for device in centre.status.devices)
                ),
                timeout_s=60,
                what="dead letters of both devices at the centre",
            )
            wait_for(
                lambda: all(device["dead_letters"] for device in shown().values()), what="dead letters in the status"
            )
            document = status_view.as_document(folder)
            assert sum(document["spool"]["dead_letters"].values()) >= len(ports)
            assert [(device["results"], device["last_result_at"]) for device in shown().values()] == [(0, None)] * len(
                ports
            )
            assert all(device.is_open and not device.results for device in centre.status.devices)
        assert centre.results() == []
        letters = sum(status_view.as_document(folder)["spool"]["dead_letters"].values())

        with running(_document(tmp_path, broker, station, ports), families=family):
            wait_for(lambda: len(centre.results()) == TESTS * len(ports), timeout_s=60, what="all tests")
            wait_for(lambda: all(device["last_result_at"] for device in shown().values()), what="the last results")
            assert sum(status_view.as_document(folder)["spool"]["dead_letters"].values()) >= letters, (
                "kept to be looked at"
            )
        assert sorted(result.data.adapter for result in centre.results()) == sorted([*FAMILIES] * TESTS)


def test_the_status_shows_the_dead_letters_of_swapped_analyzers_to_a_person(
    broker: LocalBroker,
    station: str,
    tmp_path: Path,
    ports: dict[str, Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    swapped = dict(zip(ports, reversed(ports.values()), strict=True))
    with running(_document(tmp_path, broker, station, swapped), families=family) as agent:
        wait_for(lambda: all(device.intake.dead_letters for device in agent.devices), timeout_s=60, what="dead letters")
        wait_for(
            lambda: all(
                device["dead_letters"] for device in status_view.as_document(tmp_path / "data")["agent"]["devices"]
            ),
            what="a status with them",
        )
        status_view.show(tmp_path / "data")
    shown = capsys.readouterr().out
    assert "dead letters" in shown
    for name in FAMILIES:
        (row,) = (line for line in shown.splitlines() if f" {name} " in line)
        cells = [cell.strip() for cell in row.split("│")]
        assert int(cells[6]) > 0, row
