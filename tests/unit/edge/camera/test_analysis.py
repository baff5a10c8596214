"""Watchers and episodes together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from uuid import UUID

import numpy as np
import pytest

from edge.camera.analysis import Analysis
from edge.camera.episodes import Episodes
from edge.camera.patience import Patience, PatienceSettings, patience_of
from edge.camera.scaled import ScaledFrame, scaled
from edge.camera.view import Bgr, Gray, Sighting, State, View
from wire.cameras import CameraKind

NOON = datetime(2026, 11, 23, 12)  # noqa: DTZ001  a local time


@dataclass
class Picture:
    """A frame that counts how often its luma is asked for."""

    pixels: Gray
    asked: int = 0

    @property
    def luma(self) -> Gray:
        self.asked += 1
        return self.pixels

    def bgr(self) -> Bgr:
        return np.dstack([self.pixels] * 3)


@dataclass
class Saying:
    """A watcher that answers as told, and keeps the trouble that it was given."""

    kind: CameraKind
    states: list[State]
    heard: list[frozenset[CameraKind]] = field(default_factory=list)

    def look(self, view: View, trouble: frozenset[CameraKind]) -> Sequence[Sighting]:
        scaled(view.frame).gray(160)
        self.heard.append(trouble)
        return [Sighting(self.kind, self.states[len(self.heard) - 1])]


def analysis(*watchers: Saying, begin_s: float = 1.0) -> Analysis:
    numbers = count(1)
    return Analysis(watchers, Episodes(lambda _: Patience(begin_s, 1.0), lambda: UUID(int=next(numbers))))


def view(at_s: float, height: int = 360, width: int = 640) -> View:
    return View(at_s, NOON, Picture(np.zeros((height, width), np.uint8)))


def test_trouble_is_what_is_suspected_before_it_and_what_is_under_way() -> None:
    health = Saying(CameraKind.COVERED, [State.YES, State.YES, State.UNSURE, State.NO, State.NO, State.NO])
    activity = Saying(CameraKind.MOTION, [State.NO] * 6)
    watched = analysis(health, activity)
    phases = [change.phase for at in range(6) for change in watched.look(view(float(at)))]
    covered = frozenset({CameraKind.COVERED})
    assert phases == ["start", "end"]
    assert health.heard == [frozenset(), frozenset(), covered, covered, covered, frozenset()]
    assert activity.heard == [covered, covered, covered, covered, covered, frozenset()]


def test_no_frame_is_offline_until_frames_are_back() -> None:
    watched = analysis()
    assert watched.look(view(0.0)) == []
    changes = [*watched.absent(1.0), *watched.absent(2.0), *watched.look(view(3.0)), *watched.look(view(4.0))]
    assert [(change.kind, change.phase, change.at_s) for change in changes] == [
        (CameraKind.OFFLINE, "start", 2.0),
        (CameraKind.OFFLINE, "end", 4.0),
    ]


def test_what_is_under_way_ends_when_the_camera_is_no_longer_watched() -> None:
    watched = analysis(Saying(CameraKind.DARK, [State.YES] * 2))
    watched.look(view(0.0))
    assert [change.phase for change in watched.look(view(1.0))] == ["start"]
    assert [(change.kind, change.phase) for change in watched.close(5.0)] == [(CameraKind.DARK, "end")]


def test_a_picture_is_read_once_for_all_watchers() -> None:
    picture = Picture(np.zeros((720, 1280), np.uint8))
    watched = analysis(Saying(CameraKind.DARK, [State.NO]), Saying(CameraKind.MOTION, [State.NO]))
    watched.look(View(0.0, NOON, picture))
    assert picture.asked == 1


@pytest.mark.parametrize("shape", [(0, 0), (1, 640), (0, 640)])
def test_a_frame_without_pixels_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no picture"):
        analysis().look(view(0.0, *shape))


def test_a_smaller_width_keeps_the_proportions_and_the_mean() -> None:
    rng = np.random.default_rng(1)
    frame = ScaledFrame(Picture(rng.integers(0, 255, (720, 1280), np.uint8)))
    assert frame.gray(640).shape == (360, 640)
    assert frame.gray(160).shape == (90, 160)
    assert frame.gray(4000) is frame.luma
    assert abs(float(frame.gray(160).mean()) - float(frame.luma.mean())) < 1.0


def test_patience_keeps_what_is_not_given() -> None:
    usual, given = patience_of({}), patience_of({CameraKind.DARK: PatienceSettings(begin_s=9.0)})
    assert given(CameraKind.DARK).begin_s == 9.0
    assert given(CameraKind.DARK).end_s == usual(CameraKind.DARK).end_s
    assert given(CameraKind.COVERED) == usual(CameraKind.COVERED)
    assert usual(CameraKind.PERSON).begin_s > 0


def test_one_look_before_the_camera_went_away_and_one_after_it_begin_nothing() -> None:
    watched = analysis(Saying(CameraKind.DARK, [State.YES] * 4))
    changes = watched.look(view(0.0))
    changes += [change for at in range(1, 30) for change in watched.absent(float(at))]
    changes += watched.look(view(30.0))
    assert [change.kind for change in changes] == [CameraKind.OFFLINE]
    assert [change.kind for change in watched.look(view(31.0)) if change.phase == "start"] == [CameraKind.DARK]


def test_what_is_under_way_ends_though_the_camera_comes_and_goes() -> None:
    watched = analysis(Saying(CameraKind.DARK, [State.YES] * 2 + [State.NO] * 2))
    for at_s in (0.0, 1.0, 2.0):
        watched.look(view(at_s))
    for at in range(3, 9):
        watched.absent(float(at))
    assert [change.kind for change in watched.look(view(9.0)) if change.phase == "end"] == [CameraKind.DARK]
