"""`shian decode`: turns a captured byte stream into one JSON line for each reading and each rejection, then the counts.

The file holds the device's bytes as they were, or is a capture of `shian adapters capture` or a dialogue (`>>`, `<<`).
Then the device's direction is decoded, at the times of the capture; the host's requests are heard as well where the
meaning of an answer depends on its request. Offsets count the bytes that were decoded.

Standard output is for programs: JSON lines in UTF-8, in the order of the stream; the last line is exactly `{"frames":
valid, "rejected": n, "readings": n, "refused": n}`: frames that failed, and records or questions that were refused in
good frames, apart. Bytes that belong to no frame are noted on standard error."""

import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.progress import Progress

from firmware_adapters.contract import (
    ClockRead,
    Concluded,
    Decoder,
    FrameAccepted,
    FrameRejected,
    Missed,
    Noise,
    Output,
    Reading,
    RoundRead,
    Send,
)
from firmware_adapters.own_profiles import NONE_OF_ONES_OWN, OwnProfiles
from firmware_adapters.profile import ProfileError
from firmware_adapters.registry import UnknownFamilyError, family
from process.console import Console
from process.language import t
from process.terminal import say, write_json
from shian.adapters.own import ProfilesFolder, own_profiles
from shian.adapters.sources import heard_in, kind_of, opened, peek
from shian.adapters.tally import Candidate, Heard, Listener
from shian.failures import CannotError

_LONG = 4 * 1024 * 1024


@dataclass(slots=True)
class Counts:
    """The last line: frames that passed their checks, and those that did not.

    Noise is neither. The content of a good frame may be refused (a record of it, an exception of Modbus) without making
    the frame a bad one: that counts in `refused`, and not in `rejected`."""

    frames: int = 0
    rejected: int = 0
    readings: int = 0
    refusals: int = 0
    _good_to: int = 0

    def accepted(self, frame: FrameAccepted) -> None:
        self.frames += 1
        self._good_to = frame.offset + frame.length

    def refused(self, rejected: FrameRejected) -> None:
        # A refusal inside a frame that was accepted is not a bad frame.
        is_frame = bool(rejected.data) and rejected.offset >= self._good_to
        self.rejected += is_frame
        self.refusals += not is_frame

    def as_line(self) -> Mapping[str, int]:
        return {
            "frames": self.frames,
            "rejected": self.rejected,
            "readings": self.readings,
            "refused": self.refusals,
        }


def decode(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help=t("the captured bytes; - is standard input", "抓取的字节；- 为标准输入")),
    ],
    adapter: Annotated[str, typer.Option(help=t("protocol family: astm, pesticide ...", "协议族：astm、pesticide 等"))],
    profile: Annotated[
        str | None,
        typer.Option(help=t("profile name, or the path of a TOML file", "型号配置名，或 TOML 文件路径")),
    ] = None,
    profiles: ProfilesFolder = None,
) -> None:
    candidate, decoder = chosen(adapter, profile, own_profiles(profiles))
    noise = _NoiseNotes(lambda text: say(text, err=True))
    with _opened(file) as (stream, size), _progress(size) as advance:
        heard = heard_in(stream, kind_of(peek(stream, file)), file, lambda count: _go_on(advance, count))
        listener = Listener(decoder, with_host=candidate.reads_requests)
        counts = decode_stream(listener, heard, _write_line, noise.note)
    noise.flush()
    _write_line(counts.as_line())
    sys.stdout.flush()


