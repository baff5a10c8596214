"""`shian replay`: plays a capture at a serial link, as the analyzer would have sent it, and shows the bytes that came
back.

The link is a port (a device, a pty, `socket://host:port`) or a pty of its own (`new`), whose name is printed; replay
waits until somebody has opened it. Of a capture file the device's direction is played, at its times (`--speed`); raw
bytes have none and go out as fast as `--delay` lets them. With `--stop-and-wait` the capture is sent as an ASTM sender
does: an ENQ or a frame goes out when the one before was answered with ACK; a NAK brings it again, up to six times. Exit
code 1: the host did not take it all."""

import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Protocol

import serial
import typer
from rich.progress import Progress

from process.console import Console
from process.language import t
from process.terminal import say
from shian.adapters.sources import open_source
from shian.adapters.tally import Heard
from shian.failures import CannotError
from shian.replay_link import new_pty, open_port

STX, EOT, ENQ, ACK, NAK = b"\x02", b"\x04", b"\x05", b"\x06", b"\x15"
SENDS = 6
_BUSY_S = 10.0
_SHOWN = 4096
_UNIT = re.compile(rb"\x05|\x04|\x02[^\x03\x17]*[\x03\x17][0-9A-Fa-f]{2}[\r\n]*|[^\x02\x04\x05]+|.", re.DOTALL)


class Link(Protocol):
    """Both directions of a line. `receive` waits `timeout_s` at most and returns the bytes that are there."""

    def send(self, data: bytes) -> None: ...
    def receive(self, timeout_s: float) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Manner:
    """The manner of playing a capture. Sizes in bytes, times in seconds."""

    chunk: int
    delay_s: float
    answer_s: float
    is_stop_and_wait: bool


@dataclass(slots=True)
class Played:
    """The outcome: bytes sent, and bytes that came back (the first of them, and their number)."""

    sent: int = 0
    came: int = 0
    shown: bytes = b""
    repeated: int = 0

    def hear(self, data: bytes) -> bytes:
        self.came += len(data)
        self.shown += data[: _SHOWN - len(self.shown)]
        return data


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("the captured bytes", "抓取的字节"))],
    port: Annotated[
        str,
        typer.Option(
            help=t(
                "device, pty or socket://host:port; new: a new pty, whose name is printed",
                "串口设备、伪终端或 socket://主机:端口；new：新建伪终端并显示其名称",
            )
        ),
    ] = "new",
    *,
    pty: Annotated[bool, typer.Option("--pty", help=t("the same as --port new", "等同于 --port new"))] = False,
    baud: Annotated[int, typer.Option(min=50, help=t("baud rate of a real port", "真实串口的波特率"))] = 9600,
    chunk: Annotated[int, typer.Option(min=1, help=t("bytes a write", "每次写入的字节数"))] = 64,
    delay: Annotated[float, typer.Option(min=0, help=t("seconds between writes", "两次写入的间隔（秒）"))] = 0.0,
    answer_wait: Annotated[
        float,
        typer.Option(min=0, help=t("seconds to wait for an answer", "等待应答的秒数")),
    ] = 3.0,
    speed: Annotated[
        float,
        typer.Option(
            min=0,
            help=t("times as fast as the capture was; 0: without its times", "相对抓取时的倍速；0：忽略抓取时间"),
        ),
    ] = 1.0,
    stop_and_wait: Annotated[
        bool,
        typer.Option(
            "--stop-and-wait",
            help=t("ASTM: go on when ENQ and each frame were answered", "ASTM：ENQ 和每一帧得到应答后再继续"),
        ),
    ] = False,
) -> None:
    heard = [transfer for transfer in open_source(file).heard() if not transfer.is_host]
    data = b"".join(transfer.data for transfer in heard)
    manner = Manner(chunk, delay, answer_wait, stop_and_wait)
    try:
        with _opened("new" if pty else port, baud) as link, _progress(len(data)) as advance:
            player = Player(link, manner)
            is_timed = speed > 0 and not stop_and_wait and any(transfer.at_s for transfer in heard)
            played = player.play_at_times(heard, speed, advance) if is_timed else player.play(data, advance)
    except (serial.SerialException, OSError, ValueError) as exc:
        raise CannotError(t(f"the link failed: {exc}", f"链路故障：{exc}")) from exc
    _report(played, len(data))
    if played.sent < len(data):
        raise typer.Exit(1)


