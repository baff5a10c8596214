"""Motion in zones, intrusion, unattended, rodent: found when they happen, and only then."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import chain, count
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from edge.camera.activity.settings import ActivitySettings
from edge.camera.episodes import Change
from edge.camera.frames import ArrayFrame
from edge.camera.settings import CameraSettings
from edge.camera.view import View
from edge.camera.watchers import analysis_of
from tests.support import tampers
from tests.support.creatures import headlight, moth, rodent, screen
from tests.support.drawn_scene import NOON, views
from tests.support.tampers import NUISANCES, covered, light, passer
from wire.cameras import HEALTH, CameraKind

NIGHT = NOON.replace(hour=2)
HOURS = ["06:00-20:00"]
LEFT, RIGHT = ((0.0, 0.0), (0.45, 0.0), (0.45, 1.0), (0.0, 1.0)), ((0.55, 0.0), (1.0, 0.0), (1.0, 1.0), (0.55, 1.0))
WHOLE = [((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))]
BEGIN, END = 4.0, 9.0
SOMEBODY = {(BEGIN, END): passer(0.3, 5)}


def changes(seen: Iterable[View], **keys: object) -> list[Change]:
    numbers = count(1)
    camera = CameraSettings.model_validate({"name": "prep", "url": "clip.mp4", **keys})
    analysis = analysis_of(camera, lambda: UUID(int=next(numbers)))
    return [change for view in seen for change in analysis.look(view) if change.kind not in HEALTH]


def told(seen: Iterable[View], **keys: object) -> list[tuple[str, str, str]]:
    return [(change.kind.value, change.zone, change.phase) for change in changes(seen, **keys)]


def zone(name: str, polygon: object = WHOLE[0], **more: object) -> dict[str, object]:
    return {"name": name, "polygon": polygon, **more}


def test_motion_is_told_for_the_zone_that_it_is_in() -> None:
    stays = {(BEGIN, 5.2): passer(0.2, 6)}  # gone before it has come to the right
    assert told(views(stays, 14.0), zone=[zone("left", LEFT), zone("right", RIGHT)]) == [
        ("motion", "left", "start"),
        ("motion", "left", "end"),
    ]


def test_motion_begins_within_a_second_and_says_where_it_is() -> None:
    start, end = changes(views(SOMEBODY, 16.0), zone=[zone("all")])
    assert BEGIN < start.at_s <= BEGIN + 1.5
    assert END < end.at_s <= END + 6
    (box,) = start.boxes[:1]
    assert box.left + box.width <= 641
    assert box.height > 100
    assert start.evidence["share"] > 0.01


@pytest.mark.parametrize(("when", "begins", "is_told"), [("closed", NIGHT, True), ("closed", NOON, False)])
def test_motion_follows_the_hours_where_the_zone_says_so(when: str, begins: object, is_told: bool) -> None:
    seen = views(SOMEBODY, 12.0, NIGHT if begins == NIGHT else NOON)
    found = told(seen, hours=HOURS, zone=[zone("all", motion=when)], activity={"intrusion": False})
    assert bool(found) is is_told


def test_a_zone_may_be_for_people_alone() -> None:
    assert told(views(SOMEBODY, 12.0), zone=[zone("all", motion="off")]) == []


def test_somebody_out_of_hours_is_an_intrusion_and_in_hours_is_none() -> None:
    assert told(views(SOMEBODY, 22.0, NIGHT), hours=HOURS) == [("intrusion", "", "start"), ("intrusion", "", "end")]
    assert told(views(SOMEBODY, 12.0, NOON), hours=HOURS) == []
    assert told(views(SOMEBODY, 12.0, NIGHT)) == [], "without hours nothing is out of hours"


def test_masked_places_are_not_looked_at() -> None:
    assert told(views(SOMEBODY, 12.0, NIGHT), hours=HOURS, mask=WHOLE, zone=[zone("all")]) == []


LIGHTS = {name: NUISANCES[name] for name in ("brighter", "dimmer", "infra-red", "flicker 50 Hz", "exposure hunts")}


@pytest.mark.parametrize("name", LIGHTS)
def test_light_is_nobody(name: str) -> None:
    seen = views({(BEGIN, END): LIGHTS[name]()}, 14.0, NIGHT)
    assert told(seen, hours=HOURS, zone=[zone("all")]) == []


def test_the_light_of_a_car_is_nobody() -> None:
    assert told(views({(BEGIN, 8.0): headlight}, 12.0, NIGHT), hours=HOURS) == []


def test_whoever_switches_on_the_light_is_seen() -> None:
    seen = views({(BEGIN, 12.0): light(1.5), (6.0, 11.0): passer(0.3, 5)}, 12.0, NIGHT)
    assert told(seen, hours=HOURS) == [("intrusion", "", "start")]


def test_unattended_counts_from_whoever_was_there_last() -> None:
    found = changes(views({(5.0, 8.0): passer(0.3, 3)}, 26.0), hours=HOURS, activity={"unattended_s": 10})
    assert [(change.kind, change.phase) for change in found] == [(CameraKind.UNATTENDED, "start")]
    assert 17.0 <= found[0].at_s <= 19.5
    assert found[0].evidence["empty_s"] >= 10


def test_somebody_ends_unattended() -> None:
    found = told(views({(8.0, 13.0): passer(0.3, 5)}, 15.0), hours=HOURS, activity={"unattended_s": 5})
    assert found == [("unattended", "", "start"), ("unattended", "", "end")]


def test_out_of_hours_and_without_hours_nothing_is_unattended() -> None:
    assert told(views({}, 8.0, NIGHT), hours=HOURS, activity={"unattended_s": 3}) == []
    assert told(views({}, 8.0), activity={"unattended_s": 3}) == []


def test_time_that_a_camera_could_not_see_does_not_count_as_unattended() -> None:
    seen = views({(3.0, 9.0): covered(60)}, 14.0)
    assert told(seen, hours=HOURS, activity={"unattended_s": 9}) == []


def test_a_covered_camera_sees_nobody() -> None:
    found = told(views({(BEGIN, 12.0): covered(60)}, 12.0, NIGHT), hours=HOURS, zone=[zone("all")])
    assert found == []


@pytest.mark.parametrize("length", [0.018, 0.025, 0.04])
@pytest.mark.parametrize("speed", [0.12, 0.25])
def test_a_rodent_is_found_as_it_runs(length: float, speed: float) -> None:
    found = changes(views({(BEGIN, 10.0): rodent(length, speed)}, 22.0, NIGHT), hours=HOURS)
    assert [(change.kind, change.phase) for change in found] == [
        (CameraKind.RODENT, "start"),
        (CameraKind.RODENT, "end"),
    ]
    assert found[0].at_s <= BEGIN + 3.0
    assert len(found[0].boxes) == 1


@pytest.mark.parametrize(("kind", "change"), [("rodent", rodent(0.03, 0.4)), ("intrusion", passer(0.3, 5))])
def test_what_moves_is_seen_where_an_encoder_repeats_a_quiet_scene(kind: str, change: tampers.Change) -> None:
    """Check a scene that looks frozen: any motion in it then proves that it is not."""
    quiet = {(0.0, 30.0): tampers.frozen(), (24.0, 25.8): change}
    starts = [change for change in changes(views(quiet, 28.0, NIGHT), hours=HOURS) if change.phase == "start"]
    assert [change.kind.value for change in starts] == [kind]
    assert 24 < starts[0].at_s <= 25.8


def test_nobody_ends_an_intrusion_in_a_frozen_picture() -> None:
    stays = {(BEGIN, 8.0): passer(0.3, 5), (7.0, 40.0): tampers.frozen()}
    assert told(views(stays, 40.0, NIGHT), hours=HOURS) == [("intrusion", "", "start")]


def test_a_rodent_is_not_looked_for_in_hours_nor_where_it_is_not_wanted() -> None:
    runs = {(BEGIN, 10.0): rodent(0.025, 0.2)}
    assert told(views(runs, 12.0, NOON), hours=HOURS) == []
    assert told(views(runs, 12.0, NIGHT), hours=HOURS, activity={"rodent": False}) == []
    assert told(views(runs, 12.0)) == [("rodent", "", "start")], "without hours while nobody is there"


def test_what_moves_just_after_somebody_is_a_part_of_them_and_later_a_rodent() -> None:
    somebody = {(BEGIN, 7.0): passer(0.3, 3)}
    assert told(views({**somebody, (7.0, 8.8): rodent(0.025, 0.2)}, 15.0)) == []
    assert told(views({**somebody, (10.0, 15.0): rodent(0.025, 0.2)}, 15.0)) == [("rodent", "", "start")]


NOBODY: Mapping[str, Callable[[], tampers.Change]] = {
    **NUISANCES,
    "moth": moth,
    "headlight": lambda: headlight,
    "screen": lambda: screen,
}


@pytest.mark.parametrize("name", NOBODY)
def test_a_nuisance_is_no_rodent(name: str) -> None:
    found = told(views({(BEGIN, 20.0): NOBODY[name]()}, 20.0, NIGHT), hours=HOURS, activity={"intrusion": False})
    assert found == []


def test_a_picture_of_another_size_or_after_a_gap_begins_anew() -> None:
    early = list(views({}, 3.0, NIGHT))
    late = [replace(view, at_s=view.at_s + 60) for view in views({(0.0, 3.0): light(0.4)}, 3.0, NIGHT)]
    small = [
        replace(view, at_s=view.at_s + 80, frame=ArrayFrame(np.ascontiguousarray(view.frame.bgr()[::2, ::3])))
        for view in views({}, 3.0, NIGHT)
    ]
    assert told(chain(early, late, small), hours=HOURS, zone=[zone("all")]) == []


@given(st.integers(2, 700), st.integers(2, 700))
@settings(max_examples=60)
def test_a_picture_of_any_size_is_looked_at(height: int, width: int) -> None:
    rng = np.random.default_rng(1)
    pictures = [rng.integers(0, 255, (height, width, 3)).astype(np.uint8) for _ in range(3)]
    seen = [View(number / 5, NIGHT, ArrayFrame(pictures[number % 3])) for number in range(8)]
    told(seen, hours=HOURS, zone=[zone("all")], mask=[LEFT])


def test_what_is_small_cannot_be_larger_than_somebody() -> None:
    with pytest.raises(ValidationError, match=r"rodent_share"):
        ActivitySettings(rodent_share=0.02)
