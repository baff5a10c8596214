"""The states of a picture, by its measures alone."""

from dataclasses import replace

import pytest

from edge.camera.health.judge import Measures, judge
from edge.camera.health.settings import HealthSettings
from edge.camera.view import State
from wire.cameras import CameraKind

# Half the light of a scene that is never bright, seen well.
DIM = Measures(
    bright=40.0,
    layout=0.9,
    gone=0.1,
    other=0.0,
    same=0.9,
    intact=0.9,
    blurred=0.0,
    still=1.0,
    shifted=0.0,
    cells=100,
    usual_bright=80.0,
)


def dark(measures: Measures) -> State:
    return judge(measures, True, HealthSettings())[CameraKind.DARK]


def test_less_light_is_not_the_dark_while_the_scene_is_seen() -> None:
    assert dark(DIM) is State.UNSURE
    assert dark(replace(DIM, bright=60.0)) is State.NO


@pytest.mark.parametrize(
    "change", [{"bright": 20.0}, {"usual_bright": 200.0}, {"bright": 30.0, "same": 0.0, "gone": 1.0}], ids=str
)
def test_no_light_much_less_light_or_nothing_seen_by_it_is_the_dark(change: dict[str, float]) -> None:
    assert dark(replace(DIM, **change)) is State.YES  # type: ignore[arg-type]  # floats, all of them


# Hardly anything of the usual scene is left.
GONE = replace(DIM, bright=150.0, gone=0.9, same=0.0, usual_bright=180.0)


@pytest.mark.parametrize(
    ("measures", "kind"),
    [
        (replace(GONE, shown=0.01), CameraKind.COVERED),
        (replace(GONE, shown=0.1), CameraKind.DEFOCUSED),
        (replace(GONE, shown=0.1, bright=70.0), CameraKind.DARK),
    ],
    ids=["nothing shows through", "something does", "and there is less light"],
)
def test_a_cover_lets_nothing_through(measures: Measures, kind: CameraKind) -> None:
    states = judge(measures, True, HealthSettings())
    assert [kind for kind, state in states.items() if state is State.YES] == [kind]


def test_what_shows_through_a_little_is_neither_covered_nor_soft() -> None:
    states = judge(replace(GONE, shown=0.035), True, HealthSettings())
    assert State.YES not in states.values()
