"""A record's text -> fields, repeats, components (LIS02-A2 section 5). The meaning of the fields is in `results`.

    H|\\^&|||sender|...        H, then the four delimiters that hold for this message: field, repeat, component, escape

Rules
- The delimiters are those of the message's own header. Seen: |\\^& and |`^& and |\\!~ and |@^\\ (backslash escapes!).
- The charset is decoded first and split afterwards: in GBK the second byte of a character may be 0x7C, 0x5C or 0x5E.
- Escapes are decoded last, after splitting, and are never nested: &F& &S& &R& &E& &Xhhhh&. Others stay as written.
- A field of two quotes says that there is nothing: it reads as empty.
- Bytes that the charset does not know become \\xNN; nothing raises.
"""

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache

_ERRORS = "firmware_adapters.astm.keep"
_HEADER = re.compile(rb"H([!-/:-@\[-`{-~])[!-/:-@\[-`{-~]{0,4}(?:\1|\r|$)")
_UNKNOWN = re.compile("[\x00\udc00-\udcff]")
_HL7_ORDER = "^~\\&"
_DELETED = '""'
KINDS = "HPORCQMSL"
PADDING = b"\n\x00 "


def _keep(error: UnicodeError) -> tuple[str, int]:
    """Replace one byte that the charset does not know by a lone surrogate, so that it cannot pass for a delimiter."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return chr(0xDC00 + error.object[error.start]), error.start + 1


codecs.register_error(_ERRORS, _keep)


@dataclass(frozen=True, slots=True)
class Delimiters:
    """One character each; an empty one does not exist in this message."""

    field: str = "|"
    repeat: str = "\\"
    component: str = "^"
    escape: str = "&"


def starts_message(text: bytes) -> bool:
    """Return True when `text` begins with a header record that declares its delimiters."""
    return _HEADER.match(text[:16].lstrip(PADDING)[:8]) is not None


def declared_delimiters(header: bytes, charset: str) -> Delimiters:
    r"""Return the delimiters that a header record declares; those that it leaves out do not exist.

    A fourth one after the field's is HL7's: there the component comes before the repeat. One that is written twice
    (`|\\^&`, by software that escapes it) is one: two delimiters are never the same.
    """
    text = header.decode(charset, _ERRORS)
    field = text[1]
    declared = text[2:6].split(field)[0]
    if declared[:1] == declared[1:2]:
        declared = declared[1:]
    if not declared:
        return Delimiters(field)
    if declared == _HL7_ORDER:
        return Delimiters(field, "~", "^", "\\")
    repeat, component, escape = (*declared, "", "", "")[:3]
    return Delimiters(field, repeat, component, escape)


@dataclass(frozen=True, slots=True)
class Record:
    """One record. Field numbers are the standard's: 1 is the record type."""

    fields: tuple[str, ...]
    delimiters: Delimiters
    charset: str

    @property
    def kind(self) -> str:
        return self.fields[0]

    def written(self, number: int) -> str:
        """Return the field as the device wrote it, in its charset; empty when it is missing."""
        return _readable(self._field(number))

    def text(self, number: int) -> str:
        """Return the whole field, escapes decoded, without padding."""
        return self._leaf(self._field(number))

    def repeats(self, number: int) -> tuple[str, ...]:
        """Return the field's repeats, each whole."""
        return tuple(self._leaf(part) for part in _split(self._field(number), self.delimiters.repeat))

    def components(self, number: int) -> tuple[str, ...]:
        """Return the components of the field's first repeat."""
        first = _split(self._field(number), self.delimiters.repeat)[0]
        return tuple(self._leaf(part) for part in _split(first, self.delimiters.component))

    def component(self, number: int, position: int) -> str:
        """Return one component, counted from 1; empty when it is missing."""
        parts = self.components(number)
        return parts[position - 1] if 0 < position <= len(parts) else ""

    def first_component(self, number: int) -> str:
        """Return the first component that is not empty."""
        return next((part for part in self.components(number) if part), "")

    def words(self, number: int) -> tuple[str, ...]:
        """Return all components of all repeats that are not empty."""
        repeats = _split(self._field(number), self.delimiters.repeat)
        parts = (self._leaf(part) for repeat in repeats for part in _split(repeat, self.delimiters.component))
        return tuple(part for part in parts if part)

    def has_repeats(self, number: int) -> bool:
        return len(_split(self._field(number), self.delimiters.repeat)) > 1

    def _field(self, number: int) -> str:
        return self.fields[number - 1] if number <= len(self.fields) else ""

    def _leaf(self, text: str) -> str:
        if not text:
            return text
        escape = self.delimiters.escape
        if escape and escape in text:
            text = _escapes(escape).sub(lambda found: self._meaning(found[0], found[1]), text)
        text = _readable(text).strip()
        return "" if text == _DELETED else text

    def _meaning(self, whole: str, name: str) -> str:
        match name[0]:
            case "F":
                return self.delimiters.field
            case "S":
                return self.delimiters.component
            case "R":
                return self.delimiters.repeat
            case "E":
                return self.delimiters.escape
            case "X" if len(name) % 2:
                return bytes.fromhex(name[1:]).decode(self.charset, _ERRORS)
            case _:
                return whole


def parse_record(raw: bytes, delimiters: Delimiters, charset: str) -> Record | None:
    """Parse a record. Return None when it has not the shape of one: one of the standard's letters, then the field
    delimiter. Some senders number the records of one frame as if each had its own (`2P|1`): that digit is no part of
    the record."""
    text = raw.decode(charset, _ERRORS)
    fields = tuple(text.split(delimiters.field))
    kind = fields[0].strip()
    kind = kind[1:] if len(kind) == 2 and kind[0] in "01234567" else kind
    if len(kind) != 1 or kind not in KINDS:
        return None
    return Record((kind, *fields[1:]), delimiters, charset)


def has_record_start(text: bytes, field: str) -> bool:
    """Return True when `text` surely begins a record, strictly: type, number, delimiter. For places where bytes are
    missing."""
    parts = text[:20].lstrip(PADDING)[:10].split(b"\r")[0].split(field.encode("latin-1", "replace"), 2)
    return starts_message(text) or (
        len(parts) > 1
        and len(parts[0]) == 1
        and parts[0] in KINDS.encode()
        and parts[1].isdigit()
        and len(parts[1]) < 6
    )


def _split(text: str, delimiter: str) -> list[str]:
    return text.split(delimiter) if delimiter else [text]


def _readable(text: str) -> str:
    r"""Write bytes that are no text (and NUL, which databases refuse) as \xNN."""
    if text.isprintable():
        return text
    return _UNKNOWN.sub(lambda found: f"\\x{ord(found[0]) & 0xFF:02x}", text)


@lru_cache(maxsize=16)
def _escapes(escape: str) -> re.Pattern[str]:
    mark = re.escape(escape)
    return re.compile(f"{mark}([FSRE]|X[0-9A-Fa-f]+){mark}")
