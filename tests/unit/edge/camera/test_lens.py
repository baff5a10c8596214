"""A lens that lets less through: a haze, a little softness in noise; and pictures that stand on their heads."""

from collections.abc import Iterator

import numpy as np
import pytest

from edge.camera.health.lasting import Lasting
from edge.camera.view import Gray, State
from tests.support.busy_scenes import busy_views
from tests.support.drawn_scene import plain_scene, scene, views
from tests.support.health import health
from tests.support.tampers import NUISANCES, SLOW_TAMPERS, TAMPERS, Change, blurred, infrared, light, noise, wiped

BEGIN, END = 6.0, 18.0
SMALL = 320  # wide: half of the pixels, and all that these rules look at


def starts(change: Change, usual: Gray, end_s: float = END) -> list[str]:
    found = health(views({(BEGIN, end_s): change}, end_s, usual=usual))
    return [kind for kind, phase, _ in found if phase == "start"]


@pytest.mark.parametrize("name", SLOW_TAMPERS["defocused"])
def test_a_lens_that_is_not_clear_is_defocused_until_it_is(name: str) -> None:
    change = SLOW_TAMPERS["defocused"][name]()
    found = health(views({(BEGIN, END): change}, END + 4, usual=scene(SMALL)))
    assert [event[:2] for event in found] == [("defocused", "start"), ("defocused", "end")]
    assert found[0][2] <= BEGIN + 9
    assert found[1][2] > END


@pytest.mark.parametrize("busy", ["crowd", "slow carts on bare ground"])
@pytest.mark.parametrize("name", ["haze 30 %", "haze 70 %", "grease"])
def test_what_passes_hides_no_haze(name: str, busy: str) -> None:
    change = SLOW_TAMPERS["defocused"][name]()
    found = health(busy_views(busy, {(12.0, 22.0): change}, 22.0))
    assert [event[:2] for event in found] == [("defocused", "start")]
    assert found[0][2] <= 12.0 + 9


@pytest.mark.parametrize("name", ["steam", "thick steam", "infra-red, lamp", "much brighter"])
def test_another_light_over_a_crowd_is_no_haze(name: str) -> None:
    assert health(busy_views("crowd", {(12.0, 22.0): NUISANCES[name]()}, 22.0)) == []


@pytest.mark.parametrize("name", ["wiping 4 s", "wiping 8 s"])
def test_a_cloth_that_wipes_does_not_cover_a_bare_scene(name: str) -> None:
    busy = "traffic on bare ground"
    assert health(busy_views(busy, {(12.0, 21.0): NUISANCES[name]()}, 22.0)) == []


def test_a_cloth_that_wipes_for_long_is_no_haze() -> None:
    assert health(busy_views("conveyor", {(12.0, 24.0): wiped(12.0)}, 24.0)) == []


@pytest.mark.parametrize("name", ["dimmer", "dusk"])
def test_a_scene_that_is_never_bright_is_not_dark_in_less_light(name: str) -> None:
    dim = light(0.5)(scene(SMALL), 0.0, np.random.default_rng(1))
    assert starts(NUISANCES[name](), dim) == []


@pytest.mark.parametrize("name", TAMPERS["dark"])
def test_a_scene_that_is_never_bright_can_be_dark(name: str) -> None:
    dim = light(0.5)(scene(SMALL), 0.0, np.random.default_rng(1))
    assert starts(TAMPERS["dark"][name](), dim) == ["dark"]


def test_a_camera_that_was_turned_is_not_covered_by_who_passes() -> None:
    found = health(busy_views("slow carts on bare ground", {(12.0, 30.0): TAMPERS["moved"]["upside down"]()}, 30.0))
    assert [event[:2] for event in found] == [("moved", "start")]


