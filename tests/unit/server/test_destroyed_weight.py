"""The weight that was destroyed: of one alert, and with the measure that it belongs to."""

from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from server.records.alerts.held import Measured
from server.records.alerts.step_api import ManySteps


def test_a_weight_is_said_with_the_measure_of_one_alert() -> None:
    asked = ManySteps.model_validate(
        {"alerts": [uuid4()], "step": "resolve", "measure": "destroyed", "destroyed_kg": 12.5}
    )
    assert isinstance(asked.said, Measured)
    assert asked.said.destroyed_kg == 12.5


@pytest.mark.parametrize(
    ("alerts", "said"),
    [
        (2, {"measure": "destroyed", "destroyed_kg": 3}),
        (1, {"measure": "held", "destroyed_kg": 3}),
        (1, {"destroyed_kg": 3}),
        (1, {"measure": "destroyed", "destroyed_kg": 0}),
        (1, {"measure": "destroyed", "destroyed_kg": -1}),
        (1, {"measure": "destroyed", "destroyed_kg": "NaN"}),
        (1, {"measure": "destroyed", "destroyed_kg": 1e9}),
    ],
)
def test_any_other_weight_is_refused(alerts: int, said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ManySteps.model_validate({"alerts": [uuid4() for _ in range(alerts)], "step": "resolve", **said})
