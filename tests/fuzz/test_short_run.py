"""A few seconds of fuzzing, always the same cases; `python -m tests.fuzz` runs for as long as wanted."""

import pytest

from tests.fuzz.cases import run_case
from tests.fuzz.targets import TARGETS, Target, without_zeros

CASES = 15
ALL = [without_zeros(target) for targets in TARGETS.values() for target in targets]


@pytest.mark.parametrize("target", ALL, ids=[f"{target.name}, {target.profile}" for target in ALL])
def test_no_damage_breaks_what_must_hold_of_any_stream(target: Target) -> None:
    for number in range(CASES):
        run_case(target, 1, number)
