"""Scores a detector of people: recall and false share of frames, against spans of the truth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edge.camera.detect.life import WIDTH
from edge.camera.detect.people import PeopleFinder
from edge.camera.detect.regions import Region
from edge.camera.frames import ArrayFrame
from edge.camera.scaled import scaled
from edge.camera.view import Bgr

Span = tuple[float, float]  # seconds, both within


@dataclass(frozen=True, slots=True)
class PresenceScore:
    """Counts of frames. `unsure`: only boxes that are too small to rely on; these frames are neither found nor
    false."""

    there: int
    found: int
    empty: int
    false: int
    unsure: int

    @property
    def recall(self) -> float | None:
        return self.found / self.there if self.there else None

    @property
    def false_share(self) -> float | None:
        return self.false / self.empty if self.empty else None


def score_presence(
    frames: Iterable[tuple[float, Bgr]], finder: PeopleFinder, truth: Sequence[Span], slack_s: float = 0.2
) -> PresenceScore:
    """Score a detector. Frames within `slack_s` of a change of the truth are not counted: nobody can say what is right
    there."""
    there = found = empty = false = unsure = 0
    for at_s, image in frames:
        finder.see(scaled(ArrayFrame(image)).gray(WIDTH), at_s)
        if any(abs(at_s - edge) <= slack_s for span in truth for edge in span):
            continue
        is_there = any(begin <= at_s <= end for begin, end in truth)
        people = finder.find(image, [Region("")])[""]
        unsure += bool(people.small) and not people.there
        if is_there:
            there, found = there + 1, found + bool(people.there)
        else:
            empty, false = empty + 1, false + bool(people.there)
    return PresenceScore(there, found, empty, false, unsure)
