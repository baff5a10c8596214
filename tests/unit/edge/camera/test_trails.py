"""Small animals, and what moves at night and is none, by blobs alone: no picture is drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import cos, sin

import pytest

from edge.camera.activity.busy import BusyPlaces
from edge.camera.activity.crowd import MOST, without_crowd
from edge.camera.activity.explorer import Trails
from edge.camera.activity.foreground import Blob, Shows
from edge.camera.activity.rodent import RodentTracks
from edge.camera.activity.veil import is_light

LOOK_S = 0.2
SHAPE = (90, 160)
GROUND = 80
LIGHT, DARK = 190, 20


def blob(
    x: float, y: float, pixels: int = 12, shows: Shows | None = None, level: int = DARK, usual: float = GROUND
) -> Blob:
    return Blob(1, max(0, int(x) - 2), max(0, int(y) - 1), 4, 3, pixels, x, y, 1.0, shows, level, usual)


def found(looks: Iterable[Sequence[Blob]], *, shines: bool = False) -> list[float]:
    """Return the times at which something explores."""
    trails = Trails(shines=shines)
    return [at * LOOK_S for at, blobs in enumerate(looks) if trails.see(blobs, at * LOOK_S, LOOK_S)]


def mouse(at: int) -> Blob:
    return blob(10 + 0.9 * at, 70)


def test_what_goes_slowly_for_six_seconds_explores() -> None:
    told = found([mouse(at)] for at in range(60))
    assert told
    assert told[0] == pytest.approx(6.0)


def test_rain_around_it_does_not_lead_it_astray() -> None:
    rain = [[blob((37 * at + 41 * drop) % 160, (53 * at + 17 * drop) % 60) for drop in range(9)] for at in range(60)]
    assert found([*drops, mouse(at)] for at, drops in enumerate(rain))
    assert found(rain) == []


def test_two_that_explore_at_once_are_found() -> None:
    assert found([mouse(at), blob(80, 5 + 0.8 * at)] for at in range(60))


def test_what_turns_or_changes_its_size_is_an_insect() -> None:
    assert found([blob(10 + 0.9 * at + 4 * (at % 2), 70)] for at in range(60)) == []
    assert found([blob(10 + 0.9 * at, 70, pixels=9 + 21 * (at % 3 == 0))] for at in range(60)) == []


def test_what_shows_the_usual_picture_is_light() -> None:
    light, thing, other = Shows(90.0, 100.0, 100.0), Shows(8.0, 100.0, 100.0), Shows(90.0, 100.0, 9000.0)
    assert is_light([blob(1, 1, shows=light)] * 5)
    assert not is_light([blob(1, 1, shows=thing)] * 5)
    assert not is_light([blob(1, 1, shows=other)] * 5), "it has a texture of its own"
    assert not is_light([blob(1, 1, shows=light)] * 2), "on a bare wall nothing can be told"
    assert found([blob(10 + 0.9 * at, 70, shows=light)] for at in range(60)) == []


def test_a_place_where_something_always_moves_is_busy_and_is_forgotten_again() -> None:
    places = BusyPlaces()
    for _ in range(100):
        places.see([blob(40, 40)], SHAPE, LOOK_S)
    assert places.has(blob(40, 40))
    assert not places.always(blob(40, 40))
    assert not places.has(blob(100, 40))
    for _ in range(400):
        places.see([blob(40, 40)], SHAPE, LOOK_S)
    assert places.always(blob(40, 40))
    for _ in range(400):
        places.see([], SHAPE, LOOK_S)
    assert not places.has(blob(40, 40))


def told_at(looks: Sequence[Sequence[Blob]], quiet_s: float = 10.0) -> list[int]:
    """Return the looks in which a rodent is told. They begin `quiet_s` after the first one."""
    tracks = RodentTracks(0.005)
    quiet = round(quiet_s / LOOK_S)
    return [
        at - quiet
        for at, blobs in enumerate([*[()] * quiet, *looks])
        if tracks.see(blobs, SHAPE, at * LOOK_S) is not None
    ]


def told(looks: Sequence[Sequence[Blob]], quiet_s: float = 10.0) -> bool:
    """Tell whether a rodent is told in one of the looks. They begin `quiet_s` after the first one."""
    return bool(told_at(looks, quiet_s))


def ran(ways: Sequence[Sequence[tuple[float, float]]], shows: Shows | None = None) -> bool:
    """Tell whether one of the ways, a place a look, is told to be a rodent."""
    looks = range(max(len(way) for way in ways))
    return told([[blob(*way[at], shows=shows) for way in ways if at < len(way)] for at in looks])


RUN = [(10.0 + 9 * at, 70.0) for at in range(16)]


def test_what_runs_to_and_fro_on_one_long_line_is_no_insect() -> None:
    assert ran([[*RUN[:10], *RUN[8::-1], *RUN[1:10]]])


def test_what_was_told_may_turn_back_and_is_told_when_it_comes_again() -> None:
    to_and_fro = [(145.0 - 9 * (at % 5), 70.0 - 12 * (at // 5)) for at in range(1, 20)]
    ways = [*RUN, *to_and_fro, *[None] * 50, *RUN]
    looks = [[blob(*place)] if place else [] for place in ways]
    assert [at for at in told_at(looks) if at >= len(ways) - len(RUN)]


def test_what_turns_in_the_air_or_changes_its_speed_or_size_is_an_insect() -> None:
    assert not ran([[(80 + 30 * sin(0.9 * at), 45 + 30 * cos(0.9 * at)) for at in range(40)]])
    assert not ran([[(10 + 7 * at + 4 * (at % 2), 70.0) for at in range(20)]])
    assert not told([[blob(*place, pixels=9 + 12 * (at % 2))] for at, place in enumerate(RUN)])


def test_what_falls_and_never_stops_is_no_rodent() -> None:
    fall = [(80.0 + at, 5 + 7.0 * at) for at in range(12)]
    assert not ran([fall])
    assert ran([[*fall, *[fall[-1]] * 4]]), "down a wall"


def test_what_comes_out_for_a_moment_and_goes_back_is_found() -> None:
    out = [(20.0 + 15 * at, 66.0) for at in range(4)]
    assert ran([[*out, *[out[-1]] * 4, *out[::-1]]])


def test_two_that_run_at_once_are_found_and_light_is_no_rodent() -> None:
    assert ran([RUN, [(150 - 9 * at, 20) for at in range(16)]])
    assert not ran([RUN], Shows(95.0, 100.0, 100.0))


@pytest.mark.parametrize("level", [LIGHT, DARK])
def test_a_light_is_as_much_brighter_wherever_the_ground_is_and_a_body_is_not(level: int) -> None:
    ground = [70, 74, 90, 96, 84, 77]
    assert is_light([blob(10, 70, level=usual + 70, usual=usual) for usual in ground])
    assert is_light([blob(10, 70, level=2 * usual, usual=usual) for usual in ground]), "a beam"
    body = [blob(10, 70, level=level + at % 2, usual=usual) for at, usual in enumerate(ground)]
    assert not is_light(body)


def test_what_shines_explores_only_when_it_stops_at_once() -> None:
    # It stops for a second after 20 looks, and goes on or back.
    on = [0.9 * (min(at, 20) + max(0, at - 25)) for at in range(60)]
    assert found(([blob(10 + way, 70, level=LIGHT)] for way in on), shines=True)
    back = [1.6 * (min(at, 30) - max(0, at - 35)) for at in range(45)]
    assert found(([blob(10 + way, 70, level=LIGHT)] for way in back), shines=True)
    assert found(([blob(10 + 0.9 * at, 70, level=LIGHT)] for at in range(60)), shines=True) == []
    dust = [40 + 10 * cos(0.2 * at) + 0.4 * at for at in range(120)]
    assert found(([blob(way, 70, level=LIGHT)] for way in dust), shines=True) == [], "it turns by and by"


def test_what_shines_explores_only_when_its_steps_lead_somewhere() -> None:
    # An insect that settles and flies on: each look it is a bit beside its way, but where it sits.
    ways = [(0.9 * min(at, 20) + 0.9 * max(0, at - 25), 1.2 * (at % 2) * (at not in range(20, 26))) for at in range(60)]
    assert found(([blob(10 + way, 70 + beside, level=LIGHT)] for way, beside in ways), shines=True) == []
    assert found([blob(10 + way, 70 + beside)] for way, beside in ways)


def light_run(places: Iterable[tuple[float, float]], usual: Sequence[float] = (GROUND,)) -> list[list[Blob]]:
    return [[blob(*place, level=LIGHT, usual=usual[at % len(usual)])] for at, place in enumerate(places)]


def test_what_shines_runs_only_when_it_stops_and_starts_at_once() -> None:
    run, rest = RUN[:7], [RUN[6]] * 6
    assert not told(light_run(RUN))
    assert not told(light_run([*run, *rest])), "an insect that settles"
    assert told(light_run([*run, *rest, *RUN[6:12]]))
    floats = [(80 - 60 * cos(0.12 * at), 70.0) for at in range(80)]
    assert not told(light_run(floats)), "it stops by and by"
    fall = [(80.0, 5 + 7.0 * at) for at in range(6)]
    assert not told(light_run([*fall, *[fall[-1]] * 6, *((80.0, 40 + 7.0 * at) for at in range(6))])), (
        "a drop on a pane"
    )


@pytest.mark.parametrize("many", [2, 9, 18])
def test_a_crowd_that_shines_hides_no_dark_animal(many: int) -> None:
    rain = [
        [blob((37 * at + 41 * drop) % 160, 5 + (53 * at + 17 * drop) % 80, level=LIGHT) for drop in range(many)]
        for at in range(60)
    ]
    assert not told(rain)
    assert told([[*drops, blob(*place)] for drops, place in zip(rain, RUN, strict=False)])
    assert told([[*drops, mouse(at)] for at, drops in enumerate(rain)])


def test_a_hand_of_somebody_who_stands_still_is_no_rodent_and_what_runs_elsewhere_is_one() -> None:
    somebody = replace(blob(130, 40, pixels=900), left=115, top=10, width=30, height=60)
    comes = [[somebody]] * 10
    hand = [[blob(118.0 + 1.2 * at, 40)] for at in range(18)]
    wait: list[list[Blob]] = [[]] * 12
    assert not told([*comes, *wait, *hand])
    assert told([*comes, *wait, *([blob(*place)] for place in RUN[:11])])
    assert not told([*comes, *([blob(*place)] for place in RUN[:9])]), "a part of somebody who walks"


def test_a_light_that_passes_does_not_stop_the_looking() -> None:
    light = Shows(95.0, 100.0, 100.0)
    passes = [
        [
            replace(
                blob(15 * at, 40, pixels=900, shows=light if at > 4 else None), left=15 * at, top=5, width=20, height=80
            )
        ]
        for at in range(9)
    ]
    assert told([*passes, *[[]] * 10, *([blob(*place)] for place in RUN)])


def test_a_crowd_is_alike_and_an_animal_is_not() -> None:
    drops = [blob(9 * at, 5 + 7 * at, pixels=8 + at % 3) for at in range(MOST + 3)]
    assert without_crowd(drops[:MOST]) == drops[:MOST]
    assert without_crowd(drops) == []
    large, flat = blob(80, 70, pixels=26), replace(blob(80, 70, pixels=9), width=8, height=2)
    assert without_crowd([*drops, large, flat]) == [large, flat]
