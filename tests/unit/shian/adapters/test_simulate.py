from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from edge.device.link import SerialLink
from firmware_adapters.contract import Reading, Send
from firmware_adapters.own_profiles import NONE_OF_ONES_OWN
from firmware_adapters.profile import Profile
from firmware_adapters.registry import families, family
from shian.adapters.own import find_profile
from shian.adapters.simulate import Specimens, items_of
from tests.support.waiting import wait_for
from tests.unit.shian.adapters.running import interrupt, line_of, running

SHIPPED = [profile for kind in families().values() for profile in kind.shipped().values()]


def test_an_agents_decoder_reads_the_tests_from_its_port(tmp_path: Path) -> None:
    port = tmp_path / "analyzer"
    chosen = family("astm").profile("virtual-food")
    arguments = ("simulate", "astm/virtual-food", "--port", str(port), "--count", "3", "--every", "0.01", "--seed", "1")
    with running(tmp_path, *arguments) as process:
        assert str(port) in line_of(process.stdout)
        link = SerialLink(str(port), chosen.line)
        link.open()
        decoder = family("astm").decoder(chosen)
        readings: list[Reading] = []

        def converse() -> bool:
            for output in decoder.receive(link.read(0.1), 0.0):
                if isinstance(output, Reading):
                    readings.append(output)
                elif isinstance(output, Send):
                    link.write(output.data)
            return len(readings) == 3

        decoder.start(0.0)
        wait_for(converse, timeout_s=60)
        link.close()
        assert interrupt(process)[0] == 0
    assert not port.is_symlink()
    known = {item.code for item in chosen.items.values()}
    assert all(reading.item in known for reading in readings)


@pytest.mark.parametrize(("option", "zone"), [((), "Asia/Shanghai"), (("--timezone", "Etc/GMT+12"), "Etc/GMT+12")])
def test_the_analyzers_clock_is_in_the_districts_zone_not_in_the_machines(
    tmp_path: Path, option: tuple[str, ...], zone: str
) -> None:
    began = datetime.now(ZoneInfo(zone)).replace(microsecond=0)
    arguments = ("simulate", "astm/virtual-food", "--port", str(tmp_path / "analyzer"), "--count", "1", *option)
    with running(tmp_path, *arguments, TZ="America/New_York") as process:
        shown = time.fromisoformat(line_of(process.stderr).split()[0])
        ended = datetime.now(ZoneInfo(zone))
        assert interrupt(process)[0] == 0
    moments = {(began + timedelta(seconds=step)).time() for step in range(int((ended - began).total_seconds()) + 1)}
    assert shown in moments


def test_a_zone_that_is_none_is_refused(tmp_path: Path) -> None:
    with running(tmp_path, "simulate", "astm/virtual-food", "--timezone", "Mars/Olympus") as process:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 2
    assert "Mars/Olympus" in err


def test_a_file_that_is_no_link_is_left_alone(tmp_path: Path) -> None:
    port = tmp_path / "analyzer"
    port.write_text("mine")
    with running(tmp_path, "simulate", "tl-310", "--port", str(port)) as process:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 2
    assert "exists" in err
    assert port.read_text() == "mine"


@pytest.mark.parametrize("profile", SHIPPED, ids=lambda profile: f"{profile.family}-{profile.name}")
def test_every_shipped_profile_can_be_simulated(profile: Profile) -> None:
    simulator = families()[profile.family].simulator(profile, Random(1))
    specimens = Specimens(Random(1), items_of(profile), 0.5)
    for _ in range(10):
        simulator.measure(specimens.next(datetime.fromisoformat("2026-11-24T08:00")))


def test_a_profile_is_found_by_its_name_alone() -> None:
    assert find_profile("tl-310", NONE_OF_ONES_OWN)[0].name == "pesticide"
    assert find_profile("line/generic", NONE_OF_ONES_OWN)[1].family == "line"
