"""The filler in place of a removed text: as long, in the same charset, of the same kind (digit, letter, hanzi)."""

from collections.abc import Iterator, Sequence

_CHARSETS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be", "json")


def charsets_for(own: str) -> Sequence[str]:
    """Return the charsets in which a text is looked for: the profile's, and those that Chinese devices use; `json`
    stands for its escapes."""
    return tuple(dict.fromkeys((own, *_CHARSETS)))


def encoded(text: str, charset: str) -> bytes | None:
    """Encode a text; None: the charset does not have these characters."""
    try:
        return _json(text) if charset == "json" else text.encode(charset)
    except UnicodeEncodeError:
        return None


def spellings(text: str, own: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield each way in which the bytes of `text` may be written, with its filler."""
    seen: set[bytes] = set()
    for charset in charsets_for(own):
        written = encoded(text, charset)
        if not written or written in seen:
            continue
        seen.add(written)
        filled = _filled(text, written, charset)
        if filled is not None:
            yield written, filled


def fill_bytes(data: bytes, charset: str) -> bytes:
    """Return `data` with every letter, digit and hanzi exchanged; punctuation, delimiters and blanks stay."""
    try:
        filled = _filled(data.decode(charset), data, charset)
    except UnicodeDecodeError:
        filled = None
    return filled or bytes(0xA3 if byte >= 0x80 else 0x58 if chr(byte).isalnum() else byte for byte in data)


def is_blank(text: str) -> bool:
    """Return True when the text holds nothing that could be personal."""
    return not any(char.isalnum() for char in text)


def _filled(text: str, written: bytes, charset: str) -> bytes | None:
    """Fill a text with the same filler for all characters of a kind, so that nothing of the text shows through; with
    another one where that would change nothing. None: there is none of that length."""
    for choice in (0, 1):
        filled = b"".join(_filler(char, charset, choice) for char in text)
        if len(filled) == len(written) and filled != written:
            return filled
    return written if is_blank(text) else None


def _filler(char: str, charset: str, choice: int) -> bytes:
    written = encoded(char, charset) or b""
    if not char.isalnum():
        return written
    for other in _fillers_of(char):
        filler = encoded(other[choice], charset)
        if filler and len(written) % len(filler) == 0:
            return filler * (len(written) // len(filler))
    return b""


def _fillers_of(char: str) -> Sequence[str]:
    """Return the fillers for a character, each with its alternative."""
    if char.isascii():
        return ("09",) if char.isdigit() else ("XY",) if char.isupper() else ("xy",)
    return ("某甲", "XY")


def _json(text: str) -> bytes:
    return b"".join(char.encode() if char.isascii() else b"\\u%04x" % ord(char) for char in text)
