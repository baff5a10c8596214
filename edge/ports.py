"""Which port is meant: a path, a pattern that fits exactly one path, a USB device by its numbers, or a socket."""

import glob

from serial.tools import list_ports

from edge.errors import LinkUnavailableError


def resolve(port: str) -> str:
    """The name to open now. Raises LinkUnavailableError when there is none, or more than one: nothing is guessed."""
    if port.startswith("usb:"):
        return _only(port, _usb(port))
    if "://" not in port and glob.has_magic(port):
        return _only(port, sorted(glob.glob(port)))  # noqa: PTH207  pathlib's glob takes no absolute pattern
    return port


def check(port: str) -> str | None:
    """What is wrong with the notation, or None."""
    if not port.startswith("usb:"):
        return None
    parts = port.split(":")
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


def _only(port: str, found: list[str]) -> str:
    if len(found) != 1:
        what = f"{len(found)} ports fit: {', '.join(found)}" if found else "no such port"
        raise LinkUnavailableError(f"{port}: {what}")
    return found[0]


def _is_hex(text: str) -> bool:
    return len(text) == 4 and all(digit in "0123456789abcdefABCDEF" for digit in text)
