import os
from pathlib import Path

import pytest

from edge.device import ports
from edge.device.hidraw_link import HidrawLink
from edge.device.link import open_link
from edge.errors import LinkLostError, LinkUnavailableError
from firmware_adapters.profile import LineSettings
from tests.support.ptys import Cable


def opened(port: str) -> HidrawLink:
    link = HidrawLink(port)
    link.open()
    return link


def test_reports_are_read_and_written_with_their_number(tmp_path: Path) -> None:
    cable = Cable(tmp_path / "port")
    link = opened(str(cable.path))
    assert link.read(0.0) == b""
    cable.write(bytes(range(64)))
    heard = b""
    while len(heard) < 64:
        heard += link.read(5.0)
    assert heard == bytes(range(64))
    link.write(b"\xff\x08".ljust(64, b"\0"))
    cable.expect(b"\0\xff\x08".ljust(65, b"\0"))
    link.write(b"short")
    cable.expect(b"\0short".ljust(65, b"\0"))
    link.close()
    cable.unplug()


def test_a_cable_that_was_pulled_is_a_lost_link(tmp_path: Path) -> None:
    cable = Cable(tmp_path / "port")
    link = opened(str(cable.path))
    cable.unplug()
    with pytest.raises(LinkLostError):
        link.read(5.0)
    with pytest.raises(LinkLostError):
        link.write(b"x")
    link.close()
    with pytest.raises(LinkLostError):
        link.read(0.0)


def test_a_device_that_is_taken_or_missing_is_unavailable(tmp_path: Path) -> None:
    cable = Cable(tmp_path / "port")
    first = opened(str(cable.path))
    with pytest.raises(LinkUnavailableError, match="another program"):
        opened(str(cable.path))
    first.close()
    cable.unplug()
    with pytest.raises(LinkUnavailableError):
        opened(str(tmp_path / "none"))
    with pytest.raises(LinkUnavailableError, match="no such port"):
        open_link("hidraw:dead:beef", LineSettings())


def test_without_permission_udev_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)  # tests may run as root, whom no mode keeps out
    with pytest.raises(LinkUnavailableError, match=r"/etc/udev/rules\.d"):
        opened("/dev/hidraw0")


def test_a_tester_is_found_by_its_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, numbers in (("hidraw0", "00000483:00005750"), ("hidraw1", "0000046D:0000C52B"), ("hidraw2", "broken")):
        (tmp_path / name / "device").mkdir(parents=True)
        (tmp_path / name / "device" / "uevent").write_text(f"DRIVER=hid-generic\nHID_ID=0003:{numbers}\nHID_NAME=x\n")
    (tmp_path / "hidraw3").mkdir()
    monkeypatch.setattr(ports, "HIDRAW", tmp_path)
    assert ports.resolve("hidraw:0483:5750") == "/dev/hidraw0"
    assert ports.resolve("hidraw:046d:c52b") == "/dev/hidraw1"
    with pytest.raises(LinkUnavailableError, match="no such port"):
        ports.resolve("hidraw:0001:0002")


@pytest.mark.parametrize(
    ("port", "is_right"), [("hidraw:0483:5750", True), ("hidraw:0483", False), ("hidraw:x:y", False)]
)
def test_the_notation_is_checked(port: str, is_right: bool) -> None:
    assert (ports.check(port) is None) == is_right
