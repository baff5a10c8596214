import threading
from pathlib import Path
from random import Random

import pytest

from firmware_adapters.profile import LineSettings
from firmware_adapters.registry import family
from shian.adapters.line_finding import Heard
from shian.adapters.listen import BAUDS, find, listened, with_frames
from shian.adapters.simulate import Specimens
from shian.failures import CannotError
from tests.support.ptys import Cable
from tests.unit.shian.adapters.running import running
from tests.unit.shian.adapters.test_line_finding import ASCII, TEXT, received

FRAME = bytes.fromhex("7e11000000")


@pytest.mark.parametrize("sent", [LineSettings(baud=2400, bytesize=7, parity="E"), LineSettings(baud=57600)])
def test_rates_are_tried_first_then_the_forms_of_the_best(sent: LineSettings) -> None:
    tried: list[LineSettings] = []

    def hear(line: LineSettings) -> Heard:
        tried.append(line)
        return received(ASCII, sent, line)

    assert find(hear)[0].heard.line == sent
    assert [line.baud for line in tried[: len(BAUDS)]] == list(BAUDS)
    assert len(tried) == len(BAUDS) + 8


def test_frames_with_checks_name_their_family_and_lines_prove_nothing() -> None:
    tester = family("pesticide").simulator(family("pesticide").profile("tl-310"), Random(1))
    specimens = Specimens(Random(1), ("pesticide_inhibition",), 0.5)
    from datetime import datetime

    for _ in range(5):
        tester.measure(specimens.next(datetime.fromisoformat("2026-11-24T08:00")))
    answer = tester.receive(bytes.fromhex("7e150400ffffffff4daa"), 0.0)
    while (deadline := tester.deadline) is not None and len(answer) < 27 * 5:
        answer += tester.tick(deadline)
    found = with_frames(Heard(LineSettings(), answer))
    assert found.family == "pesticide"
    assert found.framed == len(answer)
    assert with_frames(Heard(LineSettings(), TEXT)).framed < len(TEXT) / 2


def test_a_pty_is_heard_and_nothing_is_sent(tmp_path: Path) -> None:
    cable, stop = Cable(tmp_path / "port"), threading.Event()

    def talk() -> None:
        while not stop.wait(0.02):
            cable.write(ASCII[:21])

    talker = threading.Thread(target=talk)
    with running(tmp_path, "listen", str(cable.path), "--each", "0.3") as process:
        talker.start()
        out, _ = process.communicate(timeout=120)
        stop.set()
        talker.join()
        assert process.returncode == 1
    assert "a pty carries no baud rate" in out
    assert "cannot tell" in out
    assert cable.read() == b""
    cable.unplug()


def test_silence_and_a_missing_port_are_said(tmp_path: Path) -> None:
    cable = Cable(tmp_path / "port")
    assert listened(str(cable.path), LineSettings(), 0.05) == Heard(LineSettings(), b"", None)
    cable.unplug()
    with pytest.raises(CannotError, match="cannot listen"):
        listened(str(cable.path), LineSettings(), 0.05)
