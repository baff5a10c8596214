"""The demo's films: drawn the same every time, and what their truth files say is to be seen in them."""

import tomllib
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from shian.demo.district import shipped
from shian.demo.scenes.film import FPS, write_film, write_truth
from shian.demo.scenes.happenings import Happening, What
from shian.demo.scenes.making import plans
from shian.demo.scenes.scene import ROUND_S, Plan, Scene

WIDTH = 320


def luma(plan: Plan, *times_s: float) -> list[NDArray[np.int16]]:
    scene = Scene(plan, WIDTH)
    return [scene.picture(at_s)[: WIDTH * 9 // 16].astype(np.int16) for at_s in times_s]


def apart(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    return float(np.abs(one - other).mean())


def plan(*happenings: Happening, is_night: bool = False) -> Plan:
    return Plan(seed=3, length_s=ROUND_S, happenings=happenings, cooks=2, is_night=is_night)


def test_the_same_plan_draws_the_same_pictures_and_another_seed_another_kitchen() -> None:
    one, again = luma(plan(), 5, 6), luma(plan(), 5, 6)
    assert all(np.array_equal(*pair) for pair in zip(one, again, strict=True))
    assert apart(one[0], luma(Plan(seed=4, length_s=ROUND_S, happenings=()), 5)[0]) > 5


def test_people_move_and_come_back_to_where_they_began() -> None:
    first, later, round_after = luma(plan(), 10, 11, 10 + ROUND_S)
    assert apart(first, later) > apart(first, round_after)


@pytest.mark.parametrize("what", [What.COVERED, What.DARK, What.DEFOCUSED, What.MOVED])
def test_what_is_done_to_a_camera_changes_its_picture_only_while_it_lasts(what: What) -> None:
    planned = plan(Happening(what, 10, 20))
    for at_s, is_changed in ((5.0, False), (15.0, True), (25.0, False)):
        assert (apart(*luma(planned, at_s), *luma(plan(), at_s)) > 3.0) is is_changed


def test_a_frozen_picture_does_not_even_have_new_noise() -> None:
    before, first, last, after = luma(plan(Happening(What.FROZEN, 10, 20)), 9.9, 10, 19.9, 20)
    assert np.array_equal(first, last)
    assert not np.array_equal(before, first)
    assert not np.array_equal(last, after)


def test_a_rodent_is_a_small_dark_thing_on_the_floor_at_night() -> None:
    with_it, without = luma(plan(Happening(What.RODENT, 10, 20), is_night=True), 14), luma(plan(is_night=True), 14)
    rows = np.flatnonzero((without[0] - with_it[0] > 15).any(axis=1))
    assert rows.min() > WIDTH * 9 // 16 * 0.75


def test_a_film_is_as_long_as_its_plan_and_shows_what_its_truth_says(tmp_path: Path) -> None:
    planned = Plan(seed=3, length_s=2 * ROUND_S, happenings=(Happening(What.COVERED, 70, 80),), cooks=1)
    write_film(planned, tmp_path / "a.mp4", WIDTH)
    write_truth(planned, tmp_path / "a.toml", "a.mp4")
    event = tomllib.loads((tmp_path / "a.toml").read_text("utf-8"))["event"][0]
    assert event == {"kind": "covered", "from_s": 70, "to_s": 80}
    with av.open(str(tmp_path / "a.mp4")) as container:
        spread = [float(frame.to_ndarray(format="gray").std()) for frame in container.decode(video=0)]
    assert len(spread) == 2 * ROUND_S * FPS
    covered = [number / FPS for number, value in enumerate(spread) if value < 25]
    assert event["from_s"] <= covered[0] <= event["from_s"] + 0.5
    assert event["to_s"] - 0.5 <= covered[-1] < event["to_s"]
    assert list(tmp_path.glob("*.part*")) == []


def test_the_districts_cameras_can_be_drawn_and_their_events_lie_within_their_films() -> None:
    of = plans(shipped())
    assert 4 <= len(of) <= 6
    for name, one in of.items():
        assert all(0 < happening.since_s < happening.until_s < one.length_s for happening in one.happenings), name
        for happening in one.happenings:
            # Nobody walks out of the picture for this: it lies between two rounds of the cooks.
            assert (
                happening.what is not What.UNATTENDED or happening.since_s % ROUND_S == happening.until_s % ROUND_S == 0
            )