@dataclass(slots=True)
class Player:
    """A player of captures at `link`."""

    link: Link
    manner: Manner
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    played: Played = field(default_factory=Played)

    def play(self, data: bytes, advance: Callable[[int], None] = lambda _: None) -> Played:
        """Send all of `data`. With stop-and-wait, a unit that is never acknowledged ends it: fewer bytes were sent."""
        for unit in units(data) if self.manner.is_stop_and_wait else [data]:
            self._send(unit, advance)
            # ASTM acknowledges ENQ and frames, and nothing else.
            if self.manner.is_stop_and_wait and unit[:1] in (ENQ, STX) and not self._is_taken(unit):
                return self.played
            self.played.sent += len(unit)
        self._listen(until=b"")
        return self.played

    def play_at_times(
        self, heard: Sequence[Heard], speed: float, advance: Callable[[int], None] = lambda _: None
    ) -> Played:
        """Send each chunk at its time, `speed` times as fast, from the first one on, and take the bytes that come back
        meanwhile."""
        began = self.clock()
        for transfer in heard:
            due = began + (transfer.at_s - heard[0].at_s) / speed
            while (left := due - self.clock()) > 0:
                self.played.hear(self.link.receive(left))
            self._send(transfer.data, advance)
            self.played.sent += len(transfer.data)
        self._listen(until=b"")
        return self.played

    def _send(self, unit: bytes, advance: Callable[[int], None]) -> None:
        for first in range(0, len(unit), self.manner.chunk):
            part = unit[first : first + self.manner.chunk]
            self.link.send(part)
            advance(len(part))
            self.sleep(self.manner.delay_s)

    def _is_taken(self, unit: bytes) -> bool:
        """Tell whether the host acknowledged `unit`. NAK sends it again, silence is a no. EOT: taken, but please
        stop."""
        for sends_left in range(SENDS - 1, -1, -1):
            answer = self._listen(until=ACK + NAK + EOT)
            if answer != NAK:
                return bool(answer)
            if sends_left:
                self.sleep(_BUSY_S if unit == ENQ else 0.0)
                self.played.repeated += 1
                self.link.send(unit)
        return False

    def _listen(self, *, until: bytes) -> bytes:
        """Keep the bytes that come. The first byte that is one of `until` ends the wait and is returned."""
        deadline = self.clock() + self.manner.answer_s
        while (left := deadline - self.clock()) > 0:
            for byte in self.played.hear(self.link.receive(left)):
                if byte in until:
                    return bytes((byte,))
        return b""


def units(data: bytes) -> Sequence[bytes]:
    """Return ENQ, EOT and whole frames of an ASTM capture one by one, and the bytes between them in one piece each."""
    return _UNIT.findall(data)


@contextmanager
def _opened(port: str, baud: int) -> Iterator[Link]:
    if port != "new":
        with open_port(port, baud) as opened:
            yield opened
        return
    with new_pty(say) as pty:
        say(t("waiting until it is opened ...", "等待对端打开……"), err=True)
        pty.wait_for_reader()
        yield pty


@contextmanager
def _progress(size: int) -> Iterator[Callable[[int], None]]:
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(t("playing", "回放中"), total=size)
        yield lambda count: progress.update(task, advance=count)


def _report(played: Played, size: int) -> None:
    say(
        t(
            f"sent {played.sent} of {size} bytes, {played.repeated} repeats; {played.came} bytes came back",
            f"已发送 {played.sent}/{size} 字节，重发 {played.repeated} 次；收到 {played.came} 字节",
        )
    )
    for first in range(0, len(played.shown), 16):
        say(f"{first:6d}  {played.shown[first : first + 16].hex(' ')}")
    if played.came > len(played.shown):
        say(t(f"  and {played.came - len(played.shown)} more", f"  另有 {played.came - len(played.shown)} 字节"))
