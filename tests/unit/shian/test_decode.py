"""`shian decode`: what goes to standard output, what to standard error, and the exit codes."""

import io
import json
import os
import pty
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from firmware_adapters.contract import FrameRejected, Noise, Reading
from firmware_adapters.pesticide import FAMILY
from shian.__main__ import build
from shian.adapters.tally import Heard, Listener
from shian.decode import decode_stream, reading_line, rejected_line
from shian.failures import CannotError
from tests.contract.test_pesticide import LZ_CABBAGE, LZ_INNER_HEADS, LZ_ZERO, PONG, TL_NA, TL_OVER, TL_PASS


def _decode(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(build(), ["decode", *arguments], input=stdin)


def _lines(result: Result) -> list[dict[str, Any]]:
    assert result.exception is None, result.exception
    return [json.loads(line) for line in result.stdout_bytes.decode("utf-8").splitlines()]


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "capture.bin"
    path.write_bytes(b"junk" + PONG + LZ_CABBAGE + LZ_INNER_HEADS[:-3] + LZ_ZERO)
    return path


def test_a_line_for_each_reading_and_rejected_frame_then_the_counts(capture: Path) -> None:
    result = _decode("--adapter", "pesticide", str(capture))
    cabbage, rejected, zero, counts = _lines(result)
    assert (cabbage["kind"], cabbage["value"], cabbage["commodity"], cabbage["offset"]) == (
        "reading",
        12.34,
        "白菜",
        12,
    )
    assert bytes.fromhex(cabbage["raw"]) == LZ_CABBAGE
    assert rejected == {
        "kind": "rejected",
        "reason": "checksum",
        "offset": 38,
        "length": 23,
        "hex": LZ_INNER_HEADS[:-3].hex(),
    }
    assert zero["value"] == 0.0
    assert counts == {"frames": 3, "rejected": 1, "readings": 2, "refused": 0}
    assert result.stderr == "noise: 4 bytes at offset 0\n"
    assert result.exit_code == 0


def test_a_record_without_a_value_is_a_reading() -> None:
    result = _decode("--adapter", "pesticide", "--profile", "tl-310", "-", stdin=TL_PASS + TL_OVER + TL_NA)
    *readings, counts = _lines(result)
    assert [(reading["value"], reading["verdict"]) for reading in readings] == [
        (12.3, "pass"),
        (71.0, "fail"),
        (None, "invalid"),
    ]
    assert readings[1]["limit"] == {"comparison": ">=", "value": 70.0, "unit": "%", "standard": "NY/T 448"}
    assert readings[2]["flags"] == ["not_available"]
    assert counts == {"frames": 3, "rejected": 0, "readings": 3, "refused": 0}


def test_the_last_line_has_exactly_these_keys_in_this_order() -> None:
    out = _decode("--adapter", "pesticide", "-").stdout_bytes
    assert out == b'{"frames": 0, "rejected": 0, "readings": 0, "refused": 0}\n'


def test_chinese_is_written_as_it_is(capture: Path) -> None:
    out = _decode("--adapter", "pesticide", str(capture)).stdout_bytes
    assert "白菜".encode() in out
    assert b"\\u" not in out


def test_a_profile_may_be_a_file(tmp_path: Path, capture: Path) -> None:
    own = tmp_path / "own.toml"
    shipped = Path("firmware_adapters/pesticide/profiles/lz-4000t.toml").read_text("utf-8")
    own.write_text(shipped.replace('name = "lz-4000t"', 'name = "own"'), "utf-8")
    assert len(_lines(_decode("--adapter", "pesticide", "--profile", str(own), str(capture)))) == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--adapter", "nothing", "{capture}"], "no adapter 'nothing'; there are: "),
        (["--adapter", "pesticide", "--profile", "x", "{capture}"], "no profile 'x' in family 'pesticide'"),
        (["--adapter", "pesticide", "--profile", "./none.toml", "{capture}"], "none.toml"),
        (["--adapter", "pesticide", "{capture}.none"], "No such file"),
        (["--adapter", "pesticide", "/"], "Is a directory"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], said: str, capture: Path) -> None:
    result = _decode(*(argument.replace("{capture}", str(capture)) for argument in arguments))
    assert isinstance(result.exception, CannotError)
    assert said in str(result.exception)
    assert result.stdout == ""


