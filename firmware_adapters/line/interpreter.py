"""Lines of text -> readings, by the profile's grammar. One object for one stream: it remembers the open block.

    state     the line is                       what happens
    any       blank                             ends a block whose `end` is '', else nothing
    block     a row                             kept until the block ends
    block     context, or to be ignored         its fields hold for all rows, also for those before it; a field that
                                                comes several times holds for the rows behind it, where the first one
                                                stands before all rows, else for those before it
    block     the end, or the last of its size  the rows become readings; incomplete where lines are missing
    block     its start, empty or of a size     the open block ends, incomplete; a new one is open
    block     the start of a block              the open block ends, incomplete; a new one is open
    block     more lines than it may have       the open block ends, incomplete
    block     a line of its own kind            the open block ends, incomplete; the line is a reading
    outside   the start of a block              a block is open
    outside   a line of its own kind            a reading
    outside   to be ignored                     nothing
    any       anything else                     not understood: rejected

A block that does not end (silence, the end of the input, a cut ticket) still gives its rows, flagged
`block_incomplete`: each row was a whole line. Rows that are told by their place are then `unknown`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from firmware_adapters.contract import Reading
from firmware_adapters.copies import Copies
from firmware_adapters.line.checks import is_sound
from firmware_adapters.line.fields import FieldReader, TextLine
from firmware_adapters.line.grammar import Block, Grammar, Pattern, Request
from firmware_adapters.line.patterns import compile_pattern
from firmware_adapters.profile import Profile

_MOST_FIELDS = 64


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Reason why a line is rejected."""

    reason: str
    detail: str


@dataclass(slots=True)
class _Open:
    """A block that has not ended."""

    block: Block
    said: dict[str, list[tuple[int, str]]] = field(default_factory=dict[str, list[tuple[int, str]]])
    rows: list[tuple[Pattern, dict[str, str], TextLine, int]] = field(default_factory=list)
    lines: int = 1

    @property
    def place(self) -> int:
        """Return the place of the last line that was read, from 1 behind the start."""
        return self.lines - 1

    def say(self, fields: Mapping[str, str]) -> None:
        """Note the fields of the line that was read last."""
        for name, text in fields.items():
            if text and (name in self.said or len(self.said) < _MOST_FIELDS):
                self.said.setdefault(name, []).append((self.place, text))

    def fields_at(self, place: int) -> dict[str, str]:
        """Return what the lines around a row say of it."""
        first = self.rows[0][3]
        return {name: _nearest(told, place, is_before=told[0][0] < first) for name, told in self.said.items()}


def _nearest(told: Sequence[tuple[int, str]], place: int, *, is_before: bool) -> str:
    """Return the text that holds at a place, of those that were told, in their order."""
    if is_before:
        return next((text for at, text in reversed(told) if at <= place), told[0][1])
    return next((text for at, text in told if at >= place), told[-1][1])


Said = list[Reading] | NotUnderstood


