"""The families and profiles that would decode a capture, and the reasons against the others. Nothing is ever sent.

Each family with each profile listens to the whole capture in one pass; then those that found frames are put to the
proof of `scoring`. Where the profiles of a family read a capture alike, the capture does not say which model it was,
and that is the answer; likewise where two families do, or where nothing but plausible text was found.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from firmware_adapters.contract import FrameAccepted, FrameRejected, Noise, Output, Reading
from shian.adapters.reasons import doubt_of, is_alike
from shian.adapters.requests import is_known_request
from shian.adapters.scoring import SAMPLE, Score, score
from shian.adapters.sources import Source
from shian.adapters.tally import Candidate, Counting, Heard, run

MOST = 1024 * 1024
_STEP = 0.02
# Taken off where every reading is of another model, or written as another model does: that profile fits the less.
_MISFIT = 0.06


@dataclass(frozen=True, slots=True)
class Inspection:
    """Outcome of an inspection. `ranking`: the best first. `alike`: profiles of the best's family that read the capture
    in the same way. `doubt`: why nothing can be told, or empty. `is_cut`: the capture is longer than the part looked
    at."""

    ranking: Sequence[Score]
    size: int
    host_size: int
    alike: Sequence[Score]
    doubt: str
    is_cut: bool

    @property
    def best(self) -> Score | None:
        return self.ranking[0] if self.ranking and self.ranking[0].tally.frames else None


@dataclass(slots=True)
class _Listening:
    """One candidate during the first pass: without what the host said, and with it where that may help."""

    alone: Counting
    both: Counting | None
    requests: int = 0

    def hear(self, heard: Heard) -> None:
        self.alone.hear(heard)
        if self.both:
            self.both.hear(heard)
        self.requests += is_known_request(self.alone.candidate, heard)

    def better(self) -> Counting:
        self.alone.end()
        if self.both is None:
            return self.alone
        self.both.end()
        alone, both = self.alone.tally, self.both.tally
        return self.both if (both.known, both.frames) > (alone.known, alone.frames) else self.alone


def inspect(
    source: Source,
    candidates: Iterable[Candidate],
    advance: Callable[[int], None] = lambda _: None,
    *,
    most: int = MOST,
) -> Inspection:
    """Inspect the first `most` bytes. Raises CannotError when the file cannot be read."""
    listening = [
        _Listening(
            Counting(candidate, with_host=False),
            Counting(candidate, with_host=True) if candidate.reads_requests else None,
        )
        for candidate in candidates
    ]
    size = host_size = 0
    is_cut = False
    for heard in source.heard(advance):
        is_cut = size + host_size >= most
        if is_cut:
            break
        size += 0 if heard.is_host else len(heard.data)
        host_size += len(heard.data) if heard.is_host else 0
        for listener in listening:
            listener.hear(heard)
    scores = [_scored(source, listener) for listener in listening]
    ranking = sorted(scores, key=_merit, reverse=True)
    alike = _alike(ranking)
    return Inspection(ranking, size, host_size, alike, doubt_of(ranking, size), is_cut)


def frames_of(source: Source, chosen: Score) -> Iterator["Entry"]:
    """Yield the outputs of the chosen profile, a frame at a time, in the order of the stream."""
    entry: Entry | None = None
    for output in run(chosen.candidate, source.heard(), with_host=chosen.with_host):
        match output:
            case Reading() if entry is not None:
                entry.readings.append(output)
            case FrameAccepted() | FrameRejected() | Noise() | Reading():
                if entry is not None:
                    yield entry
                entry = Entry(output, [output] if isinstance(output, Reading) else [])
            case _:
                pass
    if entry is not None:
        yield entry


@dataclass(slots=True)
class Entry:
    """An output with the readings that came out behind it."""

    output: Output
    readings: list[Reading] = field(default_factory=list)


def _scored(source: Source, listening: _Listening) -> Score:
    counting = listening.better()
    first = counting.tally.first
    sample = [] if first is None else _sample(source, first, with_host=counting.with_host)
    return score(counting.candidate, counting.tally, sample, with_host=counting.with_host, requests=listening.requests)


def _sample(source: Source, first: int, *, with_host: bool) -> list[Heard]:
    """Return SAMPLE bytes of the source from offset `first` on, as the decoder counts them."""
    sample: list[Heard] = []
    at = 0
    for heard in source.heard():
        if heard.is_host and not with_host:
            continue
        piece = heard.data[max(first - at, 0) : max(first + SAMPLE - at, 0)]
        at += len(heard.data)
        # The request just before the first frame belongs to it.
        if heard.is_host and at <= first:
            sample = [heard]
        elif piece:
            sample.append(Heard(heard.at_s, heard.is_host, piece))
        if at >= first + SAMPLE:
            break
    return sample


def _merit(score: Score) -> tuple[float, ...]:
    tally = score.tally
    is_plain = score.candidate.profile.name == score.candidate.family.default_profile
    found = (
        score.is_checked,
        round((score.evidence - _MISFIT * tally.foreign / max(tally.readings, 1)) / _STEP),
        bool(tally.frames),
        -tally.foreign,
        tally.known,
        tally.values,
    )
    return (*found, score.requests, -tally.noise, is_plain)


def _alike(ranking: Sequence[Score]) -> Sequence[Score]:
    if not ranking or not ranking[0].tally.frames:
        return ()
    best = ranking[0]
    family = best.candidate.family.name
    return [score for score in ranking[1:] if score.candidate.family.name == family and is_alike(score, best)]
