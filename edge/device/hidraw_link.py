"""A link to a USB HID tester through Linux's hidraw: reports of 64 bytes each way, nothing else.

The kernel hands out one report a read, without a number where the device has only one kind. A write begins with the
report's number, 0 there, followed by the whole report."""

import fcntl
import os
import select
from contextlib import suppress

from edge.device.ports import resolve
from edge.errors import LinkLostError, LinkUnavailableError
from process.language import t

REPORT = 64
_MOST = 64 * 1024


def is_hidraw(port: str) -> bool:
    return port.startswith(("hidraw:", "/dev/hidraw"))


class HidrawLink:
    """A link over hidraw. See edge.device.link.Link. Locked against our own programs (flock): hidraw itself lets every
    program in."""

    def __init__(self, port: str) -> None:
        self._port = port
        self._handle = -1
        self.name = port

    def open(self) -> None:
        """Open the device. Raises LinkUnavailableError."""
        self.name = resolve(self._port)
        try:
            handle = os.open(self.name, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        except PermissionError as exc:
            raise LinkUnavailableError(_not_allowed(self.name)) from exc
        except OSError as exc:
            raise LinkUnavailableError(f"{self._port}: {exc}") from exc
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            os.close(handle)
            raise LinkUnavailableError(f"{self._port}: in use by another program: {exc}") from exc
        self._handle = handle

    def read(self, timeout_s: float) -> bytes:
        """Read whole reports, one behind the other."""
        data = bytearray()
        if not self._is_ready(timeout_s):
            return b""
        while len(data) < _MOST:
            try:
                report = os.read(self._handle, 4096)
            except BlockingIOError:
                break
            except OSError as exc:
                if data:  # what is in hand is returned: the next call says that the link is lost
                    break
                raise LinkLostError(f"{self._port}: {exc}") from exc
            if not report:
                if data:
                    break
                raise LinkLostError(f"{self._port}: ready to read, but nothing came")
            data += report
        return bytes(data)

    def write(self, data: bytes) -> None:
        """Write one report for every 64 bytes; the last is filled up with zeros."""
        for first in range(0, len(data), REPORT):
            report = b"\0" + data[first : first + REPORT].ljust(REPORT, b"\0")
            try:
                written = os.write(self._handle, report)
            except OSError as exc:
                raise LinkLostError(f"{self._port}: {exc}") from exc
            if written != len(report):
                raise LinkLostError(f"{self._port}: {written} of {len(report)} bytes written")

    def close(self) -> None:
        handle, self._handle = self._handle, -1
        if handle >= 0:
            with suppress(OSError):
                os.close(handle)

    def _is_ready(self, timeout_s: float) -> bool:
        try:
            return bool(select.select([self._handle], [], [], max(0.0, timeout_s))[0])
        except (OSError, ValueError) as exc:
            raise LinkLostError(f"{self._port}: not open") from exc


def _not_allowed(path: str) -> str:
    rule = 'KERNEL=="hidraw*", ATTRS{idVendor}=="VVVV", ATTRS{idProduct}=="PPPP", MODE="0660", GROUP="dialout"'
    file = "/etc/udev/rules.d/60-shian.rules"
    return t(
        f"{path}: no permission. Put into {file}: {rule} (the tester's numbers: lsusb), then: udevadm control --reload "
        "&& udevadm trigger; the agent's user must be in the group dialout",
        f"{path}：没有权限。请在 {file} 中写入：{rule}（设备编号见 lsusb），然后运行 udevadm control --reload "
        "&& udevadm trigger；运行代理的用户须属于 dialout 组",
    )
