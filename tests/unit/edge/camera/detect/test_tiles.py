"""The closer looks: where they are, and that everything gets one."""

import numpy as np
import pytest

from edge.camera.detect.tiles import MOST, Part, Tiles
from edge.camera.view import Box, Gray

HEIGHT, WIDTH = 90, 160


def places(*rectangles: tuple[int, int, int, int]) -> Gray:
    made = np.zeros((HEIGHT, WIDTH), np.uint8)
    for left, top, width, height in rectangles:
        made[top : top + height, left : left + width] = 1
    return made


def middle(part: Part) -> tuple[float, float]:
    return (part[0] + part[2]) / 2 * WIDTH, (part[1] + part[3]) / 2 * HEIGHT


def test_what_is_small_and_moves_is_in_the_middle_of_a_part() -> None:
    small = places((70, 40, 4, 10))
    (part,) = Tiles().choose(small, small, [])
    assert middle(part) == pytest.approx((72, 45), abs=1)
    assert part[3] - part[1] < 0.3


def test_whoever_walks_is_looked_at_where_he_is_now_and_not_with_all_of_his_wake() -> None:
    (part,) = Tiles().choose(places((30, 40, 60, 10)), places((84, 40, 6, 10)), [])
    assert middle(part) == pytest.approx((87, 45), abs=2)
    assert part[3] - part[1] < 0.3


def test_what_is_large_gets_no_part() -> None:
    large = places((30, 10, 40, 70))
    assert Tiles().choose(large, large, []) == []


def test_one_part_is_for_those_who_are_known_and_all_take_turns() -> None:
    moves = places(*((left, 70, 4, 8) for left in (5, 60, 115)))
    people = [Box("person", 1.0, left, 0.1, 0.03, 0.12) for left in (0.2, 0.8)]
    tiles = Tiles()
    rounds = [tiles.choose(moves, moves, people) for _ in range(6)]
    assert all(len(parts) == MOST for parts in rounds)
    assert {round(middle(parts[0])[0] / WIDTH, 1) for parts in rounds} == {0.2, 0.8}
    assert len({round(middle(parts[1])[0]) for parts in rounds}) == 3
