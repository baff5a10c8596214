"""The rules on drawn scenes: people, faces and things are coloured rectangles that a fake detector finds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from edge.camera.analysis import Analysis
from edge.camera.detect.errors import HeadError, ModelFormatError, ModelMissingError
from edge.camera.detect.gate import Gate
from edge.camera.detect.judges import CrowdJudge, Judge, MaskJudge, NobodyJudge, PersonJudge, ThingJudge
from edge.camera.detect.models import Models
from edge.camera.detect.people import PeopleFinder
from edge.camera.detect.regions import Region
from edge.camera.detect.rules import Rule, RulesWatcher, make_rules
from edge.camera.detect.settings import RuleSettings
from edge.camera.episodes import Change, Episodes
from edge.camera.frames import ArrayFrame
from edge.camera.patience import Patience
from edge.camera.settings import CameraSettings
from edge.camera.view import Bgr, Box, Sighting, State, View
from edge.hours import Hours
from tests.support.fake_detector import ColourDetector
from tests.support.tiny_models import LAYOUTS, write_model
from wire.cameras import CameraKind

NOON = datetime(2026, 11, 23, 12)  # noqa: DTZ001  a local time, a Monday
WIDTH, HEIGHT = 1280, 720
PERSON, FACE, MASK, PHONE = (0, 255, 0), (0, 0, 255), (255, 0, 0), (255, 255, 0)
EVERYWHERE = Region("")
HALF = Region("left", ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))
CORNER = Region("corner", ((0.0, 0.0), (0.3, 0.0), (0.3, 0.3), (0.0, 0.3)))


def scene(*rectangles: tuple[tuple[int, int, int], int, int, int, int]) -> Bgr:
    """Draw rectangles; each has a colour, left, top, width and height."""
    image = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
    for colour, left, top, width, height in rectangles:
        image[top : top + height, left : left + width] = colour
    return image


SOMEBODY = scene((PERSON, 200, 200, 150, 450))
NOBODY = scene()


@dataclass
class Camera:
    """A watcher that is shown pictures, `step_s` apart."""

    watcher: RulesWatcher
    step_s: float = 1.0
    at_s: float = 0.0
    said: list[Sighting] = field(default_factory=list)

    def show(self, image: Bgr, times: int = 1, trouble: frozenset[CameraKind] = frozenset()) -> Sequence[State]:
        for _ in range(times):
            view = View(self.at_s, NOON + timedelta(seconds=self.at_s), ArrayFrame(image))
            self.said = list(self.watcher.look(view, trouble))
            self.at_s = round(self.at_s + self.step_s, 3)
        return [sighting.state for sighting in self.said]


def camera(
    kind: str,
    judge: Judge,
    region: Region = EVERYWHERE,
    *,
    hours: str = "",
    gate: Gate | None = None,
    **settings: object,
) -> Camera:
    """Build a camera with one rule, which looks each second unless it has another gate."""
    rule = Rule(RuleSettings.model_validate({"kind": kind, "zone": region.name, **settings}), region, judge)
    finder = PeopleFinder(ColourDetector({"person": PERSON}), 0.3)
    opening = (Hours.parse(hours),) if hours else ()
    return Camera(RulesWatcher(finder, [rule], gate or Gate(1.0, 1e9, 1.0), opening, ()))


def test_a_person_is_seen_and_gone() -> None:
    watched = camera("person", PersonJudge())
    assert watched.show(NOBODY) == [State.NO]
    assert watched.show(SOMEBODY) == [State.YES]
    (box,) = watched.said[0].boxes
    assert (box.left, box.top, box.width, box.height) == (200, 200, 150, 450)
    assert watched.said[0].evidence == {"people": 1, "small": 0}


def test_who_is_small_may_be_somebody() -> None:
    watched = camera("person", PersonJudge())
    assert watched.show(scene((PERSON, 200, 200, 30, 90))) == [State.UNSURE]


def test_a_small_zone_is_looked_at_by_itself() -> None:
    detector = ColourDetector({"person": PERSON})
    finder = PeopleFinder(detector, 0.3)
    found = finder.find(scene((PERSON, 100, 50, 30, 90)), [EVERYWHERE, HALF, CORNER])
    assert [len(found[name].sure) for name in ("", "left", "corner")] == [0, 0, 1]
    (box,) = found["corner"].sure
    assert (box.left, box.top) == (100, 50)
    assert detector.sizes == [(720, 1280), (248, 442)], "the whole once for two regions, the corner with its margin"


def test_who_stands_elsewhere_is_not_in_the_zone() -> None:
    watched = camera("person", PersonJudge(), HALF)
    assert watched.show(scene((PERSON, 900, 100, 150, 450))) == [State.NO]
    assert watched.show(scene((PERSON, 400, 100, 150, 450))) == [State.YES]


class Crowd:
    """People side by side, as many as `people`."""

    labels = ("person",)

    def __init__(self) -> None:
        self.people, self.height = 0, 300.0

    def detect(self, image: Bgr) -> Sequence[Box]:
        return [Box("person", 0.8, 100.0 * number, 200, 80, self.height) for number in range(self.people)]


def test_too_many() -> None:
    crowd = Crowd()
    rule = Rule(RuleSettings(kind=CameraKind.TOO_MANY, most=3), EVERYWHERE, CrowdJudge(3))
    watched = Camera(RulesWatcher(PeopleFinder(crowd, 0.3), [rule], Gate(1, 1e9, 1), (), ()))
    for people, state in ((0, State.NO), (3, State.NO), (4, State.YES)):
        crowd.people = people
        assert watched.show(NOBODY) == [state]
    crowd.height = 60
    assert watched.show(NOBODY) == [State.UNSURE]


def test_nobody_counts_its_own_time() -> None:
    watched = camera("nobody", NobodyJudge(60, 30), minutes=1)
    assert watched.show(SOMEBODY) == [State.NO]
    assert watched.show(NOBODY, 60) == [State.NO]
    assert watched.show(NOBODY) == [State.YES]
    assert watched.said[0].evidence == {"nobody_s": 60}
    assert watched.show(SOMEBODY) == [State.NO]


def test_nobody_does_not_count_what_was_not_seen() -> None:
    watched = camera("nobody", NobodyJudge(60, 30), minutes=1)
    watched.show(NOBODY, 50)
    assert watched.show(NOBODY, 1, frozenset({CameraKind.COVERED})) == [State.UNSURE]
    assert watched.show(NOBODY, 30) == [State.NO]
    watched.at_s += 31  # nothing came
    assert watched.show(NOBODY, 60) == [State.NO]
    assert watched.show(NOBODY) == [State.YES]


def test_nobody_only_within_hours() -> None:
    watched = camera("nobody", NobodyJudge(60, 30), minutes=1, when="open", hours="06:00-12:02")
    assert watched.show(NOBODY, 61) == [State.YES]
    assert watched.show(NOBODY, 60) == [State.NO], "closed: it is over"


def test_a_camera_in_trouble_tells_nothing() -> None:
    watched = camera("person", PersonJudge())
    assert watched.show(SOMEBODY, 1, frozenset({CameraKind.MOVED})) == [State.UNSURE]


def bare(size: int = 60) -> Bgr:
    return scene((PERSON, 200, 200, 150, 450), (FACE, 245, 215, size, size))


def masked() -> Bgr:
    return scene((PERSON, 200, 200, 150, 450), (MASK, 245, 215, 60, 60))


class Either(ColourDetector):
    """A face is a face in either colour."""

    def __init__(self) -> None:
        super().__init__({"face": FACE, "masked": MASK})


def masks(scores: dict[str, float] | None = None) -> Camera:
    named = ColourDetector({"no_mask": FACE, "mask": MASK}, scores)
    return camera("no_mask", MaskJudge(Either(), named, "no_mask", 0.7, 48))


def test_a_bare_face_needs_three_looks() -> None:
    watched = masks()
    assert watched.show(bare(), 2) == [State.UNSURE]
    assert watched.show(bare()) == [State.YES]
    (box,) = watched.said[0].boxes
    assert (box.label, box.left, box.top, box.width) == ("no_mask", 245, 215, 60)
    assert watched.show(NOBODY) == [State.NO], "nobody is there who could be without"
    assert watched.show(masked(), 3) == [State.NO]


def test_what_decides_nothing_about_masks() -> None:
    assert masks().show(bare(40), 10) == [State.UNSURE], "a face of 40 px"
    assert masks({"no_mask": 0.6}).show(bare(), 10) == [State.UNSURE], "a low score"
    assert masks().show(SOMEBODY, 10) == [State.UNSURE], "no face"
    blind = camera("no_mask", MaskJudge(ColourDetector({"face": (1, 1, 1)}), Either(), "face", 0.7, 48))
    assert blind.show(bare(), 10) == [State.UNSURE], "what the mask model alone calls a face"
    both = ColourDetector({"no_mask": FACE, "mask": FACE}, {"no_mask": 0.9, "mask": 0.8})
    torn = camera("no_mask", MaskJudge(Either(), both, "no_mask", 0.7, 48))
    assert torn.show(bare(), 10) == [State.UNSURE], "called both"


def test_looks_that_disagree_decide_nothing() -> None:
    watched = masks()
    states = [watched.show(bare() if at % 2 else masked())[0] for at in range(8)]
    assert states[:2] == [State.UNSURE, State.UNSURE]
    assert set(states[4:]) <= {State.YES, State.NO}
    watched = masks()
    watched.show(bare(), 3)
    assert watched.show(masked()) == [State.YES], "one look does not turn it"
    watched.show(masked(), 2)
    assert watched.show(masked()) == [State.NO]


def test_a_phone_is_looked_for_about_each_person() -> None:
    phones = ColourDetector({"phone": PHONE})
    watched = camera("phone", ThingJudge(phones, "phone", 0.5))
    assert watched.show(scene((PHONE, 900, 300, 20, 30)), 5) == [State.NO]
    assert phones.sizes == [], "nobody: the model is not asked"
    held = scene((PERSON, 200, 200, 150, 450), (PHONE, 340, 400, 20, 30))
    assert watched.show(held, 3) == [State.YES]
    (box,) = watched.said[0].boxes
    assert (box.left, box.top) == (340, 400)
    assert phones.sizes[0] == (450, 226)


def test_between_looks_nothing_is_decided() -> None:
    watched = camera("person", PersonJudge(), gate=Gate(every_s=1, after_s=3, idle_s=10))
    watched.step_s = 0.2
    states = [watched.show(SOMEBODY)[0] for _ in range(200)]
    looked = [round(at * 0.2, 1) for at, state in enumerate(states) if state is not State.UNSURE]
    # The first look changes the answer; then the picture stands still.
    assert looked == [0.0, 1.0, 2.0, 3.0, 13.0, 23.0, 33.0]
    watched.show(NOBODY)
    assert watched.said[0].state is State.NO, "the picture has changed"


def test_an_episode_of_a_person(tmp_path: Path) -> None:
    ids = (UUID(int=number) for number in count(1))
    watcher = camera("person", PersonJudge(), gate=Gate(1, 10, 10)).watcher
    analysis = Analysis([watcher], Episodes(lambda kind: Patience(2, 5), lambda: next(ids)))
    changes: list[Change] = []
    for at in range(150):
        image = SOMEBODY if 25 <= at < 75 else NOBODY
        changes += analysis.look(View(at * 0.2, NOON, ArrayFrame(image)))
    told = [(change.phase, round(change.at_s, 1)) for change in changes if change.kind is CameraKind.PERSON]
    assert told == [("start", 7.0), ("end", 20.0)]


def settings(*rules: dict[str, object], **others: object) -> CameraSettings:
    zone = {"name": "sink", "polygon": [[0, 0], [0.2, 0], [0.2, 0.2]]}
    document = {
        "name": "c1",
        "url": "a.mp4",
        "zone": [zone],
        "detect": {"person": "own", "rule": list(rules)},
        **others,
    }
    return CameraSettings.model_validate(document)


def test_rules_are_made_from_the_settings(tmp_path: Path) -> None:
    make, output = LAYOUTS["yolo"]
    write_model(tmp_path, "own", make(), output, labels='["person", "phone"]')
    models = Models(tmp_path)
    assert make_rules(settings(), models) is None
    many = settings(
        {"kind": "person", "zone": "sink"}, {"kind": "person"}, {"kind": "too_many", "most": 2},
        {"kind": "nobody", "minutes": 10, "when": "open"}, {"kind": "phone", "model": "own"},
        mask=[[[0, 0], [1, 0], [1, 1], [0, 1]]],
    )  # fmt: skip
    watcher = make_rules(many, models)
    assert watcher is not None
    red = np.full((HEIGHT, WIDTH, 3), (0, 0, 255), np.uint8)
    said = watcher.look(View(0, NOON, ArrayFrame(red)), frozenset())
    assert [(sighting.kind, sighting.zone, sighting.state) for sighting in said] == [
        ("person", "sink", "no"), ("person", "", "no"), ("too_many", "", "no"),
        ("nobody", "", "no"), ("phone", "", "no"),
    ]  # fmt: skip
    assert red.any(), "the mask is not drawn into the camera's own picture"


def test_rules_whose_models_cannot_be_used(tmp_path: Path) -> None:
    make, output = LAYOUTS["yolo"]
    write_model(tmp_path, "own", make(), output)
    models = Models(tmp_path)
    with pytest.raises(ModelFormatError, match="model 'own': expected the label 'person'; found red, blue"):
        make_rules(settings({"kind": "person"}), models)
    write_model(tmp_path, "people", make(), output, labels='["person", "blue"]')
    with pytest.raises(ModelMissingError, match=r"yunet_n_640_640\.onnx"):
        make_rules(settings({"kind": "no_mask"}, detect={"person": "people", "rule": [{"kind": "no_mask"}]}), models)
    with pytest.raises(HeadError, match=r"hat\.head\.json: no head there"):
        make_rules(settings(detect={"person": "people", "rule": [{"kind": "no_hat"}]}), models)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([{"kind": "frozen"}], "kind"),
        ([{"kind": "person", "zone": "cellar"}], "no zone 'cellar'"),
        ([{"kind": "person"}, {"kind": "person"}], "two rules person"),
        ([{"kind": "too_many"}], "too_many needs most"),
        ([{"kind": "nobody"}], "nobody needs minutes"),
        ([{"kind": "person", "most": 3}], "a rule person has no most"),
        ([{"kind": "no_mask", "minutes": 3}], "a rule no_mask has no minutes"),
    ],
)
def test_settings_that_mean_nothing_are_refused(rules: list[dict[str, object]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        settings(*rules)
