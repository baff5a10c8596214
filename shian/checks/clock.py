"""Checks the clock: whether the kernel reports that something keeps it right, and its distance from the database's."""

import ctypes
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg

from process.language import t
from shian.checks import Finding

_UNSYNCHRONISED = 0x0040  # STA_UNSYNC of adjtimex(2)
_STATUS_OFFSET = 40  # struct timex on 64-bit Linux: modes, padding, offset, freq, maxerror, esterror, status
_TIMEX_BYTES = 208
_SKEW_WARN_S = 2.0
_SKEW_FAIL_S = 60.0


def kernel_status() -> int | None:
    """Return the status bits of the kernel's clock. None: this system does not tell."""
    if sys.platform != "linux" or sys.maxsize < 2**32:
        return None
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)  # zeros: only read
    if ctypes.CDLL(None, use_errno=True).adjtimex(timex) < 0:
        return None
    return int.from_bytes(timex.raw[_STATUS_OFFSET : _STATUS_OFFSET + 4], sys.byteorder)


def synchronised(status: int | None) -> Iterator[Finding]:
    if status is None:
        yield Finding("warn", "clock", t("the system does not say if it is kept right", "系统未提供时间同步状态"))
    elif status & _UNSYNCHRONISED:
        yield Finding(
            "warn",
            "clock",
            t("nothing keeps the clock right", "系统时间未同步"),
            t(
                "every result carries this clock's time: enable NTP (timedatectl set-ntp true, or chrony)",
                "每条结果都带有本机时间：请启用 NTP（timedatectl set-ntp true 或 chrony）",
            ),
        )
    else:
        yield Finding("ok", "clock", t("kept right (NTP)", "已同步（NTP）"))


def skew(connection: "psycopg.Connection[tuple[object, ...]]") -> Iterator[Finding]:
    """Compare this machine's clock with the database's, less half of the way there and back."""
    before, started = datetime.now(UTC), time.monotonic()
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    way_s = (time.monotonic() - started) / 2
    assert row is not None
    theirs = row[0]
    assert isinstance(theirs, datetime)
    seconds = (theirs - before).total_seconds() - way_s
    yield judge_skew(seconds)


def judge_skew(seconds: float) -> Finding:
    text = t(f"the database's clock is {seconds:+.3f} s from ours", f"数据库时钟与本机相差 {seconds:+.3f} 秒")
    hint = t("let both follow the same NTP server", "请让两台机器使用同一 NTP 服务器")
    if abs(seconds) >= _SKEW_FAIL_S:
        return Finding("fail", "clock", text, hint)
    if abs(seconds) >= _SKEW_WARN_S:
        return Finding("warn", "clock", text, hint)
    return Finding("ok", "clock", text)
