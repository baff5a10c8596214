"""A label as bytes of ESC/POS, for paper of 50 x 30 mm at 203 dpi: 32 columns of the small letters. Pure.

The QR code is drawn by the printer (GS ( k), and text is GB 18030 in the mode for Chinese letters (FS &). A label ends
by a cut with a short feed; a printer without a knife does the feed alone."""

import unicodedata

from edge.screen.label.content import Label

_COLUMNS = 32
_RESET = b"\x1b@"
_CHINESE = b"\x1c&"
_CENTRED = b"\x1ba\x01"
_TIGHT_LINES = b"\x1b3\x1a"  # of 26 dots
_HIGH, _USUAL = b"\x1d!\x01", b"\x1d!\x00"
_CUT = b"\x1dVB\x00"
_DOTS = 4  # of a module: the code is 14.5 mm wide


def bytes_of(label: Label) -> bytes:
    """Return the bytes that print a label."""
    goods = "  ".join(part for part in (label.food, label.stall) if part)
    lines = [_HIGH, _line(label.number), _USUAL, _line(goods) if goods else b"", _line(label.time)]
    return b"".join((_RESET, _CHINESE, _CENTRED, _TIGHT_LINES, _qr(label.code), *lines, _CUT))


def _line(text: str) -> bytes:
    return _fitting(text).encode("gb18030", "replace") + b"\n"


def _fitting(text: str) -> str:
    """Return as much of a text as one line has room for; a Chinese letter takes two columns."""
    width = 0
    for place, letter in enumerate(text):
        width += 2 if unicodedata.east_asian_width(letter) in "WFA" else 1
        if width > _COLUMNS:
            return text[:place]
    return text


def _qr(text: str) -> bytes:
    """Return the commands for a QR code: model 2, size, error correction M, the data, print."""
    return b"".join(
        _command(part)
        for part in (b"1A2\x00", b"1C" + bytes([_DOTS]), b"1E1", b"1P0" + text.encode("ascii", "replace"), b"1Q0")
    )


def _command(body: bytes) -> bytes:
    return b"\x1d(k" + len(body).to_bytes(2, "little") + body
