"""The beginning and end of a message: bytes -> messages. Their content is read by `segments` and `results`.

    VT message FS CR        minimal lower layer protocol (MLLP)
    MSH...CR ... CR CR      bare: files, serial lines, instruments that leave the end block out

Rules
- A message begins with MSH, a separator and encoding characters, behind a VT or without one. A VT before anything else
  is noise: it opens no message that would swallow the next.
- A framed message ends with FS. Where another message begins before that, behind VT or within a segment, it is
  incomplete, unless it has a blank line with no segment behind it: some instruments send VT and no FS.
- A bare message ends with a blank line, FS, the next message, or silence.
- CR and LF behind a message are eaten.
- A message longer than the bound is one item (`Overlong`) when its end has come: its first bytes are kept, the others
  only counted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from firmware_adapters.contract import Noise

FS = b"\x1c"
_MARK = rb"[!-/:-@\[-^`{-~]"
_MSH = rb"MSH" + _MARK + _MARK
_VT_MSH = rb"\x0b[\r\n]{0,4}(?=" + _MSH + rb")"
_START = re.compile(_VT_MSH + rb"|(?=" + _MSH + rb")")
_MAY_START = re.compile(rb"(?:\x0b[\r\n]{0,4}(?:M(?:S(?:H" + _MARK + rb"?)?)?)?|M(?:S(?:H" + _MARK + rb"?)?)?)\Z")
_WITHIN_SEGMENT = rb"(?<=[^\r\n\x0b])(?=MSH\|\^~\\&\|)"
_END_OF_FRAMED = re.compile(FS + rb"|" + _VT_MSH + rb"|" + _WITHIN_SEGMENT)
_END_OF_BARE = re.compile(FS + rb"|" + _VT_MSH + rb"|(?=" + _MSH + rb")|\r\n(?=\r\n)|\r(?=\r)|\n(?=\n)")
_OVER = re.compile(rb"(?:\r\n\r\n|\r\r|\n\n)(?![\r\n]|[A-Z][A-Z0-9]{2}" + _MARK + rb")")
_LOOKED_AHEAD = 10


@dataclass(frozen=True, slots=True)
class Message:
    """Message as it lies on the line. `content` begins with MSH. `is_ended`: its end was seen, so that it is whole."""

    frame: bytes
    offset: int
    content: bytes
    content_offset: int
    is_framed: bool
    is_ended: bool


@dataclass(frozen=True, slots=True)
class Overlong:
    """Message beyond the bound: its first bytes (`head` without the VT), and how many it had in all."""

    first: bytes
    offset: int
    head: bytes
    size: int
    is_framed: bool
    is_ended: bool


Found = Message | Overlong | Noise


class Framer:
    """Framer of messages. `feed` takes bytes and gives the items found; call `give_up` when no more will come."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._buffer = bytearray()
        self._offset = 0
        self._is_open = False
        self._is_framed = False
        self._content_at = 0
        self._searched = 0
        self._eats_line_ends = False
        # Of a message beyond the bound: the bytes that are kept, and its offset.
        self._first = b""
        self._began_at = 0

    @property
    def is_in_framed(self) -> bool:
        return self._is_open and self._is_framed

    @property
    def is_in_bare(self) -> bool:
        return self._is_open and not self._is_framed

    def feed(self, data: bytes) -> Iterator[Found]:
        self._buffer += data
        while self._buffer:
            if not self._is_open:
                yield from self._open()
                if not self._is_open:
                    return
            found = self._close()
            if found is None:
                return
            yield found

    def give_up(self) -> Iterator[Found]:
        """Let out the held bytes: a message, ended or not, or bytes that might have begun one."""
        if self._is_open and self._first:
            yield self._overlong(len(self._buffer), is_ended=not self._is_framed)
        elif self._is_open:
            yield self._without_mark(len(self._buffer))
        if self._buffer:
            yield Noise(self._offset, self._cut(len(self._buffer)))
        self._eats_line_ends = False

    def _open(self) -> Iterator[Noise]:
        """Look for the beginning of a message; everything before it is noise."""
        if self._eats_line_ends:
            self._cut(len(self._buffer) - len(self._buffer.lstrip(b"\r\n")))
            self._eats_line_ends = not self._buffer
        start = _START.search(self._buffer)
        kept = start or _MAY_START.search(self._buffer)
        before = kept.start() if kept else len(self._buffer)
        if before:
            yield Noise(self._offset, self._cut(before))
        if start:
            self._is_open = True
            self._content_at = self._searched = start.end() - start.start()
            self._is_framed = self._content_at > 0

    def _close(self) -> Message | Overlong | None:
        """Look for the end of the open message."""
        if self._first:
            return self._close_overlong()
        pattern = _END_OF_FRAMED if self._is_framed else _END_OF_BARE
        # Look only at new bytes and a little before them: an end may have been cut between two reads.
        end = pattern.search(self._buffer, max(self._content_at + 5, self._searched - _LOOKED_AHEAD))
        self._searched = len(self._buffer)
        limit = self._content_at + self._longest
        if (end and end.start() > limit) or (not end and len(self._buffer) > limit + _LOOKED_AHEAD):
            self._began_at = self._offset
            self._first = self._cut(limit)
            return self._close_overlong()
        if not end or self._may_begin_before(end.start(), self._content_at):
            return None
        mark = end.group()
        content = bytes(self._buffer[self._content_at : end.start()])
        if mark == FS:
            return self._message(end.end(), content, is_ended=True)
        # The first line end of a blank line closes the last segment, so it belongs to the message.
        if mark in (b"\r", b"\n", b"\r\n"):
            return self._message(end.end(), content + mark, is_ended=True)
        return self._without_mark(end.start())

    def _close_overlong(self) -> Overlong | None:
        """Look for the end of a message that is beyond the bound, and keep nothing of it but what may be its end."""
        end = (_END_OF_FRAMED if self._is_framed else _END_OF_BARE).search(self._buffer)
        if not end:
            self._cut(max(0, len(self._buffer) - _LOOKED_AHEAD))
            return None
        if self._may_begin_before(end.start(), 0):
            return None
        is_mark = end.group() in (FS, b"\r", b"\n", b"\r\n")
        is_ended = end.group() == FS or not self._is_framed
        return self._overlong(end.end() if is_mark else end.start(), is_ended=is_ended)

    def _overlong(self, size: int, *, is_ended: bool) -> Overlong:
        """Return the message beyond the bound, which goes as far as `size` bytes of the buffer."""
        self._cut(size)
        first, self._first = self._first, b""
        self._is_open = False
        self._eats_line_ends = True
        head = first[self._content_at :]
        return Overlong(first, self._began_at, head, self._offset - self._began_at, self._is_framed, is_ended)

    def _may_begin_before(self, place: int, lowest: int) -> bool:
        """Return True when a message may begin before `place`: a blank line may belong to the head of the next message,
        whose rest is still to come."""
        head = _MAY_START.search(self._buffer, max(lowest, len(self._buffer) - _LOOKED_AHEAD))
        return head is not None and head.start() < place

    def _without_mark(self, size: int) -> Message:
        """Return a message that goes no farther than `size`: a bare one is over with its line, a framed one with a
        blank."""
        content = bytes(self._buffer[self._content_at : size])
        over = _OVER.search(content) if self._is_framed else None
        if over:
            return self._message(self._content_at + over.end(), content[: over.end()], is_ended=True)
        return self._message(size, content, is_ended=not self._is_framed and content.endswith((b"\r", b"\n")))

    def _message(self, size: int, content: bytes, *, is_ended: bool) -> Message:
        offset, content_at = self._offset, self._content_at
        self._is_open = False
        self._eats_line_ends = True
        return Message(self._cut(size), offset, content, offset + content_at, self._is_framed, is_ended)

    def _cut(self, size: int) -> bytes:
        cut = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._offset += size
        return cut
