"""`shian replay`: a capture is played at a link byte for byte, and what comes back is shown."""

import os
import re
import subprocess
import sys
import threading
import tty
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import serial
from typer.testing import CliRunner

from shian.__main__ import build
from shian.adapters.tally import Heard
from shian.failures import CannotError
from shian.replay import Manner, Player, units
from tests.contract.test_pesticide import LZ_CABBAGE, LZ_ZERO
from tests.support.waiting import wait_for

FRAME = b"\x021H|\\^&\r\x03E5\r\n"
SECOND = b"\x022L|1|N\r\x0304\r\n"
TRANSFER = [b"\x05", FRAME, SECOND, b"\x04"]


@dataclass
class Host:
    """A link whose other end answers each thing sent with the next of `answers`."""

    answers: list[bytes]
    sent: list[bytes] = field(default_factory=list)
    now: float = 0.0
    slept: float = 0.0

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def receive(self, timeout_s: float) -> bytes:
        answer = self.answers.pop(0) if self.answers else b""
        self.now += 0.0 if answer else timeout_s
        return answer

    def sleep(self, seconds: float) -> None:
        self.slept += seconds

    def player(self, **manner: float) -> Player:
        return Player(
            self,
            Manner(
                chunk=int(manner.get("chunk", 1000)),
                delay_s=manner.get("delay_s", 0.0),
                answer_s=manner.get("answer_s", 2.0),
                is_stop_and_wait=bool(manner.get("stop", 0)),
            ),
            self.sleep,
            lambda: self.now,
        )


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    """Open a pty, and yield its far end and the name of the near one."""
    master, slave = os.openpty()
    tty.setraw(slave)
    yield master, os.ttyname(slave)
    os.close(master)
    os.close(slave)


def _capture(tmp_path: Path, data: bytes) -> str:
    (tmp_path / "capture.bin").write_bytes(data)
    return str(tmp_path / "capture.bin")


def test_the_bytes_go_out_in_chunks_with_pauses() -> None:
    host = Host([])
    played = host.player(chunk=10, delay_s=0.5).play(LZ_CABBAGE)
    assert host.sent == [LZ_CABBAGE[:10], LZ_CABBAGE[10:20], LZ_CABBAGE[20:]]
    assert host.slept == 1.5
    assert played.sent == 26


def test_what_comes_back_is_kept() -> None:
    played = Host([b"\x06", b"abc"]).player().play(LZ_CABBAGE)
    assert (played.came, played.shown) == (4, b"\x06abc")


def test_no_end_of_answers_fills_the_memory() -> None:
    played = Host([bytes(1000)] * 100).player().play(LZ_CABBAGE)
    assert (played.came, len(played.shown)) == (100_000, 4096)


def test_a_transfer_is_cut_into_what_is_answered_one_by_one() -> None:
    assert units(b"".join(TRANSFER)) == TRANSFER
    assert units(b"ab\x02x\x03zz") == [b"ab", b"\x02", b"x\x03zz"]


def test_the_shared_captures_are_cut_without_losing_a_byte(shared_captures: Path) -> None:
    for file in (shared_captures / "astm").glob("*.astm"):
        assert b"".join(units(file.read_bytes())) == file.read_bytes()


def test_stop_and_wait_goes_on_when_it_was_acknowledged() -> None:
    host = Host([b"\x06", b"\x06", b""])
    played = host.player(stop=1).play(b"".join(TRANSFER))
    assert host.sent == [b"\x05", FRAME, SECOND]  # which was answered by silence for the whole time
    assert played.sent == 1 + len(FRAME)
    host = Host([b"\x06"] * 3)
    assert host.player(stop=1).play(b"".join(TRANSFER)).sent == len(b"".join(TRANSFER))
    assert host.sent == TRANSFER


def test_stop_and_wait_repeats_what_was_refused_six_times_in_all() -> None:
    host = Host([b"\x06", b"\x15", b"\x06", b"\x06"])
    played = host.player(stop=1).play(b"".join(TRANSFER))
    assert host.sent == [b"\x05", FRAME, FRAME, SECOND, b"\x04"]
    assert played.repeated == 1
    host = Host([b"\x06", *[b"\x15"] * 9])
    played = host.player(stop=1).play(b"".join(TRANSFER))
    assert host.sent == [b"\x05", *[FRAME] * 6]
    assert played.sent == 1