@pytest.mark.parametrize("sigma", [1.5, 2])
def test_a_little_blur_is_found_in_the_noise_of_a_night(sigma: float) -> None:
    def night(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        return noise(8)(light(0.5, 30)(image, at_s, rng), at_s, rng)

    def soft_night(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
        return night(blurred(sigma)(image, at_s, rng), at_s, rng)

    changes = {(0.0, BEGIN): night, (BEGIN, END): soft_night}
    found = health(views(changes, END, usual=scene()))
    assert [event[:2] for event in found] == [("defocused", "start")]


@pytest.mark.parametrize(
    "change",
    [light(0.3, 11), light(0.5), light(0.4, 25), light(1.0, 60), light(1.6, 40), infrared, NUISANCES["thick steam"]()],
    ids=["studio black", "dimmer", "night", "brightness", "brighter", "infra-red", "thick steam"],
)
def test_another_light_is_no_haze(change: Change) -> None:
    assert starts(change, scene(SMALL)) == []


def test_a_haze_that_passes_within_seconds_is_steam() -> None:
    assert starts(SLOW_TAMPERS["defocused"]["haze 50 %"](), scene(SMALL), BEGIN + 5) == []


def test_a_haze_is_not_learnt_while_it_is_waited_for() -> None:
    steam = SLOW_TAMPERS["defocused"]["haze 50 %"]()
    found = health(views({(BEGIN, BEGIN + 5): steam, (BEGIN + 7, END + 4): steam}, END + 4, usual=scene(SMALL)))
    assert [event[:2] for event in found] == [("defocused", "start")]


@pytest.mark.parametrize("name", ["upside down", "mirrored"])
@pytest.mark.parametrize("usual", [scene(SMALL), plain_scene()], ids=["usual", "plain"])
def test_a_picture_that_is_turned_or_mirrored_is_moved(name: str, usual: Gray) -> None:
    change = {**TAMPERS["moved"], **SLOW_TAMPERS["moved"]}[name]()
    assert starts(change, usual, BEGIN + 4) == ["moved"]


def test_a_scene_that_is_its_own_mirror_picture_cannot_tell() -> None:
    half = scene(SMALL)[:, : SMALL // 2]
    same_both_ways = np.ascontiguousarray(np.hstack([half, half[:, ::-1]]))
    assert starts(SLOW_TAMPERS["moved"]["mirrored"](), same_both_ways, BEGIN + 4) == []


def states(lasting: Lasting, looks: Iterator[tuple[float, bool]]) -> list[State]:
    return [lasting.see(at_s, begins=says, goes_on=says) for at_s, says in looks]


def test_a_run_is_told_once_it_has_lasted() -> None:
    looks = ((float(at_s), at_s < 5) for at_s in range(6))
    assert states(Lasting(3.0), looks) == [State.UNSURE] * 3 + [State.YES] * 2 + [State.NO]


def test_looks_that_cannot_tell_end_a_run_that_was_not_told_and_no_other() -> None:
    fresh, told = Lasting(3.0), Lasting(3.0)
    states(fresh, ((float(at_s), True) for at_s in range(2)))
    states(told, ((float(at_s), True) for at_s in range(5)))
    assert [fresh.skip(2.0), fresh.skip(9.0)] == [State.UNSURE, State.NO]
    assert told.skip(60.0) is State.UNSURE


def test_time_in_which_nobody_looked_does_not_count() -> None:
    looks = [(0.0, True), (1.0, True), (60.0, True), (60.5, True)]
    assert states(Lasting(6.0), iter(looks)) == [State.UNSURE] * 4


def test_what_was_told_does_not_last_for_ever_where_nothing_can_be_told_any_more() -> None:
    told = Lasting(3.0)
    states(told, ((float(at_s), True) for at_s in range(5)))
    assert told.skip(14 * 3600.0) is State.UNSURE
    assert told.skip(17 * 3600.0) is State.NO


@pytest.mark.parametrize("name", ["sigma 14", "haze 70 %"])
def test_a_lens_that_shows_little_of_a_bare_scene_is_not_covered(name: str) -> None:
    change = {**TAMPERS["defocused"], **SLOW_TAMPERS["defocused"]}[name]()
    found = health(busy_views("traffic on bare ground", {(12.0, 22.0): change}, 22.0))
    assert [event[:2] for event in found] == [("defocused", "start")]


def gamma(image: Gray, at_s: float, rng: np.random.Generator) -> Gray:
    return np.asarray(255 * (image / 255.0) ** 0.6, np.uint8)


def test_a_tone_curve_over_a_scene_of_one_brightness_is_no_haze() -> None:
    assert starts(gamma, plain_scene()) == []


def test_weak_light_on_a_bright_scene_is_no_cover() -> None:
    bright = light(1.5)(scene(SMALL), 0.0, np.random.default_rng(1))
    assert starts(light(0.22), bright, BEGIN + 4) == ["dark"]
