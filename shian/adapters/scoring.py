"""The strength with which a capture speaks for a profile. Measured on the capture itself, not claimed by the family:

shuffled   The same bytes in another order: all of them, and all but the control characters (so that lines stay lines);
           only the surplus of accepted frames counts: a decoder takes some frames of anything. A family that takes
           every printable line covers a capture whole and proves nothing by it.
altered    One bit of each accepted frame turned. A family with a checksum refuses them all; one that only asks for
           plausible text keeps most. So a sum that holds counts for more than text that reads well.

    evidence = (covered - covered when shuffled) x (1 + part of the altered frames that was refused) / 2
               x accepted frames / (accepted + rejected frames)                                          (0 to 1)

A family that takes any bytes and still finds numbers where the shuffled bytes give none (a receipt, `12.3 g`) gets up
to 0.2 for that. Both tests run over a sample of 64 KiB that begins where the first frame was found: memory is bounded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from firmware_adapters.contract import FrameAccepted
from shian.adapters.tally import Candidate, Heard, Tally, run, tally_of

SAMPLE = 64 * 1024
_ROUNDS = 2
_ALTERED = 30
_SHORTEST = 4
_BY_VALUES = 0.2
_CHANCE = 0.05


@dataclass(frozen=True, slots=True)
class Score:
    """Score of a candidate. `evidence` is from 0 to 1. `refused` of `altered` altered frames were not accepted any
    more."""

    candidate: Candidate
    tally: Tally
    evidence: float = 0.0
    shuffled: float = 0.0
    altered: int = 0
    refused: int = 0
    requests: int = 0
    with_host: bool = False

    @property
    def strictness(self) -> float:
        return self.refused / self.altered if self.altered else 0.0

    @property
    def is_checked(self) -> bool:
        """Return True when a check held that no altered frame passed, over more than a chance find."""
        return 0 < self.altered == self.refused and self.tally.covered - self.shuffled >= _CHANCE


def score(
    candidate: Candidate, tally: Tally, sample: Sequence[Heard], *, with_host: bool = False, requests: int = 0
) -> Score:
    """Score a candidate. `tally` is of the whole capture; `sample` is a piece of it with its first frames."""
    if not tally.frames or not sample:
        return Score(candidate, tally, requests=requests, with_host=with_host)
    orders = [_shuffled(sample, keep_controls=keep) for keep in (False, True)]
    shuffled = [tally_of(candidate, order, with_host=with_host) for order in orders]
    by_chance = max(score.covered for score in shuffled)
    valued_by_chance = max(score.valued for score in shuffled)
    altered, refused = _alterations(candidate, sample, with_host=with_host)
    strictness = refused / altered if altered else 0.0
    by_frames = max(tally.covered - by_chance, 0.0) * (1 + strictness) / 2
    by_values = max(tally.valued - valued_by_chance, 0.0) * tally.covered * _BY_VALUES
    evidence = max(by_frames, by_values) * tally.frames / (tally.frames + tally.refused)
    return Score(candidate, tally, evidence, by_chance, altered, refused, requests, with_host)


def _shuffled(sample: Sequence[Heard], *, keep_controls: bool) -> list[Heard]:
    """Shuffle the bytes into another order, in chunks of the same sizes; the host's bytes go with them."""
    data = bytearray().join(chunk.data for chunk in sample)
    places = [place for place, byte in enumerate(data) if not keep_controls or byte >= 0x20]
    moved = bytearray(data[place] for place in places)
    Random(1).shuffle(moved)  # noqa: S311 - always the same order
    for place, byte in zip(places, moved, strict=True):
        data[place] = byte
    return _recut(sample, data)


def _alterations(candidate: Candidate, sample: Sequence[Heard], *, with_host: bool) -> tuple[int, int]:
    """Return how many frames were altered, and how many of those were then not accepted."""
    kept = [chunk for chunk in sample if with_host or not chunk.is_host]
    frames = _frames(candidate, kept, with_host=with_host)
    random = Random(2)  # noqa: S311 - always the same bits
    altered = refused = 0
    for _ in range(max(_ROUNDS, _ALTERED // len(frames)) if frames else 0):
        data = bytearray().join(chunk.data for chunk in kept)
        for offset, length in frames:
            data[offset + random.randrange(length)] ^= 1
        still = _frames(candidate, _recut(kept, data), with_host=with_host)
        altered += len(frames)
        refused += len(frames - still)
    return altered, refused


def _recut(sample: Sequence[Heard], data: bytearray) -> list[Heard]:
    heard = []
    at = 0
    for chunk in sample:
        heard.append(Heard(chunk.at_s, chunk.is_host, bytes(data[at : at + len(chunk.data)])))
        at += len(chunk.data)
    return heard


def _frames(candidate: Candidate, heard: Sequence[Heard], *, with_host: bool) -> set[tuple[int, int]]:
    """Return place and length of each accepted frame that is long enough to be altered."""
    size = sum(len(chunk.data) for chunk in heard)
    return {
        (output.offset, output.length)
        for output in run(candidate, heard, with_host=with_host)
        if isinstance(output, FrameAccepted) and output.length >= _SHORTEST and output.offset + output.length <= size
    }
