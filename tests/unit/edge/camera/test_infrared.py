"""The lens by night, in an infrared picture: noise of 8 levels and an encoder with few bits hide it."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import cv2
import numpy as np
import pytest

from edge.camera.frames import ArrayFrame
from edge.camera.health.softness import SoftnessWatch
from edge.camera.health.structure import gradients, shaken
from edge.camera.health.veil import veil
from edge.camera.view import Gray, View
from tests.support.busy_scenes import BUSY
from tests.support.drawn_scene import NOON, scene
from tests.support.health import health
from tests.support.infrared_stream import Looks, by_infrared, encoded
from tests.support.tampers import NUISANCES, SLOW_TAMPERS, TAMPERS, Change, moved, noise

BEGIN, END = 12.0, 26.0


def changed(pictures: Looks, change: Change) -> Iterator[tuple[float, Gray]]:
    rng = np.random.default_rng(1)
    for at_s, picture in pictures:
        yield at_s, change(picture, at_s - BEGIN, rng) if at_s >= BEGIN else picture


def begun(pictures: Looks) -> list[str]:
    views = (
        View(
            at_s,
            NOON + timedelta(seconds=at_s),
            ArrayFrame(np.asarray(cv2.cvtColor(one, cv2.COLOR_GRAY2BGR), np.uint8)),
        )
        for at_s, one in encoded(pictures)
    )
    return [kind for kind, phase, _ in health(views) if phase == "start"]


LENS = {**TAMPERS["defocused"], **SLOW_TAMPERS["defocused"]}


@pytest.mark.parametrize("name", ["sigma 4", "sigma 14", "haze 70 %"])
def test_a_lens_that_is_not_clear_is_defocused_by_night(name: str) -> None:
    assert begun(by_infrared(changed(BUSY["crowd"](END), LENS[name]()))) == ["defocused"]


@pytest.mark.parametrize("name", ["gain 0.15", "gain 0.08"])
def test_weak_light_in_which_the_scene_shows_is_dark_and_no_cover(name: str) -> None:
    assert begun(by_infrared(changed(BUSY["crowd"](16.0), TAMPERS["dark"][name]()))) == ["dark"]


@pytest.mark.parametrize("name", ["dim", "spray"])
def test_a_cover_lets_nothing_through(name: str) -> None:
    assert begun(by_infrared(changed(BUSY["crowd"](16.0), TAMPERS["covered"][name]()))) == ["covered"]


@pytest.mark.parametrize("name", ["infra-red, lamp", "thick steam", "shake 3 px"])
def test_a_nuisance_alarms_nobody_by_night(name: str) -> None:
    assert begun(by_infrared(changed(BUSY["crowd"](END), NUISANCES[name]()))) == []


def test_what_passes_is_no_shake_of_the_camera() -> None:
    rng = np.random.default_rng(1)
    before = scene(160)
    passed = before.copy()
    passed[30:, 40:60] = rng.integers(40, 200, (60, 20))
    away = moved(0.5 / 160)(before, 0.0, rng)
    everywhere = np.ones((9, 16), np.bool_)
    is_by_passing, is_by_shaking = (
        shaken(gradients(now.astype(np.float32)), now.astype(np.float32) - before, everywhere) for now in (passed, away)
    )
    assert is_by_passing < 0.05
    assert is_by_shaking > 0.15


def test_noise_that_was_repeated_for_a_while_is_no_sharpness_that_is_missed() -> None:
    rng, watch = np.random.default_rng(1), SoftnessWatch()
    usual = scene(320)
    noisy = [noise(25)(usual, 0.0, rng) for _ in range(36)]
    everywhere, shares = np.ones((9, 16), np.bool_), list[float]()
    for second, picture in enumerate([*noisy[:30], *noisy[29:30] * 12, *noisy[30:]]):
        small = np.asarray(cv2.resize(picture, (160, 90), interpolation=cv2.INTER_AREA), np.float32)
        now = gradients(small)
        ones = np.ones_like(now.energy)
        light = veil(ones, 100 * ones, 100 * ones, everywhere, everywhere.size)
        watch.look(partial(np.copy, picture), (small, now), everywhere, light, float(second))
        shares.append(watch.share)
        watch.learn()
    assert shares[32] > 2
    assert min(shares[-5:]) > 0.7
