"""The beginning and end of a message: no length is sent, a message ends with the closing tag of its root.

    [<?xml version="1.0" encoding="..."?>] <OBS.R01> ... </OBS.R01>

Rules
- A root is three letters and a revision (HEL.R01) or a vendor's own (DTV.SIEM.DVCMD): capital letters, where the
  elements within have small ones. Several messages may share a segment, or one be split anywhere.
- The search for the end goes on where it stopped. A message has at most 256 KiB: more is `too_long`.
- Another root or XML declaration before the end says that the rest will not come (`truncated`).
- A document type or an entity declaration is refused before any parser sees it: neither has a use here, and both can
  make kilobytes into gigabytes. A message that is not well-formed is rejected (`record`).
- Between messages the XML declaration, white space, a byte order mark and the VT and FS of devices that frame as HL7
  does are passed over. A message is its root, whether its declaration was seen or not.
- The charset is the declared one, if it is one of those below, else the profile's.
"""

import re
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from firmware_adapters.framing import FOREIGN, Broken, Found, Judgement, Mark, More, Stateless, Whole

LONGEST = 256 * 1024
_LONGEST_HEAD = 1024
_PASSED = re.compile(rb"[\s\x1c]+|\xef\xbb\xbf")
_DECLARATION = re.compile(rb"<\?xml[^<>]{0,256}\?>")
_DECLARATION_BEGUN = re.compile(rb"<(?:\?(?:x(?:m(?:l[^<>]{0,257})?)?)?)?")
_NAME = rb"[A-Z]{3}\.[A-Z][A-Z0-9_]{0,30}(?:\.[A-Z0-9_]{1,30}){0,2}"
_ROOT = re.compile(rb"<(" + _NAME + rb")(?=[\s/>])")
_ROOT_BEGUN = re.compile(rb"<[A-Z0-9_.]{0,97}")
_TOKEN = re.compile(rb"<\?xml|<!(?:DOCTYPE|ENTITY)|<(/?)(" + _NAME + rb")(?=[\s/>])")
_REVISION = re.compile(rb"[A-Z]{3}\.R[0-9]{2}")
_TAG_END = re.compile(rb"\s{0,8}>")
_LONGEST_TOKEN = 128
_ENCODING = re.compile(rb"<\?xml[^<>]*\sencoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_CHARSETS = {
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "US-ASCII": "ascii",
    "ASCII": "ascii",
    "ISO-8859-1": "latin-1",
    "LATIN1": "latin-1",
    "WINDOWS-1252": "cp1252",
    "GB2312": "gb18030",
    "GBK": "gb18030",
    "GB18030": "gb18030",
}


class NotAMessageError(ValueError):
    """Message that is not well-formed, or not in its charset."""


def declared_charset(declaration: bytes) -> str:
    """Return the charset of an XML declaration; empty where it names none that is known here."""
    found = _ENCODING.match(declaration)
    return _CHARSETS.get(found[1].decode().upper(), "") if found else ""


def parse(data: bytes, charset: str) -> Element:
    """Return the root element of a whole message without declarations of types or entities; namespaces are left out of
    the names. Raises NotAMessageError."""
    try:
        root = ElementTree.fromstring(data.decode(charset))  # noqa: S314 - the grammar has refused what is unsafe
    except (UnicodeDecodeError, ElementTree.ParseError) as exc:
        raise NotAMessageError(str(exc)) from exc
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


@dataclass(slots=True)
class _Progress:
    """Progress in reading the candidate at `offset`. `root` is known from the end of its start tag on."""

    offset: int
    root: bytes = b""
    place: int = 0


class MessageGrammar(Stateless):
    """Grammar of messages; the rules stand in the module's text."""

    heads = re.compile(rb"[<\s\x1c\xef]")

    def __init__(self, charset: str) -> None:
        self._charset = charset
        self._declared = ""
        self._is_behind_wreck = False
        self._progress = _Progress(-1)

    def took(self, frame: Found) -> None:
        self._is_behind_wreck = False
        if frame.kind == "declaration":
            self._declared = declared_charset(frame.data)
        elif not frame.is_mark:
            self._declared = ""

    def lost(self, end: int) -> None:  # noqa: ARG002
        """Note a rejected message: white space in its rest is not between messages."""
        self._is_behind_wreck = True

    def judge(self, buffer: bytearray, offset: int, /) -> Judgement:
        passed = _PASSED.match(buffer)
        if passed and not self._is_behind_wreck:
            return Mark(passed.end(), "space")
        if buffer[:1] != b"<":
            return More(is_ours=False) if b"\xef\xbb\xbf".startswith(buffer) else FOREIGN
        if declaration := _DECLARATION.match(buffer):
            return Mark(declaration.end(), "declaration")
        if self._progress.offset != offset:
            self._progress = _Progress(offset)
        return self._begin(buffer, self._progress) or self._search(buffer, self._progress)

    def _begin(self, buffer: bytearray, progress: _Progress) -> Judgement | None:
        """Read as far as the end of the root's start tag; None when it is read."""
        if progress.root:
            return None
        root = _ROOT.match(buffer)
        if root is None:
            return _no_root(buffer)
        closed = buffer.find(b">", root.end(), _LONGEST_HEAD)
        if closed < 0:
            return More() if len(buffer) < _LONGEST_HEAD else Broken("too_long", _LONGEST_HEAD, "a start tag")
        if buffer[closed - 1 : closed] == b"/":
            return self._whole(buffer, closed + 1, root[1])
        progress.root, progress.place = root[1], closed + 1
        return None

    def _search(self, buffer: bytearray, progress: _Progress) -> Judgement:
        for token in _TOKEN.finditer(buffer, progress.place, LONGEST):
            slash, name = token[1], token[2]
            if slash and name == progress.root:
                end = _TAG_END.match(buffer, token.end(), LONGEST)
                if end:
                    return self._whole(buffer, end.end(), name)
                progress.place = token.start()
                return More() if len(buffer) - token.end() < 8 else Broken("record", token.end(), "a closing tag")
            if name is None or _REVISION.fullmatch(name):
                is_cut = not slash and token[0][:2] != b"<!"
                detail = "" if is_cut else f"{token[0].decode()} within {progress.root.decode()}"
                return Broken("truncated" if is_cut else "record", token.start(), detail)
        if len(buffer) > LONGEST:
            return Broken("too_long", LONGEST)
        progress.place = max(progress.place, len(buffer) - _LONGEST_TOKEN)
        return More()

    def _whole(self, buffer: bytearray, size: int, root: bytes) -> Judgement:
        try:
            parse(bytes(buffer[:size]), self._declared or self._charset)
        except NotAMessageError as exc:
            return Broken("record", size, str(exc))
        return Whole(size, root.decode())


def _no_root(buffer: bytearray) -> Judgement:
    """Judge a head without a root: more bytes may bring a root or a declaration, or never will."""
    if buffer[:9] == b"<!DOCTYPE":
        return Broken("record", 9, "a document type declaration")
    is_begun = b"<!DOCTYPE".startswith(buffer) or _DECLARATION_BEGUN.fullmatch(buffer) or _ROOT_BEGUN.fullmatch(buffer)
    return More(is_ours=False) if is_begun else FOREIGN
