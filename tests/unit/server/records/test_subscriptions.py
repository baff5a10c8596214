"""Subscriptions: one that could never tell anybody anything is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from server.records.subscriptions.model import NewSubscription
from wire.terms import Rule

GOOD = {"name": "office", "actor": "admin", "address": "https://example.com/hook"}


def test_without_filters_all_is_told() -> None:
    new = NewSubscription.model_validate(GOOD)
    assert (new.areas, new.stations, new.rules, new.severities) == ([], [], [], [])


def test_every_rule_can_be_asked_for() -> None:
    assert NewSubscription.model_validate(GOOD | {"rules": list(Rule)}).rules == list(Rule)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"rules": ["Failed tests!"]}, "rules"),
        ({"condition": "a" * 4001}, "condition"),
        ({"severities": ["loud"]}, "severities"),
        ({"address": "ftp://example.com"}, "address"),
        ({"address": "example.com"}, "address"),
        ({"name": ""}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"actor": "x" * 201}, "actor"),
        ({"stations": [""]}, "stations"),
        ({"filters": {}}, "filters"),
    ],
)
def test_a_spelling_mistake_is_refused(change: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        NewSubscription.model_validate(GOOD | change)
    assert {error["loc"][0] for error in refusal.value.errors()} == {where}
