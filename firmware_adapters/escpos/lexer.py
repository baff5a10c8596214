"""The bytes that a thermal printer is sent -> the lines that it prints.

    LF, CR, CR LF, LF CR        end a line               commands with arguments and pictures   are taken whole
    ESC d, ESC J, ESC e, FF     end a line with text     HT, and what the profile says          step to the next column
    GS V, ESC i, ESC m, ESC @   end a ticket too         ESC $, ESC \\ to the right              the same, within text
    in page mode: GS $, GS \\,  end a line with text     other control codes                    are noise
    ESC W, ESC T, ESC FF, ESC S

Rules
- A frame is what was sent for one line: its commands, its text, its end. Noise within a line splits the frame, not the
  line.
- A command that claims more than 512 KiB, or a picture wider than paper, is a lie: its head is rejected (`length`) and
  what follows is read.
- A shorter lie cannot be told from a picture; it swallows what was sent until silence, and is then rejected: up to the
  next ESC @, where a ticket begins that is none of it, if the command claims more than 256 bytes.
- A line of 1024 bytes ends there: paper is narrower.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from firmware_adapters.contract import FrameRejected, Noise
from firmware_adapters.escpos.charsets import decoded
from firmware_adapters.escpos.commands import MAX_COMMAND, Rule, command_size, rules_with
from firmware_adapters.escpos.settings import Settings
from firmware_adapters.escpos.style import Style

MAX_TEXT = 1024
_MAX_RUN = 2048
_LIE_SIZE = 2
_TEXT = re.compile(rb"[^\x00-\x1f\x7f]+")
_LEADS = b"\x1b\x1c\x1d\x10\x12"
_FEEDS = (b"\x1bd", b"\x1bJ", b"\x1be", b"\x1bK", b"\x0c")
_PAGE_MOVES = (b"\x1d$", b"\x1d\\", b"\x1bW", b"\x1bT", b"\x1b\x0c", b"\x1bS")
_TICKET_STARTS = b"\x1b@"
_LONG = 256
_TICKET_ENDS = (b"\x1b@", b"\x1dV", b"\x1bi", b"\x1bm")
_TO, _BY = b"\x1b$", b"\x1b\\"
_CHARACTER = 12  # dots of the usual font
_FURTHEST = 0x7FFF


@dataclass(frozen=True, slots=True)
class Printed:
    """A line: its text, the text's bytes from `offset`, and the frame that ended it. `ends_ticket`: the printer cut or
    was reset behind it."""

    text: str
    raw: bytes
    offset: int
    frame: bytes
    frame_offset: int
    flags: tuple[str, ...] = ()
    ends_ticket: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Good bytes of a line whose end is still to come."""

    offset: int
    data: bytes


Found = Printed | Part | FrameRejected | Noise


@dataclass(slots=True)
class _Text:
    """The text of the open line, piece by piece, each with its charset and what national signs are put in."""

    offset: int = 0
    raw: bytearray = field(default_factory=bytearray)
    pieces: list[tuple[bytes, str, Mapping[int, str]]] = field(default_factory=list)
    is_large: bool = False
    is_doubtful: bool = False
    is_moved: bool = False

    def add(self, data: bytes, shown: bytes, offset: int, style: Style) -> None:
        if not self.raw:
            self.offset = offset
        elif self.is_moved and not self.pieces[-1][0].endswith(b"\t"):
            shown = b"\t" + shown
        self.is_moved = False
        self.is_doubtful = self.is_doubtful or (style.is_doubtful and not data.isascii())
        self.raw += data
        if self.pieces and self.pieces[-1][1:] == (style.charset, style.signs):
            shown = self.pieces.pop()[0] + shown
        self.pieces.append((shown, style.charset, style.signs))
        self.is_large = self.is_large or style.is_large

    def shown(self) -> Iterator[str]:
        for data, charset, signs in self.pieces:
            text = decoded(data, charset)
            yield text.translate(signs) if signs else text


