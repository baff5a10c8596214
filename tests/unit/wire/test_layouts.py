"""Zones and masks as they cross the line: what is none is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from wire.layouts import Layout, area_of

BOX = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.1, 0.5]]
STAR = [[0.5, 0.0], [0.8, 1.0], [0.0, 0.4], [1.0, 0.4], [0.2, 1.0]]


@pytest.mark.parametrize(
    ("layout", "why"),
    [
        ({"masks": [[[0.1, 0.1], [0.5, 0.5], [0.5, 0.1], [0.1, 0.5]]]}, "cross each other"),
        ({"masks": [STAR]}, "cross each other"),
        ({"zones": [{"name": "a", "polygon": [[0.1, 0.1], [0.11, 0.1], [0.11, 0.11]]}]}, "too small"),
        ({"zones": [{"name": "a", "polygon": [[0.1, 0.1], [0.5, 0.5], [0.9, 0.9]]}]}, "too small"),
        ({"zones": [{"name": "a", "polygon": BOX}] * 2}, "two zones with the name a"),
        ({"zones": [{"name": "区", "polygon": BOX}]}, "pattern"),
        ({"masks": [BOX[:2]]}, "at least 3"),
        ({"masks": [[[0, 0], [1.01, 0], [0, 1]]]}, "less than or equal to 1"),
        ({"masks": [BOX] * 17}, "at most 16"),
        ({"zones": [{"name": "a", "polygon": BOX, "motion": "never"}]}, "motion"),
        ([], "valid dictionary"),
    ],
)
def test_a_broken_layout_is_refused_with_its_reason(layout: Any, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Layout.model_validate(layout)


def test_a_hollow_shape_is_sound_and_a_zone_that_is_needed_is_missed() -> None:
    hollow = [[0, 0], [1, 0], [1, 1], [0.6, 1], [0.6, 0.3], [0.4, 0.3], [0.4, 1], [0, 1]]
    layout = Layout.model_validate({"zones": [{"name": "sink", "polygon": hollow}]})
    assert layout.zones
    assert area_of(layout.zones[0].polygon) == pytest.approx(0.86)
    assert [layout.missing(names) for names in ((), ("sink",), ("sink", "tap"))] == ["", "", "tap"]
    assert Layout().missing(("tap",)) == ""