def decode_stream(
    listener: Listener,
    heard: Iterable[Heard],
    write: Callable[[Mapping[str, Any]], None],
    note: Callable[[Noise], None],
) -> Counts:
    """Decode everything that was heard and write each output as it comes: memory stays bounded."""
    counts = Counts()

    def tell(outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Reading():
                    counts.readings += 1
                    write(reading_line(output))
                case FrameRejected():
                    counts.refused(output)
                    write(rejected_line(output))
                case FrameAccepted():
                    counts.accepted(output)
                case Noise():
                    note(output)
                case Send() | Missed() | RoundRead() | ClockRead() | Concluded():
                    pass

    for transfer in heard:
        tell(listener.hear(transfer))
    tell(listener.end())
    return counts


def reading_line(reading: Reading) -> dict[str, Any]:
    """Return the reading as JSON. `raw` is hex; a number that JSON cannot express is null (its text is in
    `value_text`)."""
    limit = reading.limit
    return {
        "kind": "reading",
        "item": reading.item,
        "item_name": reading.item_name,
        "role": reading.role,
        "value": reading.value if reading.value is not None and math.isfinite(reading.value) else None,
        "value_text": reading.value_text,
        "unit": reading.unit,
        "verdict": reading.verdict,
        "limit": limit
        and {
            "comparison": limit.comparison,
            "value": limit.value,
            "unit": limit.unit,
            "standard": limit.standard,
        },
        "standard": reading.standard,
        "method": reading.method,
        "record": reading.record,
        "record_kind": reading.record_kind,
        "run": reading.run,
        "channel": reading.channel,
        "sample_number": reading.sample_number,
        "commodity": reading.commodity,
        "operator": reading.operator,
        "device_serial": reading.device_serial,
        "measured_at": reading.measured_at and reading.measured_at.isoformat(),
        "measured_at_text": reading.measured_at_text,
        "time_source": reading.time_source,
        "is_retest": reading.is_retest,
        "flags": list(reading.flags),
        "extra": dict(reading.extra),
        "offset": reading.offset,
        "raw": reading.raw.hex(),
    }


def rejected_line(rejected: FrameRejected) -> dict[str, Any]:
    line: dict[str, Any] = {
        "kind": "rejected",
        "reason": rejected.reason,
        "offset": rejected.offset,
        "length": len(rejected.data),
        "hex": rejected.data.hex(),
    }
    return line | ({"detail": rejected.detail} if rejected.detail else {})


class _NoiseNotes:
    """A writer of one note for each range of noise, also where the decoder let it out in pieces."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._first = self._end = 0

    def note(self, noise: Noise) -> None:
        if noise.offset != self._end:
            self.flush()
            self._first = noise.offset
        self._end = noise.offset + len(noise.data)

    def flush(self) -> None:
        length = self._end - self._first
        if length:
            self._say(
                t(
                    f"noise: {length} bytes at offset {self._first}",
                    f"杂散字节：偏移 {self._first} 处 {length} 字节",
                )
            )
        self._first = self._end


def chosen(adapter: str, profile: str | None, own: OwnProfiles = NONE_OF_ONES_OWN) -> tuple[Candidate, Decoder]:
    """Return the profile and its decoder. Raises CannotError, also for settings that the family refuses."""
    try:
        candidate = Candidate(family(adapter), family(adapter).profile(profile, own))
        return candidate, candidate.decoder()
    except UnknownFamilyError as exc:
        raise CannotError(t(f"--adapter: {exc}", f"--adapter：没有适配器 {adapter!r}（{exc}）")) from exc
    except ProfileError as exc:
        raise CannotError(t(f"--profile: {exc}", f"--profile：型号配置不可用（{exc}）")) from exc


@contextmanager
def _opened(file: str) -> Iterator[tuple[BufferedReader, int]]:
    """Yield the stream and its size (0: not known)."""
    if file == "-":
        stdin = sys.stdin.buffer
        yield stdin if isinstance(stdin, BufferedReader) else BufferedReader(cast("RawIOBase", stdin)), 0
        return
    with opened(Path(file)) as stream:
        yield stream, os.fstat(stream.fileno()).st_size


def _go_on(advance: Callable[[int], None], count: int) -> None:
    advance(count)
    sys.stdout.flush()


@contextmanager
def _progress(size: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error for a long input, if that is a terminal."""
    if size < _LONG or not sys.stderr.isatty():
        yield lambda _: None
        return
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(t("decoding", "解码中"), total=size)
        yield lambda count: progress.update(task, advance=count)


def _write_line(line: Mapping[str, Any]) -> None:
    write_json(line, flush=False)