class Lexer:
    """Lexer of a printer's data. `feed` takes bytes and gives the items found; call `give_up` when no more will
    come."""

    def __init__(self, settings: Settings, charset: str) -> None:
        self._rules: Mapping[bytes, Rule] = rules_with(settings.commands)
        self._columns = frozenset((0x09, *settings.columns))
        means_something = bytes((*self._columns, *_LEADS, 0x0A, 0x0C, 0x0D))
        self._noise = re.compile(rb"(?:(?![" + re.escape(means_something) + rb"])[\x00-\x1f\x7f])+")
        self._mark_large = settings.mark_large
        self._style = Style(charset, settings.is_chinese, settings.pages)
        self._buffer = bytearray()
        self._offset = 0
        self._run = bytearray()
        self._text = _Text()
        self._half_end = 0

    @property
    def is_within_command(self) -> bool:
        return bool(self._buffer)

    def feed(self, data: bytes) -> Iterator[Found]:
        self._buffer += data
        while self._buffer:
            byte = self._buffer[0]
            # No more than a line: to look on to the end of a long text for each of its lines takes the square of it.
            if found := _TEXT.match(self._buffer, 0, MAX_TEXT):
                yield from self._take_text(found.end())
            elif byte in b"\r\n":
                yield from self._take_line_end(byte)
            elif byte in self._columns:
                yield from self._take_text(1, b"\t")
            elif byte == 0x0C:
                yield from self._take_command(1)
            elif byte in _LEADS:
                size = command_size(self._buffer, self._rules)
                # A command whose size is still unknown after 512 KiB is a lie, and handled as one that claims more.
                if size is None and len(self._buffer) > MAX_COMMAND:
                    size = len(self._buffer)
                if size is None or (len(self._buffer) < size <= MAX_COMMAND):
                    return
                yield from self._take_command(size) if size <= MAX_COMMAND else self._take_lie()
            else:
                noise = self._noise.match(self._buffer, 0, _MAX_RUN)
                yield from self._take_noise(noise.end() if noise else 1)

    def drop_command(self, reason: str) -> Iterator[Found]:
        """Reject the open command: its rest will not come."""
        while self._buffer:
            yield from self._flush()
            offset = self._offset
            yield FrameRejected(reason, offset, self._cut(self._lost_size()))
            # The rest of the buffer may begin a ticket: it is read at once, and dropped where it breaks off as well.
            yield from self.feed(b"")

    def give_up(self, reason: str) -> Iterator[Found]:
        """Give up: no more bytes will come. A line without its end may be half a line, so it is rejected."""
        yield from self._drop_line(reason)
        if self._buffer:
            yield from self.drop_command(reason)
            yield from self._drop_line(reason)

    def _drop_line(self, reason: str) -> Iterator[Found]:
        run, offset = bytes(self._run), self._offset - len(self._run)
        has_text = bool(self._text.raw)
        self._run.clear()
        self._text = _Text()
        if run:
            yield FrameRejected(reason, offset, run) if has_text else Part(offset, run)

    def _lost_size(self) -> int:
        """Return how much of the buffer is lost with the command at its head."""
        claimed = command_size(self._buffer, self._rules)
        start = self._buffer.find(_TICKET_STARTS, _LIE_SIZE) if claimed and claimed >= _LONG else -1
        return start if start >= 0 else len(self._buffer)

    def _take_text(self, size: int, shown: bytes | None = None) -> Iterator[Found]:
        """Take text. `shown` holds the bytes to read where they differ from the printed ones."""
        self._half_end = 0
        offset = self._offset
        data = self._cut(min(size, MAX_TEXT - len(self._text.raw)))
        self._run += data
        self._text.add(data, shown or data, offset, self._style)
        if len(self._text.raw) >= MAX_TEXT:
            yield self._end_line()

    def _take_line_end(self, byte: int) -> Iterator[Found]:
        # CR LF and LF CR are one end, CR CR and LF LF are two.
        is_second_half = self._half_end not in (0, byte)
        self._half_end = 0 if is_second_half else byte
        self._run += self._cut(1)
        if not is_second_half:
            yield self._end_line()

    def _take_command(self, size: int) -> Iterator[Found]:
        if size == 0:
            # An unknown command: its letter is no text, its arguments are not known.
            is_letter = len(self._buffer) > 1 and 0x20 <= self._buffer[1] < 0x7F
            yield from self._take_noise(2 if is_letter else 1)
            return
        self._half_end = 0
        command = self._cut(size)
        self._run += command
        name = command[:2]
        if name in _TICKET_ENDS or (self._text.raw and self._ends_line(name)):
            yield self._end_line(ends_ticket=name in _TICKET_ENDS)
        elif len(self._run) >= _MAX_RUN:
            yield from self._flush()
        # After the end of the line: a command at its end is about the text behind it.
        self._text.is_moved = self._text.is_moved or _steps_right(command)
        self._style.apply(command)

    def _ends_line(self, name: bytes) -> bool:
        return name in _FEEDS or (self._style.is_in_page and name in _PAGE_MOVES)

    def _take_lie(self) -> Iterator[Found]:
        yield from self._flush()
        offset = self._offset
        yield FrameRejected("length", offset, self._cut(_LIE_SIZE))

    def _take_noise(self, size: int) -> Iterator[Found]:
        yield from self._flush()
        offset = self._offset
        yield Noise(offset, self._cut(size))

    def _flush(self) -> Iterator[Part]:
        if self._run:
            run = bytes(self._run)
            self._run.clear()
            yield Part(self._offset - len(run), run)

    def _end_line(self, *, ends_ticket: bool = False) -> Printed:
        text, self._text = self._text, _Text()
        frame = bytes(self._run)
        self._run.clear()
        shown = "".join(text.shown()).rstrip(" ")
        oddities = {"bad_charset": "\ufffd" in shown, "unknown_code_page": text.is_doubtful}
        flags = tuple(flag for flag, is_so in oddities.items() if is_so)
        if text.is_large and shown:
            shown = self._mark_large + shown.strip()
        offset = self._offset - len(frame)
        return Printed(shown, bytes(text.raw), text.offset, frame, offset, flags, ends_ticket)

    def _cut(self, size: int) -> bytes:
        cut = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._offset += size
        return cut


def _steps_right(command: bytes) -> bool:
    """Return True for a step to a place of its own on the line, or right by a character's width at least."""
    if command[:2] == _TO:
        return True
    return command[:2] == _BY and _CHARACTER <= int.from_bytes(command[2:4], "little") <= _FURTHEST