class Interpreter:
    def __init__(self, profile: Profile, grammar: Grammar) -> None:
        self._grammar = grammar
        self._charset = profile.charset
        self._fields = FieldReader(profile, grammar.time_formats)
        self._headings = tuple(map(compile_pattern, grammar.headings))
        self._ignored = tuple(map(compile_pattern, grammar.ignore))
        # A stream may begin with a block's first line: an empty line before it is not sent by a box just switched on.
        self._open = next((_Open(block) for block in grammar.blocks if block.begins_empty), None)
        self._before: str | None = None
        self.is_answer = False

    @property
    def is_in_block(self) -> bool:
        return self._open is not None

    def read(self, line: TextLine, asked: Request | None = None) -> Said:
        """Read a line. `asked` is the request that this line may answer; `is_answer` says afterwards whether it did."""
        self.is_answer = False
        if any(heading.fullmatch(line.text) for heading in self._headings):
            return []
        if self._open is not None:
            said = self._read_in_block(self._open, line)
            if said is not None:
                return said
        started = self._start(line)
        if started is not None:
            return started
        if not line.text.strip():
            return []
        return self._read_alone(line, asked)

    def close(self) -> list[Reading]:
        """Discard the unfinished record. One that only the next start ends is whole, as far as anybody knows."""
        is_whole = self._open is not None and self._open.block.until_start
        return self._finish() if is_whole else self._finish("block_incomplete")

    def _read_in_block(self, open_block: _Open, line: TextLine) -> Said | None:
        """Read a line within a block; None: the line does not belong to the block."""
        open_block.lines += 1
        block, is_empty = open_block.block, not line.text.strip()
        if open_block.lines > block.max_lines:
            return self.close()
        if (is_empty or block.size or block.until_start) and compile_pattern(block.start).fullmatch(line.text):
            return None
        is_known = self._add_row(open_block, line) or self._add_context(open_block, line)
        end = compile_pattern(block.end).fullmatch(line.text) if block.end is not None else None
        if end:
            open_block.say(end.groupdict(""))
            return self._finish("block_incomplete") if open_block.place < block.size else self._finish()
        if not (is_known or is_empty or self._is_ignored(line)):
            return None
        return self._finish() if open_block.place == block.size else []

    def _add_row(self, open_block: _Open, line: TextLine) -> bool:
        for pattern in open_block.block.rows:
            if pattern.place and pattern.place != open_block.place:
                continue
            found = pattern.fullmatch(line.text)
            if found and is_sound(pattern.check, found, self._charset):
                open_block.rows.append((pattern, found.groupdict(""), line, open_block.place))
                return True
        return False

    def _add_context(self, open_block: _Open, line: TextLine) -> bool:
        for pattern in open_block.block.context:
            found = compile_pattern(pattern).fullmatch(line.text)
            if found:
                open_block.say(found.groupdict(""))
                return True
        return False

    def _start(self, line: TextLine) -> list[Reading] | None:
        for block in self._grammar.blocks:
            found = compile_pattern(block.start).fullmatch(line.text)
            if found:
                readings = self.close()
                self._open = _Open(block)
                self._open.say(found.groupdict(""))
                return readings
        return None

    def _read_alone(self, line: TextLine, asked: Request | None) -> Said:
        before, self._before = self._before, line.text
        failed = NotUnderstood("record", "no pattern of the profile matches")
        for pattern in self._grammar.lines:
            found = pattern.fullmatch(line.text)
            if not found:
                continue
            if not is_sound(pattern.check, found, self._charset):
                failed = NotUnderstood("checksum", "")
            elif pattern.is_answer and asked is None:
                failed = NotUnderstood("sequence", "an answer to a request that was not seen")
            else:
                self.is_answer = pattern.is_answer
                if pattern.only_changes and before == line.text:
                    return []
                readings = self._fields.read(pattern, found.groupdict(""), line, asked if pattern.is_answer else None)
                copies = Copies()  # the groups of a line are several tests, though they be equal
                return [*self.close(), *map(copies.numbered, readings)]
        return [] if self._is_ignored(line) else failed

    def _is_ignored(self, line: TextLine) -> bool:
        return any(pattern.fullmatch(line.text) for pattern in self._ignored)

    def _finish(self, *flags: str) -> list[Reading]:
        finished, self._open = self._open, None
        if finished is None:
            return []
        copies = Copies()
        return [copies.numbered(reading) for reading in self._rows(finished, flags)]

    def _rows(self, finished: _Open, flags: tuple[str, ...]) -> Iterable[Reading]:
        for pattern, fields, line, place in finished.rows:
            own = {name: text for name, text in fields.items() if text}
            for reading in self._fields.read(pattern, {**finished.fields_at(place), **own}, line):
                flagged = replace(reading, flags=(*reading.flags, *flags)) if flags else reading
                # With a line lost somewhere, nobody knows what stands at a place.
                yield replace(flagged, item="unknown", item_name="") if flags and pattern.place else flagged
