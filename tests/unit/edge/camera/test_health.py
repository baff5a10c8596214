"""Tampers, which are found within their time; the usual events of a kitchen alarm nobody."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from math import isfinite
from pathlib import Path
from uuid import UUID

import cv2
import numpy as np
import pytest

from edge.camera.health.frozen import Frozen
from edge.camera.layout import Arranging
from edge.camera.view import Gray, State
from edge.camera.watchers import analysis_of
from tests.support.drawn_scene import NOON, plain_scene, scene, soft_scene, views
from tests.support.health import camera, health
from tests.support.tampers import NUISANCES, TAMPERS, Change, blurred, covered, dark, frozen, light, moved, noise
from wire.cameras import HEALTH, CameraKind

BEGIN, END = 2.0, 9.0
NIGHT = NOON.replace(hour=2)


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, named in TAMPERS.items() for name in named])
def test_a_tamper_begins_and_ends_as_what_it_is(kind: str, name: str) -> None:
    found = health(views({(BEGIN, END): TAMPERS[kind][name]()}, END + 4.5))
    assert [event[:2] for event in found] == [(kind, "start"), (kind, "end")]
    latest = 6.5 if kind == "frozen" else 3.0
    assert BEGIN < found[0][2] <= BEGIN + latest
    assert END < found[1][2] <= END + 4


@pytest.mark.parametrize("name", NUISANCES)
def test_a_nuisance_alarms_nobody(name: str) -> None:
    assert health(views({(BEGIN, END): NUISANCES[name]()}, END + 4.5)) == []


@pytest.mark.parametrize("name", NUISANCES)
@pytest.mark.parametrize("usual", [soft_scene, plain_scene])
def test_nor_before_a_soft_or_a_plain_scene(usual: Callable[[], Gray], name: str) -> None:
    assert health(views({(BEGIN, END): NUISANCES[name]()}, END + 4.5, usual=usual())) == []


@pytest.mark.parametrize("sigma", [6, 9, 14])
def test_a_scene_that_was_never_sharp_can_be_defocused(sigma: float) -> None:
    found = health(views({(BEGIN, END): blurred(sigma)}, END, usual=soft_scene()))
    assert [event[:2] for event in found] == [("defocused", "start")]


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in ("covered", "moved") for name in TAMPERS[kind]])
def test_a_plain_scene_can_be_covered_and_moved(kind: str, name: str) -> None:
    found = health(views({(BEGIN, END): TAMPERS[kind][name]()}, END, usual=plain_scene()))
    assert [event[:2] for event in found] == [(kind, "start")]


def test_a_shower_of_rain_is_no_sharpness_that_is_missed_when_it_ends() -> None:
    assert health(views({(BEGIN, 32.0): NUISANCES["rain"]()}, 38.0, usual=soft_scene())) == []


def test_a_noisy_night_is_no_sharpness_that_is_missed_in_the_morning() -> None:
    def night(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        return noise(20)(light(0.4, 25)(image, at_s, rng), at_s, rng)

    seen = list(views({(4.0, 34.0): night}, 38.0, usual=soft_scene()))
    night_s = {view.at_s: 4 + 30 * (view.at_s - 4) for view in seen if 4 <= view.at_s < 34}
    slow = [replace(view, at_s=night_s.get(view.at_s, view.at_s + 870 * (view.at_s >= 34))) for view in seen]
    assert health(slow) == []


def test_lights_out_counts_in_the_opening_hours_only() -> None:
    shop, always = camera(hours=["06:00-14:00"]), camera(hours=["06:00-14:00"], health={"dark_when_closed": True})
    changes = {(BEGIN, END): dark(0.05)}
    assert health(views(changes, END, NIGHT), shop) == []
    assert [event[:2] for event in health(views(changes, END), shop)] == [("dark", "start")]
    assert [event[:2] for event in health(views(changes, END, NIGHT), always)] == [("dark", "start")]


def test_a_camera_that_was_covered_and_is_bared_in_other_light_is_well() -> None:
    changes = {(4.0, 12.0): covered(60), (12.0, 18.0): light(0.6)}
    assert [event[:2] for event in health(views(changes, 18.0))] == [("covered", "start"), ("covered", "end")]


def test_a_camera_that_is_covered_when_it_is_first_seen_is_covered() -> None:
    found = health(views({(0.0, 10.0): covered(90, 0), (14.0, 20.0): moved(right=0.4)}, 20.0))
    assert [event[:2] for event in found] == [("covered", "start"), ("covered", "end"), ("moved", "start")]
    assert found[0][2] <= 3.0


def test_masks_that_leave_little_make_no_camera_covered() -> None:
    most = [[0.0, 0.0], [1.0, 0.0], [1.0, 0.92], [0.0, 0.92]]
    assert health(views({(0.0, 6.0): covered(90, 0)}, 6.0), camera(mask=[most])) == []


def test_a_covered_camera_stays_covered_however_long() -> None:
    found = health(views({(4.0, 30.0): covered(60)}, 34.0), camera(health={"relearn_s": 10}))
    assert [event[:2] for event in found] == [("covered", "start"), ("covered", "end")]
    assert found[1][2] > 30


def test_a_moved_camera_has_a_new_usual_scene_after_its_time() -> None:
    found = health(views({(4.0, 90.0): moved(0.2)}, 26.0), camera(health={"relearn_s": 10}))
    assert [event[:2] for event in found] == [("moved", "start"), ("moved", "end")]
    assert 14 < found[1][2] < 24


def test_a_frozen_camera_is_found_in_its_configured_time() -> None:
    found = health(views({(4.0, 12.0): frozen()}, 14.0), camera(health={"frozen_s": 3}))
    assert found[0][:2] == ("frozen", "start")
    assert 7.0 <= found[0][2] <= 7.4


@pytest.mark.parametrize(("kind", "change"), [("covered", covered(60)), ("defocused", blurred(8))])
def test_a_hidden_or_soft_picture_that_an_encoder_repeats_is_not_frozen(kind: str, change: Change) -> None:
    found = health(views({(4.0, 20.0): change, (6.0, 20.0): frozen()}, 20.0))
    assert [event[:2] for event in found] == [(kind, "start")]


def test_two_tampers_one_after_the_other_are_two_events() -> None:
    changes = {(4.0, 12.0): blurred(8), (18.0, 26.0): dark(0.1)}
    found = health(views(changes, 32.0))
    assert [event[:2] for event in found] == [
        ("defocused", "start"),
        ("defocused", "end"),
        ("dark", "start"),
        ("dark", "end"),
    ]


def test_what_is_masked_is_not_looked_at() -> None:
    everything_but_a_strip = [[[0, 0], [1, 0], [1, 0.95], [0, 0.95]]]
    assert health(views({(4.0, 12.0): covered(60)}, 14.0), camera(mask=everything_but_a_strip)) == []


def test_evidence_is_numbers_that_an_event_can_carry() -> None:
    numbers = count(1)
    analysis = analysis_of(camera(), lambda: UUID(int=next(numbers)))
    said = [sighting for view in views({}, 3.0) for sighting in analysis.sightings(view)]
    values = [value for sighting in said for value in sighting.evidence.values()]
    assert values
    assert all(isfinite(value) for value in values), "JSON has no nan"
    assert {sighting.kind for sighting in said} >= HEALTH - {CameraKind.OFFLINE}


def test_a_frozen_picture_is_frozen_though_a_clock_is_drawn_into_it() -> None:
    still = frozen()

    def with_clock(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        made = still(image, at_s, rng).copy()
        cv2.putText(made, f"{round(at_s):02}", (8, 16), cv2.FONT_HERSHEY_PLAIN, 0.8, 255)
        return made

    assert [event[:2] for event in health(views({(2.0, 12.0): with_clock}, 12.0))] == [("frozen", "start")]


def test_a_masked_clock_hides_no_freeze() -> None:
    still = frozen()

    def with_clock(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        made = still(image, at_s, rng).copy()
        cv2.putText(made, f"12:00:{round(at_s):02}", (8, 60), cv2.FONT_HERSHEY_SIMPLEX, 2.0, 255, 4)
        return made

    top = [[[0.0, 0.0], [1.0, 0.0], [1.0, 0.25], [0.0, 0.25]]]
    assert [event[:2] for event in health(views({(2.0, 12.0): with_clock}, 12.0), camera(mask=top))] == [
        ("frozen", "start")
    ]
    assert health(views({(2.0, 12.0): with_clock}, 12.0)) == []


def test_a_covered_camera_does_not_come_out_of_it_by_a_new_mask() -> None:
    corner = [[0.0, 0.0], [0.2, 0.0], [0.2, 0.2], [0.0, 0.2]]
    arranging, found = Arranging(camera(), Path("models")), []
    swap = arranging.arrange(camera(mask=[corner]))
    is_masked = False
    for view in views({(BEGIN, END): covered(60)}, END + 4.5):
        if view.at_s > BEGIN + 4 and not is_masked:
            is_masked = True
            assert list(swap(view.at_s)) == []
        found += [change for change in arranging.analysis.look(view) if change.kind in HEALTH]
    assert [(change.kind.value, change.phase) for change in found] == [("covered", "start"), ("covered", "end")]
    assert found[1].at_s > END


def test_time_in_which_nothing_came_does_not_count_for_a_freeze() -> None:
    """Check a still scene without noise, as some encoders give it, of a camera that went away between two looks."""
    watched, picture = Frozen(6.0), scene()
    said = [watched.look(picture, at_s)[0] for at_s in (0.0, 1.0, 2.0, 60.0, 61.0)]
    assert said == [State.NO] * 5
    assert [watched.look(picture, at_s)[0] for at_s in (62.0, 63.0)] == [State.YES] * 2
