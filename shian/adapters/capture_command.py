"""`shian adapters capture`: records what goes over a line, both ways, without a byte of its own."""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from edge.device.link import Link, open_link
from edge.errors import LinkUnavailableError
from firmware_adapters.profile import LineSettings
from process.ending import event_on_signals
from process.language import t
from process.terminal import say, say_over
from shian.adapters.capture_file import CaptureWriter, Heading
from shian.adapters.line_options import Baud, Bytesize, Parity, Stopbits, line_settings
from shian.adapters.own import ProfilesFolder, own_profiles
from shian.adapters.pty_host import PtyHost
from shian.adapters.recording import Ear, Recording
from shian.failures import CannotError


def capture(
    port: Annotated[
        str,
        typer.Argument(
            metavar="PORT",
            help=t(
                "where the analyzer is: /dev/..., usb:VID:PID, hidraw:VID:PID, socket://host:port",
                "检测仪所在端口：/dev/...、usb:VID:PID、hidraw:VID:PID、socket://主机:端口",
            ),
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="FILE", help=t("a new file; without it named by the time", "新文件；缺省按时间命名")
        ),
    ] = None,
    *,
    host: Annotated[
        str | None,
        typer.Option(
            help=t(
                "bridge: the port of the vendor's software, or pty for a new one; bytes are passed on both ways",
                "桥接：厂家软件一侧的端口，或 pty 新建一个；双向转发",
            )
        ),
    ] = None,
    tap: Annotated[
        str | None,
        typer.Option(help=t("a second receive-only tap, on the host's side", "第二个只接收的监听口（上位机一侧）")),
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help=t("take the line settings of this profile", "采用此型号配置的串口参数"))
    ] = None,
    profiles: ProfilesFolder = None,
    baud: Baud = None,
    bytesize: Bytesize = None,
    parity: Parity = None,
    stopbits: Stopbits = None,
    note: Annotated[str, typer.Option(help=t("a note to keep in the file", "写入文件的备注"))] = "",
) -> None:
    if host and tap:
        raise CannotError(t("--host or --tap, not both", "--host 与 --tap 只能选一个"))
    line = line_settings(
        profile, own_profiles(profiles), baud=baud, bytesize=bytesize, parity=parity, stopbits=stopbits
    )
    stop = event_on_signals()
    with ExitStack() as stack:
        device = stack.enter_context(_opened(port, line))
        ears = [Ear(device, "device")]
        if host or tap:
            other = stack.enter_context(_opened(host or tap or "", line))
            is_bridge = host is not None
            ears = [
                Ear(device, "device", pass_to=other if is_bridge else None),
                Ear(other, "host", pass_to=device if is_bridge else None),
            ]
        started_at = datetime.now(UTC)
        path = out or Path(f"capture-{started_at.astimezone():%Y%m%d-%H%M%S}.jsonl")
        try:
            stream = stack.enter_context(path.open("xb", buffering=0))
            writer = CaptureWriter(stream, Heading(port=device.name, line=line, started_at=started_at, note=note))
        except OSError as exc:
            raise CannotError(t(f"cannot write {path}: {exc.strerror}", f"无法写入 {path}：{exc.strerror}")) from exc
        recording = Recording(writer, time.monotonic)
        say(t(f"recording to {path}; Ctrl-C ends", f"正在记录到 {path}；按 Ctrl-C 结束"), err=True)
        recording.run(ears, stop, lambda: _show(recording))
    _report(recording, path)


@contextmanager
def _opened(port: str, line: LineSettings) -> Iterator[Link]:
    try:
        link: Link = PtyHost() if port == "pty" else open_link(port, line)
    except LinkUnavailableError as exc:
        raise CannotError(t(f"cannot open {exc}", f"无法打开 {exc}")) from exc
    if port == "pty":
        say(t(f"the vendor's software opens {link.name}", f"厂家软件请打开 {link.name}"))
        sys.stdout.flush()
    try:
        yield link
    finally:
        link.close()


def _counts(recording: Recording) -> str:
    device, host = recording.counts["device"], recording.counts["host"]
    return t(
        f"device {device.bytes} bytes in {device.chunks} reads, host {host.bytes} in {host.chunks}",
        f"检测仪 {device.bytes} 字节（{device.chunks} 次读取），上位机 {host.bytes} 字节（{host.chunks} 次）",
    )


def _show(recording: Recording) -> None:
    if sys.stderr.isatty():
        say_over(_counts(recording))


def _report(recording: Recording, path: Path) -> None:
    if sys.stderr.isatty():
        say("", err=True)
    say(f"{path}: {_counts(recording)}")
    if recording.trouble:
        raise CannotError(t(f"the recording ended: {recording.trouble}", f"记录中断：{recording.trouble}"))