def test_the_program_exits_with_two_and_says_why_on_standard_error(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "shian", "decode", "--adapter", "pesticide", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, check=False, env={**os.environ, "LC_ALL": "zh_CN.UTF-8"})
    assert (done.returncode, done.stdout) == (2, b"")
    assert "无法读取" in done.stderr.decode()


def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    capture = tmp_path / "long.bin"
    capture.write_bytes(LZ_CABBAGE * 20_000)
    command = f"{sys.executable} -m shian decode --adapter pesticide {capture} | head -n 1"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=False)
    assert json.loads(done.stdout)["commodity"] == "白菜"
    assert b"Traceback" not in done.stderr


def test_noise_that_came_in_pieces_is_one_note() -> None:
    result = _decode("--adapter", "pesticide", "-", stdin=bytes(200_000) + LZ_ZERO + b"xy" + LZ_ZERO)
    assert result.stderr == "noise: 200000 bytes at offset 0\nnoise: 2 bytes at offset 200026\n"


def test_a_long_input_needs_little_memory() -> None:
    def chunks() -> Iterator[Heard]:
        for _ in range(30):
            yield Heard(0.0, False, LZ_CABBAGE * 150)

    tracemalloc.start()
    try:
        decoder = FAMILY.decoder(FAMILY.profile(), passive=True)
        noise: list[Noise] = []
        counts = decode_stream(Listener(decoder, with_host=False), chunks(), lambda _: None, noise.append)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert counts.readings == 30 * 150
    assert not noise
    assert peak < 2 * 1024 * 1024


def test_a_number_that_json_cannot_say_is_null() -> None:
    line = reading_line(Reading("x", b"\x01", 0, value=float("inf"), value_text="inf"))
    assert (line["value"], line["value_text"]) == (None, "inf")
    json.dumps(line, allow_nan=False)


def _astm(number: int, text: bytes, *, is_last: bool = True) -> bytes:
    body = b"%d" % number + text + (b"\x03" if is_last else b"\x17")
    return b"\x02" + body + b"%02X\r\n" % (sum(body) & 0xFF)


def test_what_is_rejected_of_a_good_frame_is_told_and_counts_as_no_bad_frame() -> None:
    # A record is cut by a frame with a bad checksum; a slave refuses a request.
    bad = _astm(2, b"middle", is_last=False).replace(b"middle", b"muddle")
    record = _astm(1, b"H|\\^&\rO|1|S\rR|1|^^^A|", is_last=False) + bad + _astm(3, b"5|g\rL|1\r")
    result = _decode("--adapter", "astm", "-", stdin=b"\x05" + record + b"\x04")
    *told, counts = _lines(result)
    assert [line.get("reason") for line in told] == ["checksum", "record"]
    assert counts == {"frames": 2, "rejected": 1, "readings": 0, "refused": 1}
    result = _decode("--adapter", "modbus_rtu", "-", stdin=bytes.fromhex("00 04 83 02 D0 F0 00"))
    *told, counts = _lines(result)
    assert [line.get("reason") for line in told] == ["exception"]
    assert counts == {"frames": 1, "rejected": 0, "readings": 0, "refused": 1}


def test_the_detail_of_a_rejected_frame_is_told_when_there_is_one() -> None:
    assert rejected_line(FrameRejected("record", 3, b"ab", "why")) == {
        "kind": "rejected",
        "reason": "record",
        "offset": 3,
        "length": 2,
        "hex": "6162",
        "detail": "why",
    }


def test_a_terminal_sees_a_bar_for_a_long_input_and_standard_output_stays_clean(tmp_path: Path) -> None:
    capture = tmp_path / "long.bin"
    capture.write_bytes(bytes(5 * 1024 * 1024) + LZ_ZERO)
    screen, terminal = pty.openpty()
    try:
        command = [sys.executable, "-m", "shian", "decode", "--adapter", "pesticide", str(capture)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=terminal, check=True)
        seen = os.read(screen, 65_536)
    finally:
        os.close(screen)
        os.close(terminal)
    assert b"decoding" in seen or "解码中".encode() in seen
    assert len(io.BytesIO(done.stdout).readlines()) == 2
