"""What stands in place of a removed text: as long, in the same charset, of the same kind (digit, letter, hanzi)."""

from collections.abc import Iterator, Sequence

_HANZI = ("某", "甲")
_CHARSETS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be", "json")


def charsets_for(own: str) -> Sequence[str]:
    """In which a text is looked for: the profile's, and those that Chinese devices use; `json` are its escapes."""
    return tuple(dict.fromkeys((own, *_CHARSETS)))


def encoded(text: str, charset: str) -> bytes | None:
    """None: the charset does not have these characters."""
    try:
        return _json(text) if charset == "json" else text.encode(charset)
    except UnicodeEncodeError:
        return None


def spellings(text: str, own: str) -> Iterator[tuple[bytes, bytes]]:
    """Each way in which the bytes of `text` may be written, with its filler."""
    seen: set[bytes] = set()
    for charset in charsets_for(own):
        written = encoded(text, charset)
        if not written or written in seen:
            continue
        seen.add(written)
        filled = b"".join(_filler_in(char, charset) for char in text)
        if len(filled) == len(written) and filled != written:
            yield written, filled


def fill_bytes(data: bytes, charset: str) -> bytes:
    """`data` with every letter, digit and hanzi exchanged; punctuation, delimiters and blanks stay."""
    try:
        text = data.decode(charset)
    except UnicodeDecodeError:
        return bytes(_filler_byte(byte) for byte in data)
    filled = b"".join(_filler_in(char, charset) for char in text)
    return filled if len(filled) == len(data) else bytes(_filler_byte(byte) for byte in data)


def is_blank(text: str) -> bool:
    """Whether there is nothing in it that could be personal."""
    return not any(char.isalnum() for char in text)


def _filler_in(char: str, charset: str) -> bytes:
    written = encoded(char, charset) or b""
    for other in _others(char):
        filler = encoded(other, charset)
        if filler is not None and filler and len(written) % len(filler) == 0 and other != char:
            return filler * (len(written) // len(filler))
    return bytes(map(_filler_byte, written))


def _others(char: str) -> Sequence[str]:
    if char.isascii():
        if char.isdigit():
            return ("0", "9")
        if char.isalpha():
            return ("X", "Y") if char.isupper() else ("x", "y")
        return ()
    return (*_HANZI, "X", "Y") if char.isalnum() else ()


def _filler_byte(byte: int) -> int:
    """For bytes that no charset explains."""
    if 0x30 <= byte <= 0x39:
        return 0x30 if byte != 0x30 else 0x39
    if 0x41 <= byte <= 0x5A:
        return 0x58 if byte != 0x58 else 0x59
    if 0x61 <= byte <= 0x7A:
        return 0x78 if byte != 0x78 else 0x79
    return (0xA3 if byte != 0xA3 else 0xA4) if byte >= 0x80 else byte


def _json(text: str) -> bytes:
    return b"".join(char.encode() if char.isascii() else b"\\u%04x" % ord(char) for char in text)