def test_a_busy_host_is_left_alone_for_ten_seconds() -> None:
    host = Host([b"\x15", b"\x06", b"\x06", b"\x06"])
    assert host.player(stop=1).play(b"".join(TRANSFER)).repeated == 1
    assert host.slept == 10.0


def test_a_port_hears_the_capture_and_its_answer_is_shown(tmp_path: Path, terminal: tuple[int, str]) -> None:
    master, name = terminal
    heard = bytearray()
    data = (LZ_CABBAGE + LZ_ZERO) * 200  # more than a pty holds: it cannot all be sent before it is answered

    def answer() -> None:
        heard.extend(os.read(master, 100))
        os.write(master, b"\x06\xaa")
        while len(heard) < len(data):
            heard.extend(os.read(master, 4096))

    thread = threading.Thread(target=answer)
    thread.start()
    arguments = [_capture(tmp_path, data), "--port", name, "--chunk", "7", "--answer-wait", "2"]
    result = CliRunner().invoke(build(), ["replay", *arguments])
    thread.join()
    assert result.exception is None
    assert bytes(heard) == data
    assert "sent 10400 of 10400 bytes, 0 repeats; 2 bytes came back" in result.stdout
    assert "06 aa" in result.stdout


def test_a_new_pty_waits_until_it_is_opened(tmp_path: Path) -> None:
    capture = _capture(tmp_path, LZ_CABBAGE * 400)  # more than a pty holds
    command = [sys.executable, "-u", "-m", "shian", "replay", capture, "--pty", "--answer-wait", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        name = program.stdout.readline().strip()
        assert re.fullmatch(r"/dev/pts/\d+", name)
        with serial.Serial(name, timeout=0.1) as port:
            heard = bytearray()

            def is_all_heard() -> bool:
                heard.extend(port.read(4096))
                return len(heard) >= 26 * 400

            port.write(b"\x05")
            wait_for(is_all_heard, timeout_s=60, what="the capture")
            out, err = program.communicate()
    assert bytes(heard) == LZ_CABBAGE * 400
    assert program.returncode == 0, err
    assert "1 bytes came back" in out


@pytest.mark.parametrize(
    "arguments", [["{none}", "--pty"], ["{file}", "--port", "/dev/none"], ["{file}", "--port", "socket://nowhere"]]
)
def test_what_cannot_be_done_is_said(tmp_path: Path, arguments: list[str]) -> None:
    places = {"{none}": str(tmp_path / "none"), "{file}": _capture(tmp_path, b"x")}
    result = CliRunner().invoke(build(), ["replay", *(places.get(argument, argument) for argument in arguments)])
    assert isinstance(result.exception, CannotError)


def test_a_transfer_that_nobody_took_is_exit_code_one(tmp_path: Path, terminal: tuple[int, str]) -> None:
    arguments = [
        _capture(tmp_path, b"".join(TRANSFER)),
        "--port",
        terminal[1],
        "--stop-and-wait",
        "--answer-wait",
        "0.1",
    ]
    result = CliRunner().invoke(build(), ["replay", *arguments])
    assert result.exit_code == 1
    assert "sent 0 of" in result.stdout


def test_a_capture_is_played_at_its_times() -> None:
    host = Host([])
    heard = [Heard(10.0, False, b"a"), Heard(10.5, False, b"b"), Heard(14.0, False, b"c")]
    sent_at: list[float] = []
    player = host.player()

    class Line:
        def send(self, data: bytes) -> None:
            sent_at.append(host.now)
            host.send(data)

        def receive(self, timeout_s: float) -> bytes:
            return host.receive(timeout_s)

    player.link = Line()
    played = player.play_at_times(heard, 2.0)
    assert (host.sent, played.sent) == ([b"a", b"b", b"c"], 3)
    assert sent_at == [0.0, 0.25, 2.0]


def test_of_a_capture_file_the_device_is_played(tmp_path: Path) -> None:
    capture = tmp_path / "c.jsonl"
    lines = ('{"t": 0, "from": "host", "hex": "05"}', '{"t": 0.1, "from": "device", "hex": "414243"}')
    capture.write_text('{"shian_capture": 1}\n' + "\n".join(lines) + "\n", "utf-8")
    master, slave = os.openpty()
    try:
        tty.setraw(slave)
        arguments = [str(capture), "--port", os.ttyname(slave), "--answer-wait", "0"]
        result = CliRunner().invoke(build(), ["adapters", "replay", *arguments])
        assert result.exit_code == 0, result.exception
        assert os.read(master, 100) == b"ABC"
    finally:
        os.close(master)
        os.close(slave)
