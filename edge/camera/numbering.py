"""Finds pictures that are missing from an H.264 stream, by the numbers in its slices (ITU-T H.264, 7.4.3). Pure.

A camera on a slow line leaves out packets. The decoder goes on without a word: it codes the next pictures against one
that it does not have, and shows ghosts. HEVC has no such number; its decoder says itself what it misses."""

from dataclasses import dataclass

from edge.camera.bits import Bits
from edge.camera.parameter_sets import parameter_sets
from edge.camera.slices import first_slice

_HIGH = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})
_IDR = 5


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The counting of a stream. `bits`: of a number; `may_jump`: gaps are no damage here."""

    bits: int
    has_planes: bool
    may_jump: bool


class Numbering:
    """The numbers of the pictures of one stream. `extradata`: its parameter sets, as far as they are known before."""

    def __init__(self, codec: str, extradata: bytes) -> None:
        self._codec = codec
        self._numbers: _Numbers | None = None
        self._sequence = b""
        self._last: int | None = None
        self._learn(extradata)

    def is_gap(self, data: bytes) -> bool:
        """Take a packet and tell whether a picture is missing before it. Call in the order of decoding."""
        if self._codec != "h264":
            return False
        head = first_slice("h264", data)
        if not head:
            return False
        kind = head[0] & 0x1F
        if kind == _IDR:
            self._learn(data)
            self._last = 0
            return False
        if self._numbers is None or self._numbers.may_jump:
            return False
        bits = Bits(head[1:])
        bits.number()  # the first block
        bits.number()  # the kind of the slice
        bits.number()  # its picture parameter set
        if self._numbers.has_planes:
            bits.take(2)
        number, last = bits.take(self._numbers.bits), self._last
        self._last = number
        return last is not None and (number - last) % (1 << self._numbers.bits) > 1

    def _learn(self, data: bytes) -> None:
        found = parameter_sets("h264", data) if self._codec == "h264" else None
        if found is not None and found.sequence != self._sequence:
            self._sequence = found.sequence
            self._numbers = _read(Bits(found.sequence[1:]))


def _read(bits: Bits) -> _Numbers:
    profile = bits.take(8)
    bits.take(16)
    bits.number()
    has_planes = False
    if profile in _HIGH:
        chroma = bits.number()
        has_planes = chroma == 3 and bool(bits.take(1))
        bits.number()
        bits.number()
        bits.take(1)
        if bits.take(1):
            _skip_lists(bits, 12 if chroma == 3 else 8)
    size = bits.number() + 4
    order = bits.number()
    if order == 0:
        bits.number()
    elif order == 1:
        bits.take(1)
        bits.signed()
        bits.signed()
        for _ in range(min(256, bits.number())):
            bits.signed()
    bits.number()
    return _Numbers(size, has_planes, may_jump=bool(bits.take(1)) or size > 16)


def _skip_lists(bits: Bits, count: int) -> None:
    for at in range(count):
        if not bits.take(1):
            continue
        last = following = 8
        for _ in range(16 if at < 6 else 64):
            if following:
                following = (last + bits.signed()) % 256
            last = following or last
