"""Some requests of each operation by Schemathesis, always the same ones; `./dev fuzz` makes as many as wanted."""

from pathlib import Path

import pytest

from tests.fuzz.api.asking import run, served
from tests.fuzz.api.callers import ALL_ROLES, NO_ROLE, STRANGER
from tests.support.desk import Desk

EXAMPLES = 2


@pytest.mark.timeout(600)
def test_no_request_makes_a_fault_and_none_gets_past_the_rights(dsn: str, desk: Desk, tmp_path: Path) -> None:
    with served(dsn, desk, tmp_path) as (district, routes):
        outcome = run(district, routes, examples=EXAMPLES, first=1)
    assert "\n".join(outcome.faults) == ""
    assert len(outcome.answers) > 110
    answered = {
        caller: sum(any(status < 300 for status in by_caller[caller]) for by_caller in outcome.answers.values())
        for caller in (STRANGER, NO_ROLE, ALL_ROLES)
    }
    # It would mean little if nobody got through.
    assert answered[ALL_ROLES] > 60
    assert answered[STRANGER] < answered[NO_ROLE] < answered[ALL_ROLES] / 3
