"""The sources that `decode`, `inspect`, `replay`, `new` and `scrub` read: a file, read as bytes heard on a line.

capture    JSON Lines of `shian adapters capture`: both directions, with times
dialogue   text with a line of hex bytes each for `>>` (the host) and `<<` (the device), as the tests of wb-mqtt-serial
           have it; its other lines (`Open()`, `Sleep(100)`) say nothing of bytes
raw        anything else: bytes of the device, without times
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from io import BufferedReader
from pathlib import Path
from typing import cast

from process.language import t
from process.terminal import say
from shian.adapters.capture_file import Capture, CaptureFileError, Fault
from shian.adapters.tally import Heard
from shian.failures import CannotError

CHUNK = 65_536
_PEEK = 64 * 1024
_LONGEST_LINE = 1 << 20
_SAID = re.compile(rb"(>>|<<)((?:\s+[0-9A-Fa-f]{2})+)\s*")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Kind(StrEnum):
    CAPTURE = "capture"
    DIALOGUE = "dialogue"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class Source:
    """A capture that can be read again and again. `size` is that of the file in bytes."""

    path: Path
    kind: Kind
    size: int

    def heard(self, advance: Callable[[int], None] = lambda _: None) -> Iterator[Heard]:
        """Yield the chunks in order. `advance` is told how many bytes of the file were read. Raises CannotError."""
        with opened(self.path) as stream:
            yield from heard_in(stream, self.kind, str(self.path), advance)


def open_source(path: Path) -> Source:
    """Open a file, which will be read more than once: no pipe and no device. Raises CannotError."""
    if path.exists() and not path.is_file():
        raise CannotError(t(f"cannot read {path}: not a file", f"无法读取 {path}：不是文件"))
    with opened(path) as stream:
        return Source(path, kind_of(peek(stream, str(path))), path.stat().st_size)


def opened(path: Path) -> BufferedReader:
    try:
        return cast("BufferedReader", path.open("rb", buffering=_PEEK))
    except OSError as exc:
        raise unreadable(str(path), exc) from exc


def unreadable(name: str, exc: OSError) -> CannotError:
    reason = exc.strerror or str(exc)
    return CannotError(t(f"cannot read {name}: {reason}", f"无法读取 {name}：{reason}"))


def peek(stream: BufferedReader, name: str) -> bytes:
    """Return the first bytes, which stay in the stream."""
    try:
        return stream.peek(_PEEK)[:_PEEK]
    except OSError as exc:
        raise unreadable(name, exc) from exc


def kind_of(first: bytes) -> Kind:
    """Tell the kind of a file from its first bytes."""
    if first.startswith(b'{"shian_capture"'):
        return Kind.CAPTURE
    if _CONTROL.search(first):
        return Kind.RAW
    return Kind.DIALOGUE if any(map(_SAID.fullmatch, first.splitlines())) else Kind.RAW


def heard_in(
    stream: BufferedReader, kind: Kind, name: str, advance: Callable[[int], None] = lambda _: None
) -> Iterator[Heard]:
    """Yield the chunks of a stream. Raises CannotError naming `name` and, in a text, the line."""
    try:
        match kind:
            case Kind.RAW:
                while chunk := stream.read1(CHUNK):
                    yield Heard(0.0, False, chunk)
                    advance(len(chunk))
            case Kind.DIALOGUE:
                yield from _dialogue(stream, name, advance)
            case Kind.CAPTURE:
                yield from _capture(stream, name, advance)
    except OSError as exc:
        raise unreadable(name, exc) from exc


def _dialogue(stream: BufferedReader, name: str, advance: Callable[[int], None]) -> Iterator[Heard]:
    number = 0
    while line := stream.readline(_LONGEST_LINE):
        number += 1
        said = _SAID.fullmatch(line.rstrip())
        if said:
            yield Heard(0.0, said[1] == b">>", bytes.fromhex(said[2].decode()))
        elif line.startswith((b">> ", b"<< ")):
            raise CannotError(t(f"{name}:{number}: not hex bytes", f"{name}:{number}：不是十六进制字节"))
        advance(len(line))


def _capture(stream: BufferedReader, name: str, advance: Callable[[int], None]) -> Iterator[Heard]:
    try:
        for chunk in Capture(stream, name, _tell):
            yield Heard(chunk.at_s, chunk.sender == "host", chunk.data)
            advance(2 * len(chunk.data))
    except CaptureFileError as exc:
        raise CannotError(str(exc)) from exc


def _tell(fault: Fault) -> None:
    """Tell of a line that was left out: those around it are still good."""
    say(t(f"left out: {fault}", f"已略过：{fault}"), err=True)
