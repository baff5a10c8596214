"""The rules of a camera on people: a `Watcher` over detectors. A rule whose detector does not look this time is
`unsure`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import cv2
import numpy as np

from edge.camera.detect.calibration import read_calibration
from edge.camera.detect.contract import Detector
from edge.camera.detect.errors import ModelFormatError
from edge.camera.detect.faces import FACES
from edge.camera.detect.gate import WIDTH, Gate
from edge.camera.detect.heads import head_judge, head_path, open_head
from edge.camera.detect.judges import (
    Answer,
    CrowdJudge,
    HatJudge,
    Judge,
    MaskJudge,
    NobodyJudge,
    PersonJudge,
    Scene,
    ThingJudge,
)
from edge.camera.detect.life import WIDTH as LIFE_WIDTH
from edge.camera.detect.life import Life
from edge.camera.detect.models import Models
from edge.camera.detect.people import PERSON, PeopleFinder
from edge.camera.detect.regions import Region
from edge.camera.detect.settings import RuleSettings
from edge.camera.scaled import scaled
from edge.camera.settings import CameraSettings, Polygon
from edge.camera.view import Bgr, Sighting, State, View
from edge.hours import Hours, is_open
from wire.cameras import CameraKind

_GAPS = 3  # looks that may be missing before a count of time begins anew


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the settings, with its part of the picture and its judge."""

    settings: RuleSettings
    region: Region
    judge: Judge

    def applies(self, hours: tuple[Hours, ...], local: datetime) -> bool:
        return self.settings.when == "always" or (self.settings.when == "open") == is_open(hours, local)

    def say(self, answer: Answer) -> Sighting:
        return Sighting(self.settings.kind, answer.state, self.settings.zone, answer.evidence, answer.boxes)


class RulesWatcher:
    """The watcher of all rules of a camera. `masks`: parts of the picture that are never looked at."""

    def __init__(
        self,
        finder: PeopleFinder,
        rules: Sequence[Rule],
        gate: Gate,
        hours: tuple[Hours, ...],
        masks: Sequence[Polygon],
    ) -> None:
        self._finder = finder
        self._rules = tuple(rules)
        self._gate = gate
        self._hours = hours
        self._masks = tuple(masks)
        self._judged_s: float | None = None
        self._states: tuple[State, ...] = ()

    def look(self, view: View, trouble: frozenset[CameraKind]) -> Sequence[Sighting]:
        if trouble:
            for rule in self._rules:
                rule.judge.forget()
            return [_unsure(rule) for rule in self._rules]
        frame = scaled(view.frame)
        self._finder.see(frame.gray(LIFE_WIDTH), view.at_s)
        if not self._gate.opens(frame.gray(WIDTH), view.at_s):
            return [_unsure(rule) for rule in self._rules]
        said = self._judge(view)
        states = tuple(sighting.state for sighting in said)
        if states != self._states:
            self._gate.wake(view.at_s)
        self._states, self._judged_s = states, view.at_s
        return said

    def _judge(self, view: View) -> list[Sighting]:
        applying = [rule for rule in self._rules if rule.applies(self._hours, view.local)]
        # Converting to colour is costly: not without a rule that applies.
        image = self._seen(view.frame.bgr()) if applying else np.empty((0, 0, 3), np.uint8)
        found = self._finder.find(image, [rule.region for rule in applying])
        gap_s = 0.0 if self._judged_s is None else view.at_s - self._judged_s
        said = []
        for rule in self._rules:
            if rule not in applying:
                rule.judge.forget()
                said.append(Sighting(rule.settings.kind, State.NO, rule.settings.zone))
                continue
            said.append(rule.say(rule.judge.judge(Scene(image, found[rule.region.name], view.at_s, gap_s))))
        return said

    def _seen(self, image: Bgr) -> Bgr:
        if not self._masks:
            return image
        height, width = image.shape[:2]
        made = image.copy()
        for mask in self._masks:
            cv2.fillPoly(made, [np.rint(np.asarray(mask) * (width, height)).astype(np.int32)], (0, 0, 0))
        return made


def make_rules(camera: CameraSettings, models: Models) -> RulesWatcher | None:
    """Build the rules of the camera's settings and open their models; None: the camera has no rules. Raises
    ModelError, which a damaged calibration is, too."""
    detect = camera.detect
    if not detect.rule:
        return None
    life = Life(read_calibration(models.folder, camera.name))
    finder = PeopleFinder(_labelled(models, detect.person, PERSON), detect.score, life)
    longest_gap_s = _GAPS * max(detect.idle_s, detect.every_s)
    regions = {"": Region("")} | {zone.name: Region(zone.name, zone.polygon) for zone in camera.zone}
    rules = [Rule(rule, regions[rule.zone], _judge_of(rule, models, longest_gap_s)) for rule in detect.rule]
    gate = Gate(detect.every_s, detect.after_s, detect.idle_s)
    return RulesWatcher(finder, rules, gate, camera.opening, camera.mask)


def _judge_of(rule: RuleSettings, models: Models, longest_gap_s: float) -> Judge:
    match rule.kind:
        case CameraKind.PERSON:
            return PersonJudge()
        case CameraKind.TOO_MANY:
            return CrowdJudge(rule.most or 1)
        case CameraKind.NOBODY:
            return NobodyJudge((rule.minutes or 0) * 60, longest_gap_s)
        case CameraKind.NO_MASK:
            faces, masks = models.detector(FACES), _labelled(models, rule.model_name, rule.label_name)
            return MaskJudge(faces, masks, rule.label_name, rule.score_floor, rule.size_floor)
        case CameraKind.NO_HAT:
            path = head_path(models.folder, rule.model_name)
            head = open_head(path)
            judge = head_judge(path, head, models.embedder(head.embedder))
            _check_label(str(path), rule.label_name, head.labels)
            return HatJudge(judge, rule.label_name, rule.score_floor, rule.size_floor)
        case CameraKind.PHONE | CameraKind.CIGARETTE:
            return ThingJudge(_labelled(models, rule.model_name, rule.label_name), rule.label_name, rule.score_floor)


def _labelled(models: Models, name: str, label: str) -> Detector:
    detector = models.detector(name)
    _check_label(f"{models.folder}: model {name!r}", label, detector.labels)
    return detector


def _check_label(place: str, label: str, labels: Sequence[str]) -> None:
    if label not in labels:
        raise ModelFormatError(f"{place}: expected the label {label!r}; found {', '.join(labels)}")


def _unsure(rule: Rule) -> Sighting:
    return Sighting(rule.settings.kind, State.UNSURE, rule.settings.zone)
