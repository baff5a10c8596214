"""The line to a camera: away, back, unstable, steady again. Pure."""

from edge.camera.line import Line, Tally
from edge.camera.view import Sighting, State
from wire.cameras import CameraKind


def state(said: list[Sighting], kind: CameraKind) -> State:
    return next(sighting.state for sighting in said if sighting.kind is kind)


def offline(line: Line, at_s: float, *, is_away: bool) -> State:
    return state(line.miss(at_s, "stalled") if is_away else line.come(at_s), CameraKind.OFFLINE)


def test_the_first_time_away_is_told_at_once_and_the_next_ones_must_last_ever_longer() -> None:
    line, at_s = Line(), 0.0
    waits = []
    for _ in range(7):
        at_s += 100
        offline(line, at_s, is_away=False)
        at_s += 61
        assert offline(line, at_s, is_away=False) is State.NO
        begun_s = at_s = at_s + 1
        while offline(line, at_s, is_away=True) is not State.YES:
            at_s += 1
        waits.append(at_s - begun_s)
    assert waits == [0, 2, 4, 8, 16, 32, 60]


def test_ten_quiet_minutes_bring_the_first_patience_back() -> None:
    line = Line()
    for at_s, is_away in ((0, False), (100, True), (110, False), (200, True), (210, False), (290, False)):
        offline(line, float(at_s), is_away=is_away)
    assert offline(line, 900.0, is_away=True) is State.YES


def test_three_losses_in_five_minutes_are_unstable_until_ten_minutes_are_quiet() -> None:
    line, said = Line(), {}
    for at_s in range(0, 1500, 5):
        line.tell(Tally(losses=sum(at_s >= lost_s for lost_s in (100, 200, 300)), whole=at_s * 15), float(at_s))
        (sighting,) = line.wait()
        said[at_s] = sighting
    assert [at_s for at_s in said if said[at_s].state is State.YES] == list(range(300, 1000, 5))
    assert said[600].evidence["losses"] == 3


def test_a_single_burst_of_damage_is_nothing_and_damage_that_goes_on_is_unstable() -> None:
    for each, burst, expected in ((0, 40, {State.NO}), (1, 0, {State.NO, State.YES})):
        line, said = Line(), set()
        for at_s in range(0, 200, 5):
            line.tell(Tally(damaged=each * at_s // 5 + burst * (at_s >= 100), whole=at_s * 15), float(at_s))
            said.add(line.wait()[0].state)
        assert said == expected


def test_while_the_line_brings_damage_a_tamper_must_outlast_two_groups_of_pictures() -> None:
    for damage, expected in ((0, 0), (1, 8)):
        line, begun_s = Line(), None
        for at_s in range(40):
            line.tell(Tally(damaged=damage * at_s, whole=at_s * 15), float(at_s))
            state = State.YES if at_s >= 20 else State.NO
            held = line.hold([Sighting(CameraKind.COVERED, state), Sighting(CameraKind.MOTION, State.YES)], float(at_s))
            assert held[1].state is State.YES
            if begun_s is None and held[0].state is State.YES:
                begun_s = at_s
        assert begun_s == 20 + expected


def test_losses_that_lie_far_apart_are_separate_troubles() -> None:
    line = Line()
    for at_s in range(0, 3000, 10):
        line.tell(Tally(losses=at_s // 200, whole=at_s * 15), float(at_s))
        assert line.wait()[0].state is State.NO
