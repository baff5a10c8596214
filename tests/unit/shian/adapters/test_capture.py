import os
import tty
from pathlib import Path

import pytest

from shian.adapters.capture_file import Capture, Chunk, Fault, open_capture
from tests.support.ptys import Cable
from tests.support.waiting import wait_for
from tests.unit.shian.adapters.running import interrupt, line_of, running

BINARY = bytes(range(256))


def chunks_of(path: Path) -> list[Chunk]:
    if not path.exists():
        return []
    with open_capture(path) as capture:
        return list(capture)


def said(path: Path, sender: str) -> bytes:
    return b"".join(chunk.data for chunk in chunks_of(path) if chunk.sender == sender)


def test_listening_records_every_byte_and_sends_none(tmp_path: Path) -> None:
    cable, file = Cable(tmp_path / "port"), tmp_path / "out.jsonl"
    arguments = ("capture", str(cable.path), "-o", str(file), "--baud", "2400", "--parity", "e", "--note", "第一次")
    with running(tmp_path, *arguments) as process:
        assert "out.jsonl" in line_of(process.stderr)
        cable.write(BINARY)
        wait_for(lambda: said(file, "device") == BINARY)
        cable.write(b"\x11\x13\r\n\x03")
        wait_for(lambda: said(file, "device") == BINARY + b"\x11\x13\r\n\x03")
        assert interrupt(process)[:2] == (0, f"{file}: device 261 bytes in {len(chunks_of(file))} reads, host 0 in 0\n")
    assert cable.read() == b""
    cable.unplug()
    with open_capture(file) as capture:
        heading = capture.heading
    assert heading
    assert heading.line
    assert (heading.line.baud, heading.line.parity, heading.note) == (2400, "E", "第一次")
    times = [chunk.at_s for chunk in chunks_of(file)]
    assert times == sorted(times)


def test_a_bridge_passes_on_both_ways_and_keeps_who_said_what(tmp_path: Path) -> None:
    cable, file = Cable(tmp_path / "port"), tmp_path / "out.jsonl"
    with running(tmp_path, "capture", str(cable.path), "-o", str(file), "--host", "pty") as process:
        software = os.open(line_of(process.stdout).split()[-1], os.O_RDWR | os.O_NOCTTY)
        tty.setraw(software)
        line_of(process.stderr)
        os.write(software, b"\x1b\xbf")
        cable.expect(b"\x1b\xbf")
        cable.write(BINARY)
        heard = b""
        while len(heard) < len(BINARY):
            heard += os.read(software, 1000)
        assert heard == BINARY
        os.close(software)
        cable.write(b"nobody listens")
        wait_for(lambda: said(file, "device") == BINARY + b"nobody listens")
        assert interrupt(process)[0] == 0
    cable.unplug()
    assert said(file, "host") == b"\x1b\xbf"


def test_two_taps_hear_and_say_nothing(tmp_path: Path) -> None:
    device, host, file = Cable(tmp_path / "device"), Cable(tmp_path / "host"), tmp_path / "out.jsonl"
    with running(tmp_path, "capture", str(device.path), "-o", str(file), "--tap", str(host.path)) as process:
        line_of(process.stderr)
        host.write(b"question")
        wait_for(lambda: said(file, "host") == b"question")
        device.write(b"answer")
        wait_for(lambda: said(file, "device") == b"answer")
        assert interrupt(process)[0] == 0
    assert (device.read(), host.read()) == (b"", b"")
    device.unplug()
    host.unplug()


def test_kill_9_loses_nothing_that_was_written(tmp_path: Path) -> None:
    cable, file = Cable(tmp_path / "port"), tmp_path / "out.jsonl"
    with running(tmp_path, "capture", str(cable.path), "-o", str(file)) as process:
        line_of(process.stderr)
        cable.write(BINARY)
        wait_for(lambda: said(file, "device") == BINARY)
        process.kill()
        process.wait()
    faults: list[Fault] = []
    with file.open("rb") as stream:
        assert b"".join(chunk.data for chunk in Capture(stream, "x", faults.append)) == BINARY
    assert not faults
    cable.unplug()


def test_a_cable_that_is_pulled_ends_it_with_what_was_heard(tmp_path: Path) -> None:
    cable = Cable(tmp_path / "port")
    with running(tmp_path, "capture", str(cable.path)) as process:
        line_of(process.stderr)
        cable.write(b"last words")
        (file,) = wait_for(lambda: list(tmp_path.glob("capture-*.jsonl")))
        wait_for(lambda: said(file, "device") == b"last words")
        cable.unplug()
        _, err = process.communicate(timeout=60)
        assert process.returncode == 2
    assert "the recording ended" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("no-such-port",), "cannot open"),
        (("PORT", "--baud", "1"), "--baud"),
        (("PORT", "--profile", "no-such"), "no profile"),
        (("PORT", "--host", "a", "--tap", "b"), "not both"),
        (("PORT", "-o", "."), "cannot write"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    cable = Cable(tmp_path / "port")
    given = [str(cable.path) if word == "PORT" else word for word in arguments]
    with running(tmp_path, "capture", *given) as process:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 2
    assert message in err
    cable.unplug()
