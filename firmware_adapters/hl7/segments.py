"""A message -> segments, fields, components (HL7 v2, chapter 2).

Segments end with CR, CR LF or LF. Where MSH ends with CR or CR LF, an LF alone is data unless what looks like a segment
follows it: a device that ends segments with CR puts line feeds into long texts.

Separators come from this message's MSH; so does the charset (MSH-18). Text is decoded before it is split: the second
byte of a GBK character may be a separator. A charset that cannot be applied falls back to the profile's, then to
replacement characters, which is flagged.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_DEFAULT_MARKS = r"^~\&"
NOTHING = '""'
_CHARSETS = {
    "ASCII": "ascii",
    "UNICODE": "utf-8",
    "UNICODEUTF8": "utf-8",
    "UTF8": "utf-8",
    "GB18030": "gb18030",
    "GB180302000": "gb18030",
    "GBK": "gb18030",
    "GB2312": "gb18030",
    "BIG5": "big5",
    **{f"8859{part}": f"iso8859_{part}" for part in (*range(1, 12), 13, 14, 15)},
}


@dataclass(frozen=True, slots=True)
class Marks:
    """The separators of one message."""

    field: str = "|"
    component: str = "^"
    repeat: str = "~"
    escape: str = "\\"
    sub: str = "&"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment, decoded and split into fields. `get(5)` is field 5 as HL7 counts; MSH-1 is the separator itself."""

    name: str
    raw: bytes
    offset: int
    fields: tuple[str, ...]
    marks: Marks
    charset: str
    has_bad_bytes: bool = False

    def get(self, field: int) -> str:
        """Return the field as it was written; empty where the segment is shorter."""
        place = field - 1 if self.name == "MSH" else field
        return self.fields[place] if 0 < place < len(self.fields) else ""

    def components(self, field: int) -> tuple[str, ...]:
        """Return the components of the first repeat, unescaped; the two quotes that say "nothing" are empty."""
        first = self.get(field).split(self.marks.repeat, 1)[0]
        parts = (self.unescaped(part).strip() for part in first.split(self.marks.component))
        return tuple("" if part == NOTHING else part for part in parts)

    def component(self, field: int, number: int = 1) -> str:
        parts = self.components(field)
        return parts[number - 1] if number <= len(parts) else ""

    def text(self, field: int) -> str:
        """Return the whole field, unescaped."""
        return self.unescaped(self.get(field)).strip()

    def unescaped(self, text: str) -> str:
        if self.marks.escape not in text:
            return text
        mark = re.escape(self.marks.escape)
        return re.sub(f"{mark}([^{mark}]{{1,200}}){mark}", self._meaning, text)

    def _meaning(self, found: re.Match[str]) -> str:
        code: str = found[1]
        simple = {
            "F": self.marks.field,
            "S": self.marks.component,
            "T": self.marks.sub,
            "R": self.marks.repeat,
            "E": self.marks.escape,
            ".br": "\n",
            "H": "",
            "N": "",
        }
        if code in simple:
            return simple[code]
        if code[0] == "X":
            try:
                return bytes.fromhex(code[1:]).decode(self.charset, "replace")
            except ValueError:
                pass
        return found[0]


@dataclass(frozen=True, slots=True)
class Piece:
    """One segment's bytes, and whether its end was seen."""

    raw: bytes
    offset: int
    is_ended: bool


def split(content: bytes, offset: int) -> list[Piece]:
    """Split a message that begins with MSH into its segments; empty ones are left out."""
    pieces, at = [], 0
    for found in _segment_end(content).finditer(content):
        pieces.append(Piece(content[at : found.start()], offset + at, is_ended=True))
        at = found.end()
    pieces.append(Piece(content[at:], offset + at, is_ended=False))
    return [piece for piece in pieces if piece.raw]


def _segment_end(content: bytes) -> re.Pattern[bytes]:
    first = re.search(rb"[\r\n]", content)
    if first and first.group() == b"\n":
        return re.compile(rb"\r\n|\r|\n")
    mark = re.escape(content[3:4])
    return re.compile(rb"\r\n|\r|\n(?=[A-Z][A-Z0-9]{2}(?:" + mark + rb"|[\r\n]|\Z)|[\r\n]|\Z)")


def looks_like_segment(raw: bytes, field_mark: bytes) -> bool:
    return re.match(rb"[A-Z][A-Z0-9]{2}(?:" + re.escape(field_mark) + rb"|\Z)", raw) is not None


class SegmentReader:
    """Reader of the pieces of one message. `header` is its first piece, MSH."""

    def __init__(self, header: bytes, fallback: str) -> None:
        self._field_mark = header[3:4]
        written = header.split(self._field_mark, 2)[1].decode("latin-1")
        field = self._field_mark.decode("latin-1")
        self.marks = Marks(field, *(written[place : place + 1] or _DEFAULT_MARKS[place] for place in range(4)))
        self._fallback = fallback
        self._charset = self._declared(header) or fallback

    def read(self, pieces: list[Piece]) -> Iterator[Segment]:
        """Read the segments. A piece that does not look like a segment is left out."""
        for piece in pieces:
            if looks_like_segment(piece.raw, self._field_mark):
                text, charset, is_bad = self._decoded(piece.raw)
                fields = tuple(text.split(self.marks.field))
                yield Segment(fields[0], piece.raw, piece.offset, fields, self.marks, charset, is_bad)

    def _declared(self, header: bytes) -> str | None:
        """Return the charset of MSH-18: of several the one that is not ASCII; None for a name that we do not know."""
        fields = header.split(self._field_mark)
        if len(fields) < 18:
            return None
        repeats = fields[17].decode("latin-1").split(self.marks.repeat)
        names = (re.sub(r"[^A-Z0-9]", "", repeat.upper().removeprefix("ISO IR")) for repeat in repeats)
        known = [_CHARSETS[name] for name in names if name in _CHARSETS]
        return next((name for name in known if name != "ascii"), None)

    def _decoded(self, raw: bytes) -> tuple[str, str, bool]:
        for charset in (self._charset, self._fallback):
            try:
                return raw.decode(charset), charset, False
            except UnicodeDecodeError:
                continue
        return raw.decode(self._charset, "replace"), self._charset, True
