"""Finds the port that a notation means: a path, a pattern that fits one path, a USB device by its numbers (serial,
hidraw), a socket, an address to listen at."""

import glob
import re
from contextlib import suppress
from pathlib import Path

from serial.tools import list_ports

from edge.device.listen_link import address_of, is_listening
from edge.errors import LinkUnavailableError

HIDRAW = Path("/sys/class/hidraw")


def resolve(port: str) -> str:
    """Return the name to open now. Raises LinkUnavailableError when there is none, or more than one: nothing is
    guessed."""
    if port.startswith("usb:"):
        return _only(port, _usb(port))
    if port.startswith("hidraw:"):
        return _only(port, _hidraw(port))
    if "://" not in port and glob.has_magic(port):
        return _only(port, sorted(glob.glob(port)))  # noqa: PTH207  pathlib's glob takes no absolute pattern
    return port


def check(port: str) -> str | None:
    """Return the fault of the notation, or None."""
    if is_listening(port):
        try:
            address_of(port)
        except ValueError:
            return "listen://host:port, as in listen://192.168.1.10:5001; without a host only this machine gets in"
        return None
    kind, *_ = parts = port.split(":")
    if kind == "hidraw":
        is_right = len(parts) == 3 and all(map(_is_hex, parts[1:]))
        return None if is_right else "hidraw:VID:PID with four hex digits each, as in hidraw:0483:5750"
    if kind != "usb":
        return None
    if len(parts) not in (3, 4) or not all(_is_hex(part) for part in parts[1:3]):
        return "usb:VID:PID[:SERIAL] with four hex digits each, as in usb:1a86:7523"
    return None


def _usb(port: str) -> list[str]:
    _, vid, pid, *serial = port.split(":")
    return sorted(
        found.device
        for found in list_ports.comports()
        if (found.vid, found.pid) == (int(vid, 16), int(pid, 16)) and serial in ([], [found.serial_number])
    )


def _hidraw(port: str) -> list[str]:
    """Return the hidraw devices that fit. The kernel writes HID_ID=bus:vendor:product, the last two with eight hex
    digits, in the device's uevent."""
    wanted = tuple(int(part, 16) for part in port.split(":")[1:])
    found = []
    for folder in sorted(HIDRAW.glob("hidraw*")):
        with suppress(OSError):
            text = (folder / "device" / "uevent").read_text("ascii", "replace")
            line = re.search(r"^HID_ID=[0-9A-F]+:([0-9A-F]+):([0-9A-F]+)$", text, re.MULTILINE | re.IGNORECASE)
            if line and (int(line[1], 16), int(line[2], 16)) == wanted:
                found.append(f"/dev/{folder.name}")
    return found


def _only(port: str, found: list[str]) -> str:
    if len(found) != 1:
        what = f"{len(found)} ports fit: {', '.join(found)}" if found else "no such port"
        raise LinkUnavailableError(f"{port}: {what}")
    return found[0]


def _is_hex(text: str) -> bool:
    return len(text) == 4 and all(digit in "0123456789abcdefABCDEF" for digit in text)
