"""Virtual analyzers on ptys: they wait for a host, speak while there is one, and bear its coming and going."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from firmware_adapters.contract import Reading, Send, Specimen
from firmware_adapters.profile import load_profile
from firmware_adapters.registry import family
from shian.demo.virtual import Rack, VirtualAnalyzer, impatient_profile
from tests.support.waiting import wait_for

AT = datetime(2026, 3, 2, 8, 0, 0)  # noqa: DTZ001  a device has no zone


@pytest.fixture
def rack() -> Iterator[Rack]:
    with Rack(haste=10.0) as shelf:
        yield shelf


def analyzer(tmp_path: Path) -> VirtualAnalyzer:
    astm = family("astm")
    return VirtualAnalyzer("a", astm.simulator(astm.profile("virtual-food"), Random(1)), tmp_path / "ports" / "a")


def specimen(number: str) -> Specimen:
    return Specimen(number, "菠菜", "pesticide_inhibition", 12.5, AT)


class Host:
    """Host that treats the port as an edge does: open it raw, decode, answer."""

    def __init__(self, port: Path) -> None:
        self.handle = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        astm = family("astm")
        self._decoder = astm.decoder(astm.profile("virtual-food"))
        self._decoder.start(0.0)
        self.numbers: list[str] = []

    def turn(self) -> list[str]:
        try:
            data = os.read(self.handle, 4096)
        except BlockingIOError:
            return self.numbers
        for output in self._decoder.receive(data, 0.0):
            match output:
                case Reading():
                    self.numbers.append(output.sample_number)
                case Send():
                    os.write(self.handle, output.data)
                case _:
                    continue
        return self.numbers

    def close(self) -> None:
        os.close(self.handle)


def test_what_was_measured_waits_for_a_host(rack: Rack, tmp_path: Path) -> None:
    virtual = analyzer(tmp_path)
    rack.start([virtual])
    rack.measure(virtual, specimen("1"))
    rack.measure(virtual, specimen("2"))
    assert not virtual.has_host
    host = Host(virtual.port)
    wait_for(lambda: host.turn() == ["1", "2"], what="both results")
    assert virtual.has_host
    host.close()
    wait_for(lambda: not virtual.has_host, what="the host's leaving to be noticed")


def test_a_host_that_leaves_in_the_middle_gets_the_whole_message_later(rack: Rack, tmp_path: Path) -> None:
    virtual = analyzer(tmp_path)
    rack.start([virtual])
    rack.measure(virtual, specimen("1"))
    first = os.open(virtual.port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    wait_for(lambda: virtual.has_host)
    os.write(first, b"\x06")
    os.close(first)
    wait_for(lambda: not virtual.has_host)
    host = Host(virtual.port)
    wait_for(lambda: host.turn() == ["1"], what="the result")
    host.close()


def test_the_port_has_a_lasting_name_and_goes_with_the_rack(tmp_path: Path) -> None:
    virtual = analyzer(tmp_path)
    with Rack() as rack:
        rack.start([virtual])
        assert virtual.port.is_symlink()
    assert not virtual.port.is_symlink()


def test_an_impatient_profile_is_the_shipped_one_but_for_its_patience(tmp_path: Path) -> None:
    pesticide = family("pesticide")
    hasty = load_profile(impatient_profile(pesticide, "tl-310", 0.5, tmp_path / "profiles"))
    shipped = pesticide.profile("tl-310")
    assert dict(hasty.options) == dict(shipped.options) | {"poll_s": 0.5}
    assert (hasty.name, hasty.items, hasty.verdicts) == (shipped.name, shipped.items, shipped.verdicts)
