"""Captures that no check tells: lines of text, or lines for a printer. Pure, but for the reading of the file."""

import re

from shian.adapters.line_finding import likely_text
from shian.adapters.sources import Source

FAMILIES_OF_TEXT = ("line", "escpos")
# ESC @, ESC !, ESC a, ESC E, ESC d, ESC J, ESC M, ESC -, GS V, GS !, FS &: what printers of tickets are sent.
_PRINTER = re.compile(rb"\x1b[@!aEdJM3-]|\x1d[V!BL]|\x1c[&.]")
_ENOUGH = 0.8
_MOST = 256 * 1024


def family_of_text(source: Source) -> str | None:
    """Return line or escpos for a capture of text, None for other bytes."""
    data = bytearray()
    for heard in source.heard():
        data += b"" if heard.is_host else heard.data
        if len(data) >= _MOST:
            break
    printed = _PRINTER.sub(b"", data)
    is_text = likely_text(bytes(printed)) >= _ENOUGH or _is_text(bytes(printed))
    if not is_text or not re.search(rb"[\r\n]", printed):
        return None
    return "escpos" if len(_PRINTER.findall(data)) > 1 else "line"


def _is_text(data: bytes) -> bool:
    """Return True for UTF-8 without control characters, which the measure of lines does not know."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return sum(char.isprintable() or char in "\r\n\t\f" for char in text) >= 0.98 * len(text)
