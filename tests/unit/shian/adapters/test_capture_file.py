import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware_adapters.profile import LineSettings
from shian.adapters.capture_file import (
    Capture,
    CaptureFileError,
    CaptureWriter,
    Chunk,
    Fault,
    Heading,
    open_capture,
)

CHUNKS = [Chunk(0.0, "host", b"\x1b\xbf"), Chunk(0.25, "device", bytes(range(256))), Chunk(1.5, "device", b"\n\r\n")]
HEADING = Heading(port="/dev/ttyS0", line=LineSettings(baud=2400), started_at=datetime(2026, 11, 24, 8, tzinfo=UTC))


def written(chunks: list[Chunk]) -> bytes:
    stream = io.BytesIO()
    writer = CaptureWriter(stream, HEADING)
    for chunk in chunks:
        writer.write(chunk)
    return stream.getvalue()


def read(data: bytes) -> tuple[list[Chunk], list[Fault]]:
    faults: list[Fault] = []
    return list(Capture(io.BytesIO(data), "x.jsonl", faults.append)), faults


def test_what_is_written_is_read_again() -> None:
    data = written(CHUNKS)
    assert read(data) == (CHUNKS, [])
    assert Capture(io.BytesIO(data), "x").heading == HEADING


def test_the_format_is_the_one_that_is_documented() -> None:
    lines = [json.loads(line) for line in written(CHUNKS[:1]).splitlines()]
    assert lines[0]["shian_capture"] == 1
    assert lines[0]["started_at"] == "2026-11-24T08:00:00Z"
    assert lines[0]["line"] == {"baud": 2400, "bytesize": 8, "parity": "N", "stopbits": 1.0}
    assert lines[1] == {"t": 0.0, "from": "host", "hex": "1bbf"}


def test_a_file_cut_anywhere_loses_the_last_chunk_only() -> None:
    data = written(CHUNKS)
    first_chunk = data.index(b"\n") + 1
    for end in range(first_chunk, len(data)):
        chunks, faults = read(data[:end])
        whole = data[:end].count(b"\n") - 1
        assert chunks in (CHUNKS[:whole], CHUNKS[: whole + 1])
        assert all(fault.is_cut and fault.line == whole + 2 for fault in faults)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"t": 1, "from": "printer", "hex": "00"}', "from"),
        (b'{"t": -1, "from": "host", "hex": "00"}', "t"),
        (b'{"t": NaN, "from": "host", "hex": "00"}', "t"),
        (b'{"t": 1, "from": "host", "hex": "0g"}', "hex"),
        (b'{"t": 1, "from": "host", "hex": 17}', "hex"),
        (b'{"t": 1}', "from"),
        (b"[" * 100_000, "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"x" * 3_000_000, "too long"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_kept(line: bytes, reason: str) -> None:
    lines = written(CHUNKS).splitlines()
    chunks, faults = read(b"\n".join([*lines[:2], line, *lines[2:], b""]))
    assert chunks == CHUNKS
    assert [fault.line for fault in faults] == [3]
    assert reason in str(faults[0])
    assert str(faults[0]).startswith("x.jsonl:3: ")
    assert not faults[0].is_cut


@pytest.mark.parametrize("data", [b"", b"\x7e\x11" * 100_000, b'{"result": 1}\n', b"{" + b"a" * 600_000, b"\n\n\x02"])
def test_anything_else_is_raw_bytes_of_the_device(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "raw.bin"
    path.write_bytes(data)
    with open_capture(path) as capture:
        assert capture.heading is None
        chunks = list(capture)
    assert b"".join(chunk.data for chunk in chunks) == data
    assert {(chunk.sender, chunk.at_s) for chunk in chunks} <= {("device", 0.0)}
    assert all(len(chunk.data) <= 256 * 1024 for chunk in chunks)


@pytest.mark.parametrize("heading", [b'{"shian_capture": 2}\n', b'{"shian_capture": 1, "line": {"baud": "fast"}}\n'])
def test_a_heading_that_cannot_be_used_is_an_error_with_file_and_line(heading: bytes) -> None:
    with pytest.raises(CaptureFileError, match=r"^x\.jsonl:1: "):
        read(heading)
