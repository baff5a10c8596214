"""Small animals, and what moves at night and is none, by blobs alone: no picture is drawn."""

from collections.abc import Iterable, Sequence

import pytest

from edge.camera.activity.busy import BusyPlaces
from edge.camera.activity.explorer import Trails
from edge.camera.activity.foreground import Blob, Shows
from edge.camera.activity.rodent import RodentTracks
from edge.camera.activity.veil import is_light

LOOK_S = 0.2
SHAPE = (90, 160)


def blob(x: float, y: float, pixels: int = 12, shows: Shows | None = None) -> Blob:
    return Blob(1, max(0, int(x) - 2), max(0, int(y) - 1), 4, 3, pixels, x, y, 1.0, shows)


def found(looks: Iterable[Sequence[Blob]]) -> list[float]:
    """Return the times at which something explores."""
    trails = Trails()
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


def test_two_that_drift_at_once_are_flakes() -> None:
    assert found([mouse(at), blob(80, 5 + 0.8 * at)] for at in range(60)) == []


def test_what_turns_or_changes_its_size_is_an_insect() -> None:
    assert found([blob(10 + 0.9 * at + 4 * (at % 2), 70)] for at in range(60)) == []
    assert found([blob(10 + 0.9 * at, 70, pixels=9 + 21 * (at % 3 == 0))] for at in range(60)) == []


def test_what_shows_the_usual_picture_is_light() -> None:
    light, thing = Shows(90.0, 100.0), Shows(8.0, 100.0)
    assert is_light(blob(1, 1, shows=light) for _ in range(5))
    assert not is_light(blob(1, 1, shows=thing) for _ in range(5))
    assert not is_light(blob(1, 1, shows=light) for _ in range(2)), "on a bare wall nothing can be told"
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


def ran(ways: Sequence[Sequence[tuple[float, float]]], shows: Shows | None = None) -> bool:
    """Tell whether one of the ways, a place a look, is told to be a rodent; the looks begin 10 s after the first."""
    tracks = RodentTracks(0.005)
    for at in range(50):
        tracks.see([], SHAPE, at * LOOK_S)
    looks = range(max(len(way) for way in ways))
    told = [
        tracks.see([blob(*way[at], shows=shows) for way in ways if at < len(way)], SHAPE, 10 + at * LOOK_S)
        for at in looks
    ]
    return any(told)


RUN = [(10.0 + 9 * at, 70.0) for at in range(16)]


def test_what_runs_to_and_fro_on_one_long_line_is_no_insect() -> None:
    assert ran([[*RUN[:10], *RUN[8::-1], *RUN[1:10]]])


def test_what_turns_in_the_air_is_an_insect() -> None:
    assert not ran([[*RUN[:6], *((55.0 - 9 * at, 70.0 - 8 * at) for at in range(1, 6))]])


def test_two_that_run_at_once_and_light_are_no_rodent() -> None:
    assert ran([RUN])
    assert not ran([RUN, [(150 - 9 * at, 20) for at in range(16)]])
    assert not ran([RUN], Shows(95.0, 100.0))
