"""The parts that the generated documents must not leave out."""

import sys
from dataclasses import replace

import pytest

from docs import generate
from firmware_adapters.registry import families
from wire.topics import Leaf


def test_the_document_of_the_wire_names_every_leaf() -> None:
    assert set(generate.asyncapi()["channels"]) == {leaf.value for leaf in Leaf}


def test_a_shipped_profile_that_its_family_refuses_fails_the_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    family = replace(families()["modbus_rtu"], quirks=frozenset())
    monkeypatch.setattr(generate, "families", lambda: {family.name: family})
    monkeypatch.setattr(sys, "argv", ["generate", "--check"])
    assert generate.main() == 1
    assert "profiles/dph7.toml" in capsys.readouterr().err
