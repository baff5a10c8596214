"""The judgement of each rule on one look. Pure but for the detectors that it asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from edge.camera.detect.contract import Detector
from edge.camera.detect.heads import HeadJudge
from edge.camera.detect.people import People, head_crop
from edge.camera.detect.regions import cut, moved, overlap
from edge.camera.detect.votes import Votes
from edge.camera.view import Bgr, Box, State

_FACE_SCORE = 0.6
_SAME = 0.3  # overlap of what two models call a face; they cut it differently
_MARGIN = 0.2  # a face that is called both, nearly as surely, is called nothing
_MOST_PEOPLE = 4  # whose heads or hands are looked at in one look: the surest


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture in which people were looked for. `gap_s`: the time before it in which nothing was judged."""

    image: Bgr
    people: People
    at_s: float
    gap_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The judgement of one rule on one scene."""

    state: State
    evidence: Mapping[str, float]
    boxes: tuple[Box, ...] = ()


class Judge(Protocol):
    """The judgement of a rule, with its memory."""

    def judge(self, scene: Scene) -> Answer: ...

    def forget(self) -> None:
        """Forget earlier looks: the camera had trouble, or the rule does not apply now, so they prove nothing any
        more."""
        ...


class PersonJudge:
    """A judge of `person`: somebody is there."""

    def judge(self, scene: Scene) -> Answer:
        sure, small = scene.people.there, scene.people.small
        if sure:
            return Answer(State.YES, _count(scene), sure)
        return Answer(State.UNSURE if small else State.NO, _count(scene), small)

    def forget(self) -> None:
        pass


class CrowdJudge:
    """A judge of `too_many`: more than `most` people."""

    def __init__(self, most: int) -> None:
        self._most = most

    def judge(self, scene: Scene) -> Answer:
        sure, small = scene.people.there, scene.people.small
        evidence = {**_count(scene), "most": float(self._most)}
        if len(sure) > self._most:
            return Answer(State.YES, evidence, sure)
        return Answer(State.UNSURE if len(sure) + len(small) > self._most else State.NO, evidence, sure)

    def forget(self) -> None:
        pass


class NobodyJudge:
    """A judge of `nobody`: nobody for `seconds` on end. Time in which nothing was judged does not count: somebody may
    have been there."""

    def __init__(self, seconds: float, longest_gap_s: float) -> None:
        self._seconds = seconds
        self._longest_gap_s = longest_gap_s
        self._since: float | None = None

    def judge(self, scene: Scene) -> Answer:
        if scene.people.there or scene.people.small:
            self._since = None
            return Answer(State.NO, {"nobody_s": 0.0})
        if self._since is None or scene.gap_s > self._longest_gap_s or scene.at_s < self._since:
            self._since = scene.at_s
        empty_s = scene.at_s - self._since
        return Answer(State.YES if empty_s >= self._seconds else State.NO, {"nobody_s": empty_s})

    def forget(self) -> None:
        self._since = None


class MaskJudge:
    """A judge of `no_mask`: a face without a mask.

    A face must be found by `faces` in a head and named by `masks` there: the mask model alone calls the back of a head
    a bare face. Faces under `least_px` of the frame and scores under `score` decide nothing."""

    def __init__(self, faces: Detector, masks: Detector, label: str, score: float, least_px: int) -> None:
        self._faces = faces
        self._masks = masks
        self._label = label
        self._score = score
        self._least_px = least_px
        self._votes = Votes()

    def judge(self, scene: Scene) -> Answer:
        if not scene.people.sure:
            return _without_people(scene, self._votes)
        faces = [face for person in _surest(scene) if (face := self.face(scene.image, person))]
        bare = tuple(face for face in faces if face.label == self._label)
        state = State.YES if bare else State.NO if faces else State.UNSURE
        score = max((face.score for face in (bare or faces)), default=0.0)
        evidence = {**_count(scene), "faces": float(len(faces)), "bare": float(len(bare)), "score": score}
        return Answer(self._votes.add(state), evidence, bare)

    def forget(self) -> None:
        self._votes.clear()

    def face(self, image: Bgr, person: Box) -> Box | None:
        """Return the face of `person` in pixels of `image`, with the label of the mask model; None: there is no face
        that decides anything."""
        crop, across, down = head_crop(image, person)
        face = next(iter(self._faces.detect(crop)), None)
        if face is None or face.score < _FACE_SCORE or min(face.width, face.height) < self._least_px:
            return None
        named = [box for box in self._masks.detect(crop) if overlap(box, face) >= _SAME]
        if not named or named[0].score < self._score:
            return None
        # Another label is nearly as sure: the mask model cannot tell.
        if any(box.label != named[0].label and box.score > named[0].score - _MARGIN for box in named):
            return None
        return moved([named[0]], across, down)[0]


class HatJudge:
    """A judge of `no_hat`: a head of the class `label`, told by a head that was taught on site."""

    def __init__(self, head: HeadJudge, label: str, score: float, least_px: int) -> None:
        self._head = head
        self._label = label
        self._score = score
        self._least_px = least_px
        self._votes = Votes()

    def judge(self, scene: Scene) -> Answer:
        if not scene.people.sure:
            return _without_people(scene, self._votes)
        heads = [self._told(scene.image, person) for person in _surest(scene)]
        told = [box for box in heads if box]
        bare = tuple(box for box in told if box.label == self._label)
        state = State.YES if bare else State.NO if told else State.UNSURE
        evidence = {**_count(scene), "heads": float(len(told)), "bare": float(len(bare))}
        return Answer(self._votes.add(state), evidence, bare)

    def forget(self) -> None:
        self._votes.clear()

    def _told(self, image: Bgr, person: Box) -> Box | None:
        crop, across, down = head_crop(image, person)
        height, width = crop.shape[:2]
        if min(height, width) < self._least_px:
            return None
        label, score = self._head.tell(crop)
        if not label or score < self._score:
            return None
        return Box(label, score, across, down, width, height)


class ThingJudge:
    """A judge of a thing in somebody's hands: `label` of the user's model. It is looked for around each person, because
    it is small."""

    def __init__(self, detector: Detector, label: str, score: float) -> None:
        self._detector = detector
        self._label = label
        self._score = score
        self._votes = Votes()

    def judge(self, scene: Scene) -> Answer:
        if not scene.people.sure:
            return _without_people(scene, self._votes)
        found = tuple(thing for person in _surest(scene) for thing in self._things(scene.image, person))
        evidence = {**_count(scene), "score": max((box.score for box in found), default=0.0)}
        return Answer(self._votes.add(State.YES if found else State.NO), evidence, found)

    def forget(self) -> None:
        self._votes.clear()

    def _things(self, image: Bgr, person: Box) -> Sequence[Box]:
        # Hands reach beyond the box of a person.
        aside = person.width * 0.25
        right, bottom = person.left + person.width + aside, person.top + person.height
        crop, across, down = cut(image, person.left - aside, person.top, right, bottom)
        found = self._detector.detect(crop)
        return moved([box for box in found if box.label == self._label and box.score >= self._score], across, down)


def _without_people(scene: Scene, votes: Votes) -> Answer:
    """Return the answer when nobody is there who could lack something: no, but unsure if somebody is too small to
    judge."""
    votes.clear()
    return Answer(State.UNSURE if scene.people.small or scene.people.held else State.NO, _count(scene))


def _surest(scene: Scene) -> Sequence[Box]:
    return sorted(scene.people.sure, key=lambda person: -person.score)[:_MOST_PEOPLE]


def _count(scene: Scene) -> dict[str, float]:
    return {"people": float(len(scene.people.there)), "small": float(len(scene.people.small))}
