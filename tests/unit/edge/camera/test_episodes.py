"""The moments when sightings become events."""

from itertools import count
from uuid import UUID

from edge.camera.episodes import Change, Episodes
from edge.camera.patience import Patience
from edge.camera.view import Sighting, State
from wire.cameras import CameraKind


def episodes(**patience: float) -> Episodes:
    numbers = count(1)
    wanted = Patience(**{"begin_s": 2.0, "end_s": 3.0, **patience})
    return Episodes(lambda _: wanted, lambda: UUID(int=next(numbers)))


def play(
    judge: Episodes, states: str, kind: CameraKind = CameraKind.DARK, step_s: float = 1.0
) -> list[tuple[float, str]]:
    """Give one look a second: y, n or ?."""
    names = {"y": State.YES, "n": State.NO, "?": State.UNSURE}
    changes: list[Change] = []
    for number, letter in enumerate(states):
        changes += judge.see([Sighting(kind, names[letter])], number * step_s)
    return [(change.at_s, change.phase) for change in changes]


def test_a_start_and_an_end_after_their_patience() -> None:
    assert play(episodes(), "nnyyynnnnn") == [(4.0, "start"), (8.0, "end")]


def test_a_flicker_begins_nothing() -> None:
    assert play(episodes(), "nynynynynyn") == []


def test_one_no_among_many_does_not_stop_a_start() -> None:
    assert play(episodes(begin_s=3.0), "yynyy") == [(3.0, "start")]


def test_one_yes_among_many_does_not_stop_an_end() -> None:
    assert play(episodes(end_s=4.0), "yyynnynnn") == [(2.0, "start"), (7.0, "end")]


def test_unsure_begins_and_ends_nothing() -> None:
    assert play(episodes(), "yyy??????") == [(2.0, "start")]
    assert play(episodes(), "?????y?????") == []


def test_all_changes_of_an_episode_share_a_key_and_the_next_one_has_another() -> None:
    judge = episodes(update_s=2.0)
    keys = []
    for number, letter in enumerate("yyyyyynnnnyyyy"):
        state = State.YES if letter == "y" else State.NO
        keys += [
            (change.key.int, change.phase) for change in judge.see([Sighting(CameraKind.DARK, state)], float(number))
        ]
    assert keys == [(1, "start"), (1, "update"), (1, "end"), (2, "start")]


def test_it_says_since_when() -> None:
    judge = episodes()
    changes = [change for at in range(3) for change in judge.see([Sighting(CameraKind.DARK, State.YES)], float(at))]
    assert [(change.began_s, change.at_s) for change in changes] == [(0.0, 2.0)]


def test_zones_and_kinds_are_apart() -> None:
    judge = episodes(begin_s=0.0)
    judge.see([Sighting(CameraKind.MOTION, State.YES, "sink"), Sighting(CameraKind.MOTION, State.NO, "door")], 0.0)
    assert judge.open_kinds == {CameraKind.MOTION}
    assert [change.zone for change in judge.close(1.0)] == ["sink"]
    assert judge.open_kinds == frozenset()
