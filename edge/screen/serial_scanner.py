"""A scanner of codes on a serial line: each line that it sends is one code, for the pages of this machine.

Unlike one that types like a keyboard it sends the separator of GS1 (0x1D) as it is, and into no field by mistake."""

import termios
import threading
from collections.abc import Callable
from contextlib import suppress

import serial
import structlog

log = structlog.get_logger()

_TURN_S = 0.2
_AGAIN_S = 2.0
_LONGEST = 400  # letters of a code, as the desk takes them
_LONGEST_BYTES = 4 * _LONGEST
_NOISE = "not readable: is the speed of the line right?"
_UNREADABLE = "\ufffd"
_SEPARATOR = "\x1d"


class SerialScanner:
    """The scanner at a port; `run` in a thread. `heard` gets the text of each code, `changed` why it cannot be read;
    "": it can."""

    def __init__(self, port: str, baud: int, heard: Callable[[str], None], changed: Callable[[str], None]) -> None:
        self._port = port
        self._baud = baud
        self._heard = heard
        self._changed = changed

    def run(self, stop: threading.Event) -> None:
        """Read codes until `stop` is set; a scanner that was unplugged is opened again."""
        trouble: str | None = None
        while not stop.is_set():
            try:
                line = self._open()
                try:
                    trouble = ""
                    log.info("scanner_there", port=self._port)
                    self._changed("")
                    self._read(line, stop)
                finally:
                    with suppress(OSError, termios.error):  # it may be gone
                        line.close()
            except (serial.SerialException, OSError, TypeError, termios.error) as exc:
                if str(exc) != trouble:
                    trouble = str(exc)
                    log.warning("scanner_away", reason=trouble)
                    self._changed(trouble)
                stop.wait(_AGAIN_S)

    def _open(self) -> serial.Serial:
        return serial.Serial(self._port, self._baud, timeout=_TURN_S, exclusive=True)

    def _read(self, port: serial.Serial, stop: threading.Event) -> None:
        pending, is_noise = b"", False
        while not stop.is_set():
            data: bytes = port.read(1)
            data += port.read(port.in_waiting)
            # Some send no end of line: then silence ends a code.
            first, *others = (pending + (data or b"\n")).replace(b"\r", b"\n").split(b"\n")
            if not others:
                pending, is_noise = first, is_noise or len(first) > _LONGEST_BYTES
                pending = b"" if is_noise else pending
                continue
            if is_noise:
                first, is_noise = b"", False
                log.warning("scanner_no_code", reason=_NOISE)
            *lines, pending = (first, *others)
            for line in lines:
                self._take(line)

    def _take(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        if _UNREADABLE in text or len(text) > _LONGEST:
            log.warning("scanner_no_code", reason=_NOISE)
            return
        text = "".join(letter for letter in text if letter == _SEPARATOR or letter.isprintable()).strip(" ")
        if text:
            self._heard(text)
