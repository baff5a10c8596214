"""Finding frames in a stream of bytes, for families that know a frame by its length, its sum or its plausibility.

A family says what its frames look like in a `Grammar`: given the buffer, it judges the candidate at its head. `Scanner`
does the rest, the same for all:

- What fails is dropped one byte at a time, so a good frame is found even where it begins inside a bad one. The rejected
  range ends at that good frame, at the next head that the grammar is sure of, or at the claimed end, whichever is
  first: ranges never overlap, and every byte comes out in exactly one of them (marks excepted: they are eaten without
  a word).
- The result depends on the bytes alone, never on how they were cut. Only `give_up` (the line fell silent, the file
  ended) makes a frame's missing rest final.
- The buffer holds one candidate at most, so a grammar bounds the memory by the longest size that it believes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from firmware_adapters.contract import FrameRejected, Noise

LONGEST_NOISE = 1024


@dataclass(frozen=True, slots=True)
class Whole:
    """A frame of `size` bytes that passed every check. `kind` is the grammar's name for it."""

    size: int
    kind: str


@dataclass(frozen=True, slots=True)
class More:
    """Undecided. `is_ours`: it began as one of the family's, so it is rejected, not noise, if the rest never comes;
    `size` is then how much it claims, if that is known. `otherwise`: what it is if nothing more comes."""

    is_ours: bool = True
    size: int | None = None
    otherwise: Whole | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Mark of `size` bytes that belongs to the protocol and holds nothing to count: a host's request, an echo, an
    end."""

    size: int
    kind: str


@dataclass(frozen=True, slots=True)
class Broken:
    """Candidate that began as one of the family's frames, of `size` bytes as far as it can be known, and did not pass.
    `is_sure`: this head is unlikely to be part of another frame, so an open rejected range ends here and a new one
    begins."""

    reason: str
    size: int
    detail: str = ""
    is_sure: bool = False


@dataclass(frozen=True, slots=True)
class Foreign:
    """No frame begins here."""


FOREIGN = Foreign()
Judgement = More | Whole | Mark | Broken | Foreign


class Grammar(Protocol):
    """Grammar of a family's frames. It may keep a state (which variant, are groups expected), which only `took` and
    `lost` change, so that `judge` itself changes nothing."""

    def skip(self, buffer: bytearray, offset: int, /) -> int:
        """Return how many bytes at the head can begin nothing, whatever follows. Only for speed: 0 is always right."""
        ...

    def judge(self, buffer: bytearray, offset: int, /) -> Judgement:
        """Judge the candidate at the head of a buffer that is not empty; `offset` counts the bytes before it since the
        start. More bytes in the buffer may decide a judgement that was open (More), and never change a decision."""
        ...

    def took(self, frame: "Found") -> None:
        """Note that a whole frame or a mark was found."""
        ...

    def lost(self, end: int) -> None:
        """Note that the candidate judged last was rejected; it claimed the bytes as far as offset `end`."""
        ...

    def gave_up(self, offset: int) -> None:
        """Note that the line fell silent or ended after `offset` bytes."""
        ...


class Stateless:
    """The part of a grammar that most families do not need. `heads` matches the one byte that a frame begins with."""

    heads: re.Pattern[bytes]

    def skip(self, buffer: bytearray, _offset: int, /) -> int:
        found = self.heads.search(buffer)
        return found.start() if found else len(buffer)

    def took(self, frame: "Found") -> None:
        """Ignore the frame: no judgement depends on the ones before."""

    def lost(self, end: int) -> None:
        """Ignore the loss: no judgement depends on the ones before."""

    def gave_up(self, offset: int) -> None:
        """Ignore the silence: no judgement depends on the ones before."""


@dataclass(frozen=True, slots=True)
class Found:
    """A whole frame, or a mark."""

    offset: int
    data: bytes
    kind: str
    is_mark: bool = False


@dataclass(slots=True)
class _Rejected:
    """A rejected range that is still being collected; it ends before `end` if something better begins there."""

    reason: str
    detail: str
    offset: int
    end: int
    data: bytearray = field(default_factory=bytearray)


Seen = Found | FrameRejected | Noise


class Scanner:
    """Scanner of a stream. `feed` takes bytes and gives the items found; call `give_up` when no more will come."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._buffer = bytearray()
        self._offset = 0
        self._noise = bytearray()
        self._rejected: _Rejected | None = None
        self._seen: list[Seen] = []

    @property
    def offset(self) -> int:
        """Return how many bytes have been fed."""
        return self._offset + len(self._buffer)

    @property
    def is_holding(self) -> bool:
        """Return True while bytes were fed that have not come out yet."""
        return bool(self._buffer or self._noise or self._rejected)

    def feed(self, data: bytes) -> Sequence[Seen]:
        self._buffer += data
        return self._scan(None)

    def give_up(self, reason: str) -> Sequence[Seen]:
        """Let out all held bytes; a frame that misses its rest is rejected with `reason`."""
        self._scan(reason)
        self._close()
        self._grammar.gave_up(self._offset)
        return self._seen

    def _scan(self, final: str | None) -> Sequence[Seen]:
        self._seen = []
        while self._buffer:
            self._drop(self._grammar.skip(self._buffer, self._offset))
            if not self._buffer or not self._step(final):
                break
        return self._seen

    def _step(self, final: str | None) -> bool:
        """Act on the judgement of the candidate. False: more bytes are needed."""
        match self._grammar.judge(self._buffer, self._offset):
            case Whole(size, kind):
                self._accept(size, kind, is_mark=False)
            case Mark(size, kind):
                self._accept(size, kind, is_mark=True)
            case More(is_ours, size, otherwise):
                if final is None:
                    return False
                # No more bytes will come: take the reading that holds then, or reject our own half frame.
                if otherwise:
                    self._accept(otherwise.size, otherwise.kind, is_mark=False)
                    return True
                if is_ours:
                    self._reject(Broken(final, size or len(self._buffer)))
                self._drop(1)
            case Broken() as broken:
                self._reject(broken)
                self._drop(1)
            case Foreign():
                self._drop(1)
        return True

    def _accept(self, size: int, kind: str, *, is_mark: bool) -> None:
        self._close()
        found = Found(self._offset, bytes(self._buffer[:size]), kind, is_mark)
        self._advance(size)
        self._seen.append(found)
        self._grammar.took(found)

    def _reject(self, broken: Broken) -> None:
        """Begin a rejected range, unless this candidate lies inside one."""
        end = self._offset + broken.size
        # A wrong candidate within a rejected range is part of the same damage: it is counted once.
        if self._rejected is None or broken.is_sure:
            self._close()
            self._rejected = _Rejected(broken.reason, broken.detail, self._offset, end)
        self._grammar.lost(end)

    def _drop(self, count: int) -> None:
        """Move bytes from the buffer to the open rejected range, and bytes beyond its end to the noise."""
        while count:
            if self._rejected:
                taken = min(count, self._rejected.end - self._offset)
                self._rejected.data += self._buffer[:taken]
                is_full = self._offset + taken == self._rejected.end
            else:
                # Noise comes out in bounded pieces, so that a line that babbles for days fills no memory.
                taken = min(count, LONGEST_NOISE - len(self._noise))
                self._noise += self._buffer[:taken]
                is_full = len(self._noise) == LONGEST_NOISE
            self._advance(taken)
            count -= taken
            if is_full:
                self._close()

    def _advance(self, count: int) -> None:
        del self._buffer[:count]
        self._offset += count

    def _close(self) -> None:
        """Let out the noise or the rejected range that lies before this place (never both are open)."""
        if self._noise:
            self._seen.append(Noise(self._offset - len(self._noise), bytes(self._noise)))
            self._noise.clear()
        if self._rejected:
            rejected = self._rejected
            self._seen.append(FrameRejected(rejected.reason, rejected.offset, bytes(rejected.data), rejected.detail))
            self._rejected = None
