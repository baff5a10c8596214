"""`shian adapters listen`: finds the line settings by listening with one after another; nothing is ever sent."""

import array
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random
from typing import Annotated, Literal

import typer
from rich.table import Table

from edge.device.link import open_link
from edge.device.ports import resolve
from edge.errors import LinkLostError, LinkUnavailableError
from firmware_adapters.contract import FrameAccepted
from firmware_adapters.profile import LineSettings
from firmware_adapters.registry import Family, families
from process.console import Console
from process.language import t
from process.terminal import say
from shian.adapters.line_finding import Heard, Score, is_sure, ranked
from shian.failures import CannotError

BAUDS = (9600, 115200, 2400, 4800, 19200, 38400, 57600, 1200)
_FORMS: tuple[tuple[Literal[7, 8], Literal["E", "O"]], ...] = ((7, "E"), (7, "O"), (8, "E"), (8, "O"))
_MOST = 64 * 1024
_WAIT_S = 0.2
_TIOCGICOUNT = 0x545D
_FRAMING, _PARITY = 6, 8  # places in Linux' struct serial_icounter_struct


def listen(
    port: Annotated[str, typer.Argument(metavar="PORT", help=t("the port to listen on", "要监听的端口"))],
    each: Annotated[float, typer.Option(min=0.05, help=t("seconds for each setting", "每组参数监听的秒数"))] = 4.0,
) -> None:
    def hear(line: LineSettings) -> Heard:
        say(t(f"listening at {_name(line)} ...", f"正在以 {_name(line)} 监听……"), err=True)
        return with_frames(listened(port, line, each))

    scores = find(hear)
    Console().print(_table(scores))
    if not any(score.heard.data for score in scores):
        raise CannotError(
            t("nothing came in: let the analyzer send something meanwhile", "没有收到数据，请让检测仪发送")
        )
    if is_pty(port):
        say(t("a pty carries no baud rate: every setting hears the same", "伪终端没有波特率，各组参数收到的相同"))
    if not is_sure(scores):
        say(t("cannot tell: no setting is clearly the best", "无法判断：没有明显最佳的参数"))
        raise typer.Exit(1)
    say(t(f"most likely {_name(scores[0].heard.line)}", f"最可能是 {_name(scores[0].heard.line)}"))


def find(hear: Callable[[LineSettings], Heard]) -> list[Score]:
    """Try all rates with 8N1; then other data bits and parities at the two best rates."""
    first = [hear(LineSettings(baud=baud)) for baud in BAUDS]
    rates = [score.heard.line.baud for score in ranked(first)[:2] if score.heard.data]
    more = [hear(LineSettings(baud=baud, bytesize=size, parity=parity)) for baud in rates for size, parity in _FORMS]
    return ranked(first + more)


def listened(port: str, line: LineSettings, seconds: float, clock: Callable[[], float] = time.monotonic) -> Heard:
    """Return the bytes that came in within `seconds`, 64 KiB at most. Raises CannotError."""
    data = bytearray()
    try:
        link = open_link(port, line)
        try:
            before = _errors(port)
            end = clock() + seconds
            while (left := end - clock()) > 0 and len(data) < _MOST:
                data += link.read(min(left, _WAIT_S))
            after = _errors(port)
        finally:
            link.close()
    except (LinkUnavailableError, LinkLostError) as exc:
        raise CannotError(t(f"cannot listen: {exc}", f"无法监听：{exc}")) from exc
    return Heard(line, bytes(data), None if before is None or after is None else after - before)


def with_frames(heard: Heard) -> Heard:
    """Find the family whose frames hold most of the bytes. Frames that a decoder accepts of the same bytes in any order
    prove nothing (a family of lines accepts every line): their bytes are taken off."""
    if not heard.data:
        return heard
    shuffled = bytearray(heard.data)
    Random(0).shuffle(shuffled)  # noqa: S311  no secret
    best, name = 0, ""
    for family in families().values():
        proven = _framed(family, heard.data) - _framed(family, bytes(shuffled))
        if proven > best:
            best, name = proven, family.name
    return Heard(heard.line, heard.data, heard.errors, best, name)


def _framed(family: Family, data: bytes) -> int:
    """Return the most bytes that one of the family's profiles takes for whole frames."""
    return max((sum(_accepted(family, name, data)) for name in family.shipped()), default=0)


def _accepted(family: Family, profile: str, data: bytes) -> Iterator[int]:
    decoder = family.decoder(family.shipped()[profile], passive=True)
    for outputs in (decoder.start(0.0), decoder.receive(data, 0.0), decoder.stop(0.0)):
        yield from (output.length for output in outputs if isinstance(output, FrameAccepted))


def is_pty(port: str) -> bool:
    with suppress(OSError, LinkUnavailableError):
        return os.path.realpath(resolve(port)).startswith("/dev/pts/")
    return False


def _errors(port: str) -> int | None:
    """Return the framing and parity errors that the driver has counted; None where it counts none (ptys, sockets)."""
    counts = array.array("i", bytes(80))
    try:
        handle = os.open(resolve(port), os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        fcntl.ioctl(handle, _TIOCGICOUNT, counts)
    except OSError:
        return None
    finally:
        os.close(handle)
    return counts[_FRAMING] + counts[_PARITY]


def _name(line: LineSettings) -> str:
    return f"{line.baud} {line.bytesize}{line.parity}{line.stopbits:g}"


def _table(scores: list[Score]) -> Table:
    table = Table(
        t("line", "串口参数"),
        t("score", "得分"),
        t("bytes", "字节"),
        t("line errors", "线路错误"),
        t("text", "文本"),
        t("frames of", "可识别的帧"),
        t("begins with", "开头"),
        box=None,
        pad_edge=False,
    )
    for score in scores:
        heard = score.heard
        errors = "?" if heard.errors is None else str(heard.errors)
        frames = f"{heard.family} {heard.framed}/{len(heard.data)}" if heard.family else ""
        row = (_name(heard.line), f"{score.score:.2f}", str(len(heard.data)), errors, f"{score.text:.0%}", frames)
        table.add_row(*row, heard.data[:8].hex(" "))
    return table
