"""The capture file: the bytes of a line, in both directions, with the time and the size of every read.

JSON Lines in UTF-8. The first line is the heading, then comes a line a chunk; a chunk is what one read brought:

    {"shian_capture": 1, "port": "/dev/ttyUSB0", "line": {"baud": 9600, ...}, "started_at": "...Z", "note": ""}
    {"t": 0.0123, "from": "device", "hex": "7e11"}

`t` counts seconds from `started_at`. Any other file is taken for raw bytes of the device, as `cat /dev/ttyS0 > file`
makes them. A line that cannot be read is a `Fault` with its number; those around it are still good.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BufferedIOBase
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from firmware_adapters.profile import LineSettings

VERSION = 1
Sender = Literal["device", "host"]

_RAW_CHUNK = 64 * 1024
# A read brings 64 KiB at most, twice as many hex digits; what is much longer was not written by us.
_LONGEST_LINE = 256 * 1024
_MARK = b'"shian_capture"'


class CaptureFileError(ValueError):
    """A file that cannot be read as a capture at all; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Chunk of one read. `at_s` is seconds since the capture began (0 in a raw file)."""

    at_s: float
    sender: Sender
    data: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that was left out. `is_cut`: it is the last one and was never finished, as after a power cut."""

    place: str
    line: int
    reason: str
    is_cut: bool = False

    def __str__(self) -> str:
        return f"{self.place}:{self.line}: {'cut off' if self.is_cut else self.reason}"


class Heading(BaseModel):
    """Heading of a capture, its first line. Keys that we do not know are passed over."""

    model_config = ConfigDict(frozen=True)

    version: Annotated[int, Field(alias="shian_capture")] = VERSION
    port: str = ""
    line: LineSettings | None = None
    started_at: datetime | None = None
    note: str = ""


class _Line(BaseModel):
    t: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    sender: Annotated[Sender, Field(alias="from")]
    data: Annotated[bytes, Field(alias="hex")]

    @field_validator("data", mode="before")
    @classmethod
    def _from_hex(cls, value: object) -> bytes:
        if not isinstance(value, str):
            raise ValueError("hex digits in quotes")
        return bytes.fromhex(value)


class Capture:
    """One capture while its file is open: the heading (None: raw bytes), then the chunks, once, as they come.

    Memory is bounded by the longest line that is taken. Raises CaptureFileError for a heading that cannot be used."""

    def __init__(self, stream: BufferedIOBase, place: str, on_fault: Callable[[Fault], None] = lambda _: None) -> None:
        self._stream = stream
        self._place = place
        self._on_fault = on_fault
        self._first = stream.readline(_LONGEST_LINE)
        self.heading = self._read_heading() if self._first[:1] == b"{" and _MARK in self._first else None

    def __iter__(self) -> Iterator[Chunk]:
        return self._raw() if self.heading is None else self._lines()

    def _read_heading(self) -> Heading:
        try:
            heading = Heading.model_validate_json(self._first)
        except ValidationError as exc:
            raise CaptureFileError(f"{self._place}:1: {_reason(exc)}") from exc
        if heading.version != VERSION:
            raise CaptureFileError(f"{self._place}:1: a capture of version {heading.version}; this reads {VERSION}")
        return heading

    def _raw(self) -> Iterator[Chunk]:
        data = self._first
        while data:
            yield Chunk(0.0, "device", data)
            data = self._stream.read1(_RAW_CHUNK)

    def _lines(self) -> Iterator[Chunk]:
        number = 1
        while text := self._stream.readline(_LONGEST_LINE):
            number += 1
            if len(text) == _LONGEST_LINE and not text.endswith(b"\n"):
                self._on_fault(Fault(self._place, number, "the line is too long"))
                self._skip_line()
            elif text.strip():
                try:
                    line = _Line.model_validate_json(text)
                except ValidationError as exc:
                    self._on_fault(Fault(self._place, number, _reason(exc), is_cut=not text.endswith(b"\n")))
                else:
                    yield Chunk(line.t, line.sender, line.data)

    def _skip_line(self) -> None:
        while (rest := self._stream.readline(_LONGEST_LINE)) and not rest.endswith(b"\n"):
            pass


@contextmanager
def open_capture(path: Path, on_fault: Callable[[Fault], None] = lambda _: None) -> Iterator[Capture]:
    """Open a capture. Raises OSError and CaptureFileError."""
    with path.open("rb") as stream:
        yield Capture(stream, str(path), on_fault)


class CaptureWriter:
    """Writer of a capture. `stream` is unbuffered, so that a chunk is with the kernel before the next one is read: kill
    -9 loses only the chunk in hand. Raises OSError."""

    def __init__(self, stream: BinaryIO, heading: Heading) -> None:
        self._stream = stream
        started = heading.started_at.isoformat().replace("+00:00", "Z") if heading.started_at else None
        line = heading.line.model_dump() if heading.line else None
        self._write(
            {"shian_capture": VERSION, "port": heading.port, "line": line, "started_at": started, "note": heading.note}
        )

    def write(self, chunk: Chunk) -> None:
        self._write({"t": round(chunk.at_s, 6), "from": chunk.sender, "hex": chunk.data.hex()})

    def _write(self, line: dict[str, object]) -> None:
        text = memoryview(json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
        while text:
            text = text[self._stream.write(text) :]


def _reason(exc: ValidationError) -> str:
    first = exc.errors(include_url=False, include_context=False)[0]
    return ": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"])))
